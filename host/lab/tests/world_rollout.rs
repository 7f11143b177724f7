//! The restore of a cluster on hosts as the guide tells it, up to the last member of etcd: by hand over SSH, and then
//! by the operators.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod on_hosts;

use drsh_lab::actors::object::condition;
use drsh_lab::actors::{Key, Kind, kinds};
use drsh_lab::hosts::Version;
use drsh_lab::scenario::HostsPlan;
use kube::api::DynamicObject;
use on_hosts::{World, has_ssh};
use serde_json::{Value, json};

const BACKUP: &str = "/home/core/assets/backup";
const MANIFESTS: &str = "/etc/kubernetes/manifests";

fn cluster() -> Key {
    Key::new("", "cluster")
}

/// Reason and message of a condition.
fn words(object: &DynamicObject, kind: &str) -> (String, String) {
    let all = object.data["status"]["conditions"].as_array().cloned().unwrap_or_default();
    let one = all.iter().find(|one| one["type"] == kind).unwrap_or(&Value::Null);
    let word = |field: &str| one[field].as_str().unwrap_or_default().to_owned();
    (word("reason"), word("message"))
}

fn is_at(revision: u64) -> impl Fn(&DynamicObject) -> bool {
    move |one| {
        let status = &one.data["status"];
        let nodes = status["nodeStatuses"].as_array().map_or(&[][..], Vec::as_slice);
        status["latestAvailableRevision"] == revision
            && nodes.iter().all(|node| node["currentRevision"] == revision)
            && words(one, "NodeInstallerProgressing").0 == "AllNodesAtLatestRevision"
    }
}

async fn make(world: &World, name: &str) {
    world.create(&kinds::CONFIG_MAP, json!({"metadata": {"name": name, "namespace": "default"}})).await;
}

async fn has(world: &World, name: &str) -> bool {
    world.has(&kinds::CONFIG_MAP, &Key::new("default", name)).await
}

/// E0: a backup on the recovery host, between two config maps.
async fn back_up(world: &World) {
    world.until(&kinds::ETCD, &cluster(), is_at(7)).await;
    make(world, "before").await;
    world.done("master-0", &format!("sudo /usr/local/bin/cluster-backup.sh {BACKUP}")).await;
    make(world, "after").await;
}

/// E3 to E7 on a host that is not the recovery host.
async fn take_out(world: &World, host: &str) {
    for pod in ["etcd", "kube-apiserver"] {
        world.done(host, &format!("sudo mv {MANIFESTS}/{pod}-pod.yaml /tmp")).await;
        let line = format!("while sudo crictl ps --name '^{pod}$' -q | grep .; do sleep 1; done");
        world.done(host, &line).await;
    }
    world.done(host, "sudo mv /var/lib/etcd/ /tmp").await;
}

/// A cluster with a backup, and etcd put aside on all hosts but the first, as its release has it done.
async fn backed_up_and_stopped(version: Version) -> World {
    let world = World::start(version).await;
    back_up(&world).await;
    for host in ["master-1", "master-2"] {
        if version == Version::V4_18 {
            world.done(host, "sudo -E /usr/local/bin/disable-etcd.sh").await;
        } else {
            take_out(&world, host).await;
        }
    }
    world
}

/// E12, and the API that answers from the restored etcd alone.
async fn restore(world: &World) {
    world.lab.hosts().until(<[u64]>::is_empty).await;
    world.done("master-0", &format!("sudo -E /usr/local/bin/cluster-restore.sh {BACKUP}")).await;
    world.lab.hosts().until(|clusters| clusters.len() == 1).await;
    assert!(has(world, "before").await && !has(world, "after").await);
}

async fn guard(world: &World, is_on: bool) {
    let overrides = json!({"useUnsupportedUnsafeNonHANonProductionUnstableEtcd": true});
    let overrides = if is_on { Value::Null } else { overrides };
    world.patch(&kinds::ETCD, &cluster(), json!({"spec": {"unsupportedConfigOverrides": overrides}})).await;
}

async fn force(world: &World, kind: &Kind, reason: &str) {
    world.patch(kind, &cluster(), json!({"spec": {"forceRedeploymentReason": reason}})).await;
}

