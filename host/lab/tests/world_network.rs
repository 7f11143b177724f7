//! The network of a cluster on hosts after a restore: broken until each step was done, by hand, with `ssh` and a client.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "a test fails by panicking")]

mod on_hosts;

use std::sync::Arc;

use drsh_lab::actors::object::{condition, is_dying, label, list, name, text};
use drsh_lab::actors::{Cluster, Key, kinds, network};
use drsh_lab::hosts::{Network, Role, Version};
use drsh_lab::scenario::HostsPlan;
use kube::api::{DeleteParams, DynamicObject};
use on_hosts::World;
use serde_json::Value;

const BACKUP: &str = "/home/core/assets/backup";

fn has_ssh() -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).any(|folder| folder.join("ssh").is_file());
    assert!(found || std::env::var_os("DRSH_TEST_SERVERS").is_none(), "not tested: no ssh is installed here");
    found
}

/// Runs a line on a host that must end well.
async fn ssh(world: &World, host: &str, line: &str) -> String {
    let hosts = world.lab.hosts().description().hosts;
    let host = hosts.iter().find(|one| one.name == host).unwrap();
    let known = format!("UserKnownHostsFile={}", host.known_hosts.display());
    let mut command = tokio::process::Command::new("ssh");
    command.args(["-F", "none", "-T", "-o", "BatchMode=yes", "-o", "LogLevel=ERROR", "-o", &known, "-i"]);
    command.arg(&host.identity_file).args([
        "-p",
        &host.port.to_string(),
        "-l",
        &host.user,
        "127.0.0.1",
        line,
    ]);
    let said = command.kill_on_drop(true).output().await.unwrap();
    assert!(said.status.success(), "{line}: {said:?}");
    String::from_utf8(said.stdout).unwrap()
}

/// E3 to E12: a restore on master-0, of a cluster whose `others` are there to be stopped.
async fn restore(world: &World, others: &[&str]) {
    for host in others {
        for pod in ["etcd", "kube-apiserver"] {
            let manifest = format!("/etc/kubernetes/manifests/{pod}-pod.yaml");
            let gone = format!("while sudo crictl ps --name '^{pod}$' -q | grep .; do sleep 1; done");
            ssh(world, host, &format!("sudo mv -v {manifest} /tmp; {gone}")).await;
        }
    }
    world.lab.hosts().until(<[u64]>::is_empty).await;
    ssh(world, "master-0", &format!("sudo -E /usr/local/bin/cluster-restore.sh {BACKUP}")).await;
    world.lab.hosts().until(|clusters| clusters.len() == 1).await;
}

fn degraded(operator: &DynamicObject) -> String {
    let all = list(operator, "/status/conditions").iter();
    let found = all.into_iter().find(|one| one["type"] == "Degraded" && one["status"] == "True");
    found.map(|one| one["message"].as_str().unwrap().to_owned()).unwrap_or_default()
}

async fn until_network(world: &World, holds: impl Fn(&DynamicObject) -> bool) -> Arc<DynamicObject> {
    let key = Key::new("", "network");
    loop {
        // The API may come and go some times after a restore, and those who watch it with it.
        let actors = world.actors().await;
        let operators = actors.watch(&kinds::CLUSTER_OPERATOR);
        tokio::select! {
            found = operators.wait_for(&key, &holds) => return found,
            () = actors.ended() => {}
        }
    }
}

async fn until_well(world: &World) {
    until_network(world, |operator| {
        condition(operator, "Degraded") == "False" && condition(operator, "Progressing") == "False"
    })
    .await;
}

async fn until_broken(world: &World, words: &str) -> String {
    let told = until_network(world, |operator| degraded(operator).contains(words)).await;
    degraded(told.as_ref())
}

fn pods(actors: &Cluster, app: &str) -> Vec<Arc<DynamicObject>> {
    let mut found = actors.watch(&kinds::POD).within(network::NAMESPACE);
    found.retain(|pod| label(pod, "app") == Some(app));
    found
}

