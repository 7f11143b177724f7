//! A cluster that is restored from a backup of etcd (E1 to E33): on each release, to the end, with nothing else touched.

use drsh_lab::hosts::Version;
use drsh_lab::scenario::HostsPlan;
use serde_json::Value;

use crate::kit::{OnHosts, Printed, steps_done};

const MANIFESTS: &str = "/etc/kubernetes/manifests";

fn of_release(release: Version) -> HostsPlan {
    HostsPlan { release, workers: 1, ..HostsPlan::default() }
}

/// A cluster with data, of which a backup was made, and then the data was deleted and other data came.
fn struck(plan: HostsPlan) -> OnHosts {
    let world = OnHosts::of(plan);
    world.make("stock");
    world.run().well();
    world.store().delete("configmaps", "stock", "prices").unwrap();
    world.make("later");
    world
}

/// Checks that the cluster is as it was at the backup, and whole.
fn assert_restored(world: &OnHosts) {
    assert!(world.has("stock") && !world.has("later"), "the data is not that of the backup");
    let store = world.store();
    let etcd = store.get("etcds.operator.openshift.io", "", "cluster").unwrap();
    let overrides = &etcd["spec"]["unsupportedConfigOverrides"];
    assert!(overrides.is_null() || overrides == &serde_json::json!({}), "{overrides}");
    for operator in store.list("clusteroperators.config.openshift.io", "") {
        let holds = |kind: &str, wanted: &str| {
            let all = operator["status"]["conditions"].as_array().unwrap();
            all.iter().any(|one| one["type"] == kind && one["status"] == wanted)
        };
        assert!(holds("Available", "True") && holds("Degraded", "False"), "{operator:#}");
    }
    for host in control_plane(world) {
        let pods = world.host(&host).pods().containers();
        for name in ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"] {
            assert!(
                pods.iter().any(|one| one.name == name && one.is_running()),
                "{name} does not run on {host}"
            );
        }
    }
}

fn control_plane(world: &OnHosts) -> Vec<String> {
    let names = world.environment.parameters["control_plane_hosts"].as_array().unwrap();
    names.iter().map(|name| name.as_str().unwrap().to_owned()).collect()
}

/// The reason of the last ordered revision of a static pod.
fn reason(world: &OnHosts, resource: &str) -> Value {
    world.store().get(resource, "", "cluster").unwrap()["spec"]["forceRedeploymentReason"].clone()
}

#[test]
fn the_long_procedure_restores_a_cluster_with_virtual_addresses_behind_a_proxy() {
    let world = struck(HostsPlan { vips: true, proxy: true, ..of_release(Version::V4_12) });
    let printed = world.restore().well();
    assert_restored(&world);
    let journal = world.journal(&printed);
    for id in ["E3", "E7", "E8", "E12", "E17", "E19", "E22", "E26", "E30", "E33"] {
        assert!(steps_done(&journal).contains(&id), "{id} is missing\n{printed}");
    }
    for resource in ["etcds", "kubeapiservers", "kubecontrollermanagers", "kubeschedulers"] {
        let reason = reason(&world, &format!("{resource}.operator.openshift.io"));
        assert!(
            reason.as_str().is_some_and(|reason| reason.starts_with("recovery-2")),
            "{resource}: {reason}"
        );
    }
    let Printed { out, err, seen, run, .. } = &printed;
    let journal =
        std::fs::read_to_string(world.state().join("runs").join(run).join("journal.jsonl")).unwrap();
    for text in seen.iter().chain([out, err, &journal]) {
        assert!(!text.contains("proxy-password-canary"), "the proxy's password is in\n{text}");
    }
}

#[test]
fn the_long_procedure_restores_a_cluster_like_4_14() {
    let world = struck(of_release(Version::V4_14));
    world.restore().well();
    assert_restored(&world);
}

#[test]
fn the_newer_procedure_lets_the_hosts_own_script_put_etcd_aside() {
    let world = struck(of_release(Version::V4_18));
    let printed = world.restore().well();
    assert_restored(&world);
    let done = world.journal(&printed);
    assert!(steps_done(&done).contains(&"E3n") && !steps_done(&done).contains(&"E5"), "{printed}");
}

#[test]
fn a_single_host_is_restored() {
    for release in [Version::V4_12, Version::V4_18] {
        let world = struck(HostsPlan { control_plane: 1, workers: 0, ..of_release(release) });
        world.restore().well();
        assert_restored(&world);
    }
}

/// H25, H27, F83, F88: nothing that a restore moves away is lost, also when a second one follows.
#[test]
fn a_second_restore_keeps_what_the_first_one_kept() {
    let world = struck(of_release(Version::V4_12));
    world.restore().well();
    world.restore().well();
    assert_restored(&world);
    let names = |host: &str, path: &str| -> Vec<String> {
        let found = world.files(host).list(path).unwrap_or_default();
        found.into_iter().map(|(name, _)| name).collect()
    };
    let kept = names("master-0", "/var/lib/etcd-backup");
    assert!(
        kept.iter().any(|name| name.starts_with("member-before-")) && kept.contains(&"member".to_owned()),
        "{kept:?}"
    );
    let rescues = names("master-1", "/var/lib/etcd-rescue");
    assert_eq!(rescues.len(), 2, "{rescues:?}");
    for rescue in rescues {
        let kept = names("master-1", &format!("/var/lib/etcd-rescue/{rescue}"));
        assert!(
            kept.contains(&"etcd-pod.yaml".to_owned()) && kept.contains(&"member".to_owned()),
            "{kept:?}"
        );
    }
    assert!(names("master-1", "/tmp").is_empty());
}

/// H28: a search for 10.0.0.5 finds 10.0.0.50 too, and would take that away.
#[test]
fn an_address_that_begins_like_a_virtual_one_stays() {
    let world = struck(HostsPlan { vips: true, ..of_release(Version::V4_12) });
    let host = world.host("master-1").clone();
    let addresses = host.addresses();
    let neighbour = "10.0.0.50".parse().unwrap();
    let mut like = addresses.all().remove(1);
    like.ip = neighbour;
    addresses.add(like);
    world.lab().hosts().setup().faults.switch_on("keepalived: leaves its addresses");
    world.restore().well();
    assert_restored(&world);
    assert!(addresses.has(neighbour));
}

#[test]
fn a_restore_that_is_undone_before_the_data_is_replaced_leaves_the_cluster_as_it_was() {
    for (release, step) in [
        (Version::V4_12, "E8 stop keepalived on the other hosts and release the virtual addresses"),
        (Version::V4_18, "E3n put etcd aside on the other hosts"),
    ] {
        let world = struck(HostsPlan { vips: release == Version::V4_12, ..of_release(release) });
        let before = world.lab().hosts().serving()[0].0;
        let run = world.kill_restore_after(step);
        world.go_back(&run).well();
        crate::kit::RUNTIME.block_on(world.lab().hosts().until(|clusters| clusters == [before]));
        assert!(world.has("later"));
        for host in control_plane(&world) {
            assert!(world.files(&host).exists(&format!("{MANIFESTS}/etcd-pod.yaml")), "{host}");
        }
    }
}
