//! A cluster that is restored from a backup of etcd (E1 to E33): on each release, to the end, with nothing else touched.

use drsh_lab::faults::{Fault, Rule};
use drsh_lab::hosts::{Network, Role, Version};
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
    let hosts = world.lab().hosts().hosts();
    let plane: Vec<_> =
        hosts.iter().filter(|host| host.role() == Role::ControlPlane && host.is_on()).collect();
    assert_eq!(plane.len(), usize::from(world.lab().plan().control_plane));
    for host in plane {
        let pods = host.pods().containers();
        for name in ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"] {
            let runs = pods.iter().any(|one| one.name == name && one.is_running());
            assert!(runs, "{name} does not run on {}", host.name());
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
            reason
                .as_str()
                .is_some_and(|reason| reason.starts_with(&format!("recovery-{}-after-", printed.run))),
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

/// E18: a webhook that nobody answers for keeps pods from being made, and the API from showing static ones. Without
/// OVN-Kubernetes there is no network to renew.
#[test]
fn a_webhook_that_nobody_answers_for_does_not_stop_a_restore_and_counts_again_after_it() {
    let network = Network::OpenShiftSdn;
    let world = struck(HostsPlan { failing_webhook: true, network, ..of_release(Version::V4_12) });
    let printed = world.restore().well();
    assert_restored(&world);
    let kind = "validatingwebhookconfigurations.admissionregistration.k8s.io";
    let policy = world.store().get(kind, "", "policy").unwrap()["webhooks"][0]["failurePolicy"].clone();
    assert_eq!(policy, "Fail");
    assert!(printed.out.contains("they are on Ignore while a step makes pods"), "{printed}");
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
    let world = struck(HostsPlan { machines: false, ..of_release(Version::V4_12) });
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

/// H29: the documented commands leave it to the eye which machine is the recovery host's.
#[test]
fn machines_of_the_other_hosts_are_made_anew_and_never_that_of_the_recovery_host() {
    let world = struck(of_release(Version::V4_12));
    let names = || -> Vec<String> {
        let all = world.store().list("machines.machine.openshift.io", "openshift-machine-api");
        all.iter().map(|one| one["metadata"]["name"].as_str().unwrap().to_owned()).collect()
    };
    let before = names();
    let of = |names: &[String], host: &str| {
        names.iter().filter(|name| name.contains(host)).cloned().collect::<Vec<_>>()
    };
    world.restore().well();
    let after = names();
    assert_eq!(of(&after, "master-0"), of(&before, "master-0"));
    for host in ["master-1", "master-2"] {
        let (old, new) = (of(&before, host), of(&after, host));
        assert!(old.len() == 1 && new.len() == 1 && old != new, "{old:?} {new:?}");
    }
    let log = world.lab().hosts().setup().log.entries();
    assert!(!log.iter().any(|entry| entry.what.starts_with("ended host master-0")));
    assert!(world.has("stock"));
}

/// H30, F89: right after the order the operator still says that all nodes are at the latest revision.
#[test]
fn a_revision_that_was_there_before_does_not_count() {
    let world = struck(of_release(Version::V4_18));
    let printed = world.restore().well();
    let journal = world.journal(&printed);
    let value = |id: &str| -> Value {
        let done = journal.iter().find(|one| {
            one["type"] == "step-done" && one["step"].as_str().is_some_and(|step| step.starts_with(id))
        });
        done.unwrap_or_else(|| panic!("no {id}\n{printed}"))["value"].clone()
    };
    let before = value("E24 ");
    for (step, name) in
        [("E27 ", "etcd"), ("E28 ", "api_server"), ("E29 ", "controller_manager"), ("E30 ", "scheduler")]
    {
        assert!(value(step).as_u64() > before[name].as_u64(), "{name}: {} {}", value(step), before[name]);
    }
}

/// F94: a guard that stays off after a failure is forgotten.
#[test]
fn a_rollout_that_fails_leaves_the_quorum_guarded() {
    let mut world = struck(of_release(Version::V4_18));
    let run = world.kill_restore_after("E25 order a new revision of etcd");
    // A watch that is refused is tried again for a minute and more: the wait itself is over sooner here.
    world.hasten("rollout", "minutes(60)", "seconds(4)");
    let overrides = || {
        world.store().get("etcds.operator.openshift.io", "", "cluster").unwrap()["spec"]["unsupportedConfigOverrides"].clone()
    };
    assert_eq!(overrides()["useUnsupportedUnsafeNonHANonProductionUnstableEtcd"], true);
    let faults = world.lab().hosts().setup().faults.clone();
    // What waits for the operator is refused; what names its one object is not.
    faults.arm(Rule {
        server: "standalone".to_owned(),
        method: "GET".to_owned(),
        path: "/etcds?".to_owned(),
        fault: Fault::Status(403),
        times: None,
    });
    let printed = world.resume(&run);
    assert_eq!(printed.code, 1, "{printed}");
    assert!(printed.out.contains("the quorum guard is on again"), "{printed}");
    assert!(overrides()["useUnsupportedUnsafeNonHANonProductionUnstableEtcd"].is_null(), "{}", overrides());
    faults.clear();
    world.make_patient();
    world.resume(&run).well();
    assert_restored(&world);
}

/// E22: where nothing makes hosts anew, the operator is told what to do, and the run goes on when that is done.
#[test]
fn lost_hosts_without_machines_are_for_the_operator_to_replace() {
    let mut world = struck(HostsPlan { machines: false, ..of_release(Version::V4_18) });
    for name in ["master-1", "master-2"] {
        world.host(name).turn_off();
    }
    let lost = toml::Value::Array(vec!["master-1".into(), "master-2".into()]);
    world.environment.parameters.insert("lost_hosts".to_owned(), lost);
    let words =
        ["no machine makes the hosts of master-1 and master-2 anew", "recover_certificates", "then resume"];
    let printed = world.restore().stopped(1, &words);
    assert!(world.has("stock"), "{printed}");
    let _guard = crate::kit::RUNTIME.enter();
    for name in ["master-3", "master-4"] {
        world.lab().hosts().add(name, Role::ControlPlane).unwrap();
    }
    world.until_ready(&["master-3", "master-4"]);
    world.resume(&printed.run).well();
    assert!(world.has("stock") && !world.has("later"));
}