/// Deletes the pods of `app` on the nodes that `on` takes, and waits until others are ready in their place.
async fn renew(world: &World, app: &str, on: impl Fn(&str) -> bool) {
    let actors = &world.actors().await;
    let watched = actors.watch(&kinds::POD);
    watched.ready().await;
    let api = kinds::POD.api(actors.client(), network::NAMESPACE);
    let mut old = pods(actors, app);
    old.retain(|pod| on(text(pod, "/spec/nodeName")));
    assert!(!old.is_empty());
    for pod in &old {
        api.delete(name(pod), &DeleteParams::default()).await.unwrap();
    }
    let (told, mut changes) = tokio::sync::mpsc::unbounded_channel();
    watched.listen(move |_| told.send(()).is_ok());
    let is_new = |pod: &Arc<DynamicObject>| {
        old.iter().all(|gone| name(gone) != name(pod)) && !is_dying(pod) && condition(pod, "Ready") == "True"
    };
    let done = || {
        let now = pods(actors, app);
        old.iter().all(|gone| {
            let node = text(gone, "/spec/nodeName");
            now.iter().any(|pod| is_new(pod) && text(pod, "/spec/nodeName") == node)
        })
    };
    while !done() {
        changes.recv().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_databases_on_each_node_all_three_steps_on_every_node_bring_the_network_back() {
    if !has_ssh() {
        return;
    }
    let plan = HostsPlan { release: Version::V4_14, workers: 1, ..HostsPlan::default() };
    let world = World::of(plan).await;
    let actors = world.actors().await;
    until_well(&world).await;
    assert_eq!(pods(&actors, network::NODE).len(), 4);
    assert_eq!(pods(&actors, network::CONTROL_PLANE).len(), 2);
    let shown = ssh(&world, "worker-0", "sudo crictl ps --name '^sbdb$' -q | wc -l").await;
    assert_eq!(shown, "1\n", "the runtime of the host shows what runs there");
    ssh(&world, "master-0", &format!("sudo /usr/local/bin/cluster-backup.sh {BACKUP}")).await;
    restore(&world, &["master-1", "master-2"]).await;
    let words = until_broken(&world, "node worker-0: /var/lib/ovn-ic/etc/ovnnb_db.db was made before").await;
    assert!(words.contains("node master-0: ovs-vswitchd has not been restarted"), "{words}");

    let nodes = ["master-0", "master-1", "master-2", "worker-0"];
    for node in nodes {
        ssh(
            &world,
            node,
            "sudo rm -v /var/lib/ovn-ic/etc/ovn*.db; sudo systemctl restart ovs-vswitchd.service ",
        )
        .await;
        ssh(&world, node, "sudo systemctl restart ovsdb-server.service").await;
    }
    until_network(&world, |operator| {
        let words = degraded(operator);
        words.contains("node worker-0: /var/lib/ovn-ic/etc/ovnsb_db.db is not there")
            && !words.contains("restarted")
    })
    .await;
    renew(&world, network::NODE, |node| node != "worker-0").await;
    let words = until_network(&world, |operator| {
        let words = degraded(operator);
        words.contains("worker-0") && !words.contains("master")
    })
    .await;
    assert!(!degraded(&words).is_empty());
    renew(&world, network::NODE, |node| node == "worker-0").await;
    until_well(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn before_4_14_lost_masters_must_be_forgotten_and_masters_come_before_nodes() {
    if !has_ssh() {
        return;
    }
    let plan = HostsPlan { release: Version::V4_12, workers: 1, ..HostsPlan::default() };
    let world = World::of(plan).await;
    let actors = world.actors().await;
    until_well(&world).await;
    assert_eq!((pods(&actors, network::MASTER).len(), pods(&actors, network::NODE).len()), (3, 4));
    ssh(&world, "master-0", &format!("sudo /usr/local/bin/cluster-backup.sh {BACKUP}")).await;
    for lost in ["master-1", "master-2"] {
        world.lab.hosts().remove(lost);
    }
    restore(&world, &[]).await;
    until_broken(&world, "no leader: 1 of 3 members answer").await;
    let actors = world.actors().await;

    // E17: the lost nodes go, and the masters are rendered for those that are left.
    for lost in ["master-1", "master-2"] {
        kinds::NODE.api(actors.client(), "").delete(lost, &DeleteParams::default()).await.unwrap();
    }
    let key = Key::new(network::NAMESPACE, network::MASTER);
    let names = |set: &DynamicObject, ip: &str| set.data["spec"].to_string().contains(ip);
    let rendered = |set: &DynamicObject| names(set, "10.0.0.20:") && !names(set, "10.0.0.21:");
    actors.watch(&kinds::DAEMON_SET).wait_for(&key, rendered).await;
    // E19 without E20 is not enough.
    ssh(&world, "master-0", "sudo rm -v /var/lib/ovn/etc/ovnnb_db.db /var/lib/ovn/etc/ovnsb_db.db").await;
    until_broken(&world, "ovnnb_db.db is not there").await;
    renew(&world, network::MASTER, |node| node == "master-0").await;
    let words = until_broken(&world, "must begin anew").await;
    assert!(!words.contains("leader") && !words.contains("ovnnb"), "{words}");
    // E21.
    renew(&world, network::NODE, |node| node == "master-0" || node == "worker-0").await;
    until_network(&world, |operator| condition(operator, "Degraded") == "False").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pods_of_a_host_that_is_off_stay_and_say_what_they_said() {
    let world = World::of(HostsPlan { release: Version::V4_18, workers: 1, ..HostsPlan::default() }).await;
    let actors = world.actors().await;
    until_well(&world).await;
    world.lab.hosts().host("worker-0").unwrap().turn_off();
    let mut on_it = pods(&actors, network::NODE);
    on_it.retain(|pod| text(pod, "/spec/nodeName") == "worker-0");
    let api = kinds::POD.api(actors.client(), network::NAMESPACE);
    api.delete(name(&on_it[0]), &DeleteParams::default()).await.unwrap();
    let key = Key::new(network::NAMESPACE, name(&on_it[0]));
    let dying = actors.watch(&kinds::POD).wait_for(&key, is_dying).await;
    // A kubelet that answers ends a pod within 30 s of life: this one is asked for longer than that.
    actors.clock().sleep(std::time::Duration::from_mins(2)).await;
    let still = api.get(name(&dying)).await.unwrap();
    assert_eq!(condition(&still, "Ready"), "True");
    world.lab.hosts().host("worker-0").unwrap().turn_on().unwrap();
    let (told, mut changes) = tokio::sync::mpsc::unbounded_channel();
    let gone = key.clone();
    actors
        .watch(&kinds::POD)
        .listen(move |change| !(change.gone && Key::of(&change.object) == gone) || told.send(()).is_ok());
    if actors.watch(&kinds::POD).get(&key).is_some() {
        changes.recv().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_older_network_there_is_no_ovn_and_all_is_well() {
    let plan = HostsPlan {
        release: Version::V4_12,
        workers: 0,
        network: Network::OpenShiftSdn,
        ..HostsPlan::default()
    };
    let world = World::of(plan).await;
    let actors = world.actors().await;
    until_well(&world).await;
    assert!(actors.watch(&kinds::DAEMON_SET).within(network::NAMESPACE).is_empty());
    let (_, store) = world.lab.hosts().serving().remove(0);
    let asked = store.get("networks.operator.openshift.io", "", "cluster").unwrap();
    assert_eq!(asked["spec"]["defaultNetwork"]["type"], "OpenShiftSDN");
    let host = world.lab.hosts().hosts().remove(0);
    assert_eq!(host.role(), Role::ControlPlane);
    let told: Vec<Value> = host.ovn_databases().iter().map(|one| one.made.is_some().into()).collect();
    assert_eq!(told, [false, false]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_nobody_answers_for_keeps_deleted_pods_from_coming_back_until_it_is_ignored() {
    let plan = HostsPlan { workers: 0, failing_webhook: true, ..HostsPlan::default() };
    let world = World::of(plan).await;
    until_well(&world).await;
    let actors = world.actors().await;
    let old = pods(&actors, network::NODE);
    let api = kinds::POD.api(actors.client(), network::NAMESPACE);
    api.delete(name(&old[0]), &DeleteParams::default()).await.unwrap();
    let awaits = |operator: &DynamicObject| condition(operator, "Progressing") == "True";
    until_network(&world, awaits).await;
    let webhooks = drsh_lab::actors::Kind::cluster(
        "admissionregistration.k8s.io",
        "v1",
        "ValidatingWebhookConfiguration",
        "validatingwebhookconfigurations",
    );
    let ignored =
        serde_json::json!([{"op": "replace", "path": "/webhooks/0/failurePolicy", "value": "Ignore"}]);
    let patch: kube::api::Patch<()> = kube::api::Patch::Json(serde_json::from_value(ignored).unwrap());
    let api = webhooks.api(actors.client(), "");
    api.patch("policy", &kube::api::PatchParams::default(), &patch).await.unwrap();
    until_well(&world).await;
}
