//! Servers that fail for a while or for long, pods that never go, and others who undo what is done.

use drsh_lab::actors::kinds::HOSTED_CLUSTER;
use drsh_lab::faults::Fault;
use serde_json::Value;

use crate::kit::{World, steps_done};

/// The bash ends on the first 429, wherever that is (F5).
#[test]
fn a_migration_outlives_servers_that_fail_for_a_while() {
    let world = World::small().approving("teardown");
    for server in ["source", "destination"] {
        world.strike(server, "GET", "/api", Fault::Status(429), Some(3));
        world.strike(server, "GET", "/apis/hypershift", Fault::Status(500), Some(2));
        world.strike(server, "GET", "secrets", Fault::Reset, Some(2));
        world.strike(server, "GET", "watch=", Fault::Status(410), Some(2));
        world.strike(server, "PATCH", "/nodepools/", Fault::Status(503), Some(2));
    }
    world.strike("demo", "GET", "/nodes", Fault::Reset, Some(2));
    world.strike("s3", "", "snapshot.db", Fault::Status(503), Some(2));
    world.strike("route53", "", "/rrset", Fault::Status(503), Some(2));
    world.run("migrate_hcp").well();
    assert_eq!(world.hosted_cluster(&world.source()), Value::Null);
    assert_eq!(world.lab().overlaps(), []);
}

/// The bash leaves the cluster paused and half stopped, and says nothing of a way on or back (F5).
#[test]
fn a_server_that_fails_for_long_stops_the_run_which_can_be_resumed() {
    let mut world = World::small();
    world.environment.limits.call_seconds = 3;
    world.strike("source", "", "/deployments/kube-apiserver/scale", Fault::Status(500), None);
    let printed = world.run("backup_hcp").stopped(1, &["cluster source answers 500", "(tried "]);
    assert!(printed.line("state: ").contains("5 steps done, stopped in \"B4 "), "{printed}");
    assert!(printed.line("hint: ").contains(&format!("`drsh resume {}`", printed.run)), "{printed}");
    world.lab().faults().clear();
    let resumed = world.resume(&printed).well();
    assert_eq!(
        steps_done(&world.journal(&resumed)).iter().filter(|step| **step == "B2").count(),
        1,
        "B2 was repeated"
    );
}

/// The bash does not wait: what a dying API server writes then is in no snapshot (B4).
#[test]
fn a_pod_that_never_goes_away_is_named_before_any_snapshot_is_taken() {
    let mut world = World::small();
    world.make_hasty();
    world.lab().faults().switch_on("kubelet: kube-apiserver pods never stop");
    let printed = world.run("backup_hcp").stopped(1, &["kube-apiserver-", "1 left", "waited 5s"]);
    assert!(printed.line("state: ").contains("stopped in \"B4 "), "{printed}");
    assert_eq!(world.lab().s3().unwrap().keys(&world.known().aws.bucket), Vec::<String>::new());
    world.lab().faults().clear();
    world.make_patient();
    world.resume(&printed).well();
}

/// GitOps or a second operator unpauses, and what the bash scaled down writes on during the snapshot (F17, F18).
#[test]
fn a_pause_that_somebody_undoes_stops_the_run_before_anything_is_scaled_down() {
    let mut world = World::small();
    world.make_hasty();
    let store = world.source();
    let hosted_clusters = world.lab().source().cluster().watch(&HOSTED_CLUSTER);
    hosted_clusters.listen(move |change| {
        if change.object.data["spec"].get("pausedUntil").is_some() {
            let unpause =
                |object: &mut Value| drop(object["spec"].as_object_mut().unwrap().remove("pausedUntil"));
            store.change("hostedclusters.hypershift.openshift.io", "clusters", "demo", unpause).unwrap();
        }
        true
    });
    // Seen at once in B2, or a moment later in B4a.
    let printed = world.run("backup_hcp").stopped(1, &["spec.pausedUntil"]);
    assert!(!steps_done(&world.journal(&printed)).contains(&"B4a"), "{printed}");
    assert_eq!(world.replicas("kube-apiserver"), Some(1), "{printed}");
    assert_eq!(world.lab().s3().unwrap().keys(&world.known().aws.bucket), Vec::<String>::new());
}
