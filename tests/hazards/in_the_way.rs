//! What stands in the way of a restore on its hosts: names that look like etcd, a kubelet that does not listen, workers
//! that are gone, disks that are full.

use drsh_lab::hosts::Version;
use drsh_lab::scenario::HostsPlan;
use serde_json::json;

use crate::kit::{OnHosts, RUNTIME, steps_done};

fn backed_up(plan: HostsPlan) -> OnHosts {
    let world = OnHosts::of(plan);
    world.make("stock");
    world.run().well();
    world.make("later");
    world
}

fn lost(world: &mut OnHosts, names: &[&str]) {
    for name in names {
        world.host(name).turn_off();
    }
    let names = names.iter().map(|name| toml::Value::from(*name)).collect();
    world.environment.parameters.insert("lost_hosts".to_owned(), toml::Value::Array(names));
}

/// H26: a search for the word in whole lines never ends where something else bears it.
#[test]
fn a_workload_that_is_called_like_etcd_is_not_taken_for_it() {
    let world = OnHosts::of(HostsPlan { release: Version::V4_12, workers: 0, ..HostsPlan::default() });
    let store = world.store();
    store.create("namespaces", "", json!({"metadata": {"name": "etcd-tools"}})).unwrap();
    let labels = json!({"app": "etcd-mirror"});
    let container = json!({"name": "etcd-mirror", "image": "quay.io/tools/etcd:1"});
    let template = json!({
        "metadata": {"labels": labels},
        "spec": {"nodeSelector": {"kubernetes.io/hostname": "master-1"}, "containers": [container]},
    });
    let deployment = json!({
        "metadata": {"name": "etcd-mirror", "namespace": "etcd-tools", "labels": labels},
        "spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": template},
    });
    store.create("deployments.apps", "etcd-tools", deployment).unwrap();
    let pods = world.host("master-1").pods().clone();
    let runs = || pods.containers().iter().any(|one| one.name == "etcd-mirror" && one.is_running());
    RUNTIME.block_on(async {
        let mut changes = pods.follow();
        while !runs() {
            changes.changed().await.unwrap();
        }
    });
    world.make("stock");
    world.run().well();
    world.make("later");
    let run = world.kill_restore_after("E7 move etcd's data away on the other hosts");
    assert!(runs(), "it ran all the time");
    world.go_back(&run).well();
}

/// F84: the host's own script waits without an end for a container that nobody stops.
#[test]
fn a_host_whose_kubelet_does_not_listen_stops_the_restore_while_it_can_be_undone() {
    let mut world = backed_up(HostsPlan { release: Version::V4_18, workers: 0, ..HostsPlan::default() });
    world.hasten("static_pod", "minutes(10)", "seconds(5)");
    world.host("master-1").kubelet().set_active(false);
    let printed = world.restore().stopped(1, &["master-1", "disable-etcd.sh"]);
    assert!(!steps_done(&world.journal(&printed)).contains(&"E3n"), "{printed}");
    world.go_back(&printed.run).well();
    for host in ["master-1", "master-2"] {
        assert!(world.files(host).exists("/etc/kubernetes/manifests/etcd-pod.yaml"), "{host}");
    }
    world.host("master-1").kubelet().set_active(true);
    assert!(world.has("later"));
}

#[test]
fn a_worker_that_is_lost_is_named_and_its_node_goes() {
    let mut world =
        backed_up(HostsPlan { release: Version::V4_14, machines: false, workers: 2, ..HostsPlan::default() });
    lost(&mut world, &["worker-1"]);
    let printed = world.restore().well();
    assert!(steps_done(&world.journal(&printed)).contains(&"E17a"), "{printed}");
    assert!(world.store().get("nodes", "", "worker-1").is_none());
    let verdict = world.lab().verdict();
    assert!(verdict.is_well(), "{verdict}");
}

/// The documented script makes no manifest: the files themselves say how much room they need.
#[test]
fn a_recovery_host_without_room_is_refused_also_where_no_manifest_tells_sizes() {
    let mut world = backed_up(HostsPlan { release: Version::V4_18, workers: 0, ..HostsPlan::default() });
    let (folder, _) = world.only_backup();
    std::fs::remove_file(folder.join("backup.json")).unwrap();
    world.environment.parameters.insert("accept_unmanifested_backup".to_owned(), true.into());
    world.host("master-0").files().reserve("/", (120 << 30) - (64 << 10)).unwrap();
    let printed =
        world.restore().stopped(1, &["master-0 has ", "bytes free for /home/core, and the restore needs"]);
    assert!(steps_done(&world.journal(&printed)).is_empty(), "{printed}");
}

/// E22: one new host at a time, its member of etcd with it where the quorum guard lets that come.
#[test]
fn with_the_guard_off_each_new_host_has_its_member_before_the_next_is_made() {
    let plan = HostsPlan { release: Version::V4_18, workers: 0, ..HostsPlan::default() };
    let mut world = OnHosts::of(plan);
    let overrides = json!({"useUnsupportedUnsafeNonHANonProductionUnstableEtcd": true});
    let set = |etcd: &mut serde_json::Value| etcd["spec"]["unsupportedConfigOverrides"] = overrides.clone();
    world.store().change("etcds.operator.openshift.io", "", "cluster", set).unwrap();
    world.make("stock");
    world.run().well();
    lost(&mut world, &["master-1", "master-2"]);
    let run = world.kill_restore_after("E22 bring the other control plane hosts back");
    let members = world.lab().verdict().etcd_members;
    let voters = world.host("master-0").members().serving().remove(0).1;
    assert_eq!((members.len(), voters.len()), (3, 3), "{members:?} {voters:?}");
    world.resume(&run).well();
    let verdict = world.lab().verdict();
    assert!(!verdict.guard_is_off && verdict.hosts_without_member.is_empty(), "{verdict}");
}