fn members(world: &World) -> Vec<String> {
    let serving = world.lab.hosts().hosts()[0].members().serving();
    assert_eq!(serving.len(), 1, "one etcd serves");
    serving[0].1.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_long_procedure_ends_with_etcd_on_all_hosts_and_the_guard_holds_it_up_till_it_is_off() {
    if !has_ssh() {
        return;
    }
    let world = backed_up_and_stopped(Version::V4_12).await;
    restore(&world).await;
    assert_eq!(members(&world), ["master-0"]);
    // H30: the snapshot says what was so when it was made.
    let etcd = world.until(&kinds::ETCD, &cluster(), |_| true).await;
    assert_eq!(
        words(&etcd, "NodeInstallerProgressing"),
        ("AllNodesAtLatestRevision".to_owned(), "3 nodes are at revision 7".to_owned())
    );
    force(&world, &kinds::ETCD, "recovery-1").await;
    let blocked = |one: &DynamicObject| condition(one, "NodeInstallerDegraded") == "True";
    let etcd = world.until(&kinds::ETCD, &cluster(), blocked).await;
    let (_, why) = words(&etcd, "EtcdMembersDegraded");
    assert!(
        why.contains("etcd cluster has quorum of 1 and 1 healthy members which is not fault tolerant"),
        "{why}"
    );
    assert_eq!(etcd.data["status"]["latestAvailableRevision"], 7);
    let operator = Key::new("", "etcd");
    world.until(&kinds::CLUSTER_OPERATOR, &operator, |one| condition(one, "Degraded") == "True").await;

    guard(&world, false).await;
    let begun = |one: &DynamicObject| one.data["status"]["latestAvailableRevision"] == 8;
    world.until(&kinds::ETCD, &cluster(), begun).await;
    guard(&world, true).await;
    world.until(&kinds::ETCD, &cluster(), is_at(8)).await;
    assert_eq!(members(&world), ["master-0", "master-1", "master-2"]);
    for kind in [kinds::KUBE_API_SERVER, kinds::KUBE_CONTROLLER_MANAGER, kinds::KUBE_SCHEDULER] {
        force(&world, &kind, "recovery-1").await;
        world.until(&kind, &cluster(), is_at(8)).await;
    }
    world.until(&kinds::CLUSTER_OPERATOR, &operator, |one| condition(one, "Degraded") == "False").await;
    for host in world.lab.hosts().hosts() {
        assert_eq!(host.missing_manifests(), [""; 0], "{}", host.name());
    }
    let listed = world.done("master-1", "ls /etc/kubernetes/static-pod-resources").await;
    assert!(listed.contains("etcd-pod-8\n") && listed.contains("kube-apiserver-pod-8\n"), "{listed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_etcd_comes_back_by_itself_over_stale_data_once_the_guard_is_off() {
    if !has_ssh() {
        return;
    }
    let world = backed_up_and_stopped(Version::V4_18).await;
    restore(&world).await;
    let blocked = |one: &DynamicObject| condition(one, "NodeInstallerDegraded") == "True";
    world.until(&kinds::ETCD, &cluster(), blocked).await;
    assert_eq!(members(&world), ["master-0"]);
    guard(&world, false).await;
    // The members that came ask for a revision of their own.
    world.until(&kinds::ETCD, &cluster(), is_at(9)).await;
    assert_eq!(members(&world), ["master-0", "master-1", "master-2"]);
    let kept = world.done("master-1", "sudo ls /var/lib/etcd-backup").await;
    assert!(kept.starts_with("removed-member-archive-"), "{kept}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_etcd_does_not_join_with_the_data_of_the_cluster_that_was() {
    if !has_ssh() {
        return;
    }
    let world = backed_up_and_stopped(Version::V4_12).await;
    for host in ["master-1", "master-2"] {
        world.done(host, "sudo mv /tmp/etcd /var/lib/etcd").await;
    }
    restore(&world).await;
    guard(&world, false).await;
    force(&world, &kinds::ETCD, "recovery-1").await;
    let pod = Key::new("openshift-etcd", "etcd-master-1");
    let waits = |pod: &DynamicObject| {
        pod.data["status"]["containerStatuses"].to_string().contains("request cluster ID mismatch")
    };
    world.until(&kinds::POD, &pod, waits).await;
    let told = |one: &DynamicObject| words(one, "StaticPodsDegraded").1.contains("cluster ID mismatch");
    world.until(&kinds::ETCD, &cluster(), told).await;
    assert_eq!(members(&world), ["master-0"]);
    for host in ["master-1", "master-2"] {
        world.done(host, "sudo rm -rf /var/lib/etcd/member").await;
    }
    world.until(&kinds::ETCD, &cluster(), is_at(8)).await;
    assert_eq!(members(&world), ["master-0", "master-1", "master-2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_single_node_rolls_out_without_a_guard() {
    let plan = HostsPlan { release: Version::V4_18, control_plane: 1, workers: 0, ..HostsPlan::default() };
    let world = World::of(plan).await;
    for (kind, reason) in [(kinds::KUBE_SCHEDULER, "a"), (kinds::ETCD, "b")] {
        world.until(&kind, &cluster(), is_at(7)).await;
        force(&world, &kind, reason).await;
        world.until(&kind, &cluster(), is_at(8)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grep_for_etcd_finds_guards_and_the_operator_where_etcd_has_ended() {
    if !has_ssh() {
        return;
    }
    let world = World::start(Version::V4_12).await;
    let guard = Key::new("openshift-etcd", "etcd-guard-master-1");
    world.until(&kinds::POD, &guard, |pod| condition(pod, "Ready") == "True").await;
    world.done("master-1", "until sudo crictl ps | grep etcd-guard; do sleep 1; done").await;
    take_out(&world, "master-1").await;
    let lies = world.done("master-1", "sudo crictl ps | grep etcd | grep -v operator | wc -l").await;
    assert_eq!(lies, "1\n");
    assert_eq!(world.done("master-1", "sudo crictl ps --name '^etcd$' -q | wc -l").await, "0\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_not_ready_holds_a_rollout_up_with_its_name() {
    let world = World::start(Version::V4_14).await;
    world.until(&kinds::KUBE_SCHEDULER, &cluster(), is_at(7)).await;
    world.lab.hosts().host("master-2").unwrap().turn_off();
    let lost = Key::new("", "master-2");
    world.until(&kinds::NODE, &lost, |node| condition(node, "Ready") == "Unknown").await;
    force(&world, &kinds::KUBE_SCHEDULER, "a").await;
    let held = |one: &DynamicObject| {
        words(one, "NodeInstallerDegraded").1 == "node master-2 is not ready: revision 8 waits for it"
            && words(one, "NodeInstallerProgressing").1
                == "1 nodes are at revision 7; 2 nodes are at revision 8"
    };
    world.until(&kinds::KUBE_SCHEDULER, &cluster(), held).await;
}
