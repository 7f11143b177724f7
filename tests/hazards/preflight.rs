//! What is found out before anything is touched.

use drsh_lab::aws::Credentials;
use drsh_lab::scenario::Scenario;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::kit::{World, objects_of, own_text, steps_done};

/// Fails if the source's hosted cluster or anything on the destination is not as in `before`.
fn assert_untouched(world: &World, before: &Value) {
    assert_eq!(
        world.hosted_cluster(&world.source())["spec"],
        before["spec"],
        "the hosted cluster was touched"
    );
    let objects = objects_of(&world.destination());
    let ours = own_text(&objects, |_, namespace, _| namespace == world.plane());
    assert!(ours.is_empty(), "{:?}", ours.keys());
}

/// The bash uses an undefined `MGMT2_REGION` (H1), moves what cannot keep its name (H2, F68), and finds out one by one.
#[test]
fn everything_that_is_not_as_it_should_be_is_told_at_once() {
    let mut scenario = Scenario { bucket_region: "eu-west-1".to_owned(), ..Scenario::small() };
    scenario.hosted_cluster.fixed_hostname = false;
    let world = World::of(scenario);
    let before = world.hosted_cluster(&world.source());
    world.run("migrate_hcp").stopped(
        1,
        &[
            "the bucket is in eu-west-1, the hosted cluster in us-east-1",
            "fixes no host name for APIServer",
            "nothing was touched",
        ],
    );
    assert_untouched(&world, &before);
}

/// One global KUBECONFIG, exported again and again: one mistake runs deletions on the wrong cluster (F12).
#[test]
fn a_mixed_up_kubeconfig_stops_the_run() {
    let mut world = World::small();
    let before = world.hosted_cluster(&world.source());
    let right = world.environment.clusters.clone();

    world.environment.clusters.get_mut("destination").unwrap().kubeconfig =
        right["source"].kubeconfig.clone();
    world.run("migrate_hcp").stopped(1, &["source and destination are one and the same cluster"]);
    std::fs::remove_dir_all(world.state()).unwrap();

    // A run that ends early, but has met both clusters.
    world.environment.clusters = right.clone();
    world.set("hosted_cluster_name", "absent");
    world.run("migrate_hcp").stopped(1, &["the source has no HostedCluster absent in clusters"]);

    world.set("hosted_cluster_name", "demo");
    let (source, destination) = (right["source"].clone(), right["destination"].clone());
    world.environment.clusters.insert("source".to_owned(), destination);
    world.environment.clusters.insert("destination".to_owned(), source);
    world.run("migrate_hcp").stopped(3, &["is not the cluster `source`", "an earlier run"]);
    assert_untouched(&world, &before);
}

/// With a session token the URL passes 1024 characters: the bash learns it after the source is down (H17).
#[test]
fn temporary_credentials_are_found_to_be_of_no_use_before_anything_is_touched() {
    let world = World::small();
    let before = world.hosted_cluster(&world.source());
    let token = "FwoGZXIvYXdzE".repeat(80);
    let expires = Timestamp::now() + SignedDuration::from_hours(6);
    world.lab().keyring().unwrap().add(Credentials::temporary(
        "ASIATEMPORARY",
        "temporary/secret",
        &token,
        expires,
    ));
    let file = format!(
        "[lab]\naws_access_key_id = ASIATEMPORARY\naws_secret_access_key = temporary/secret\naws_session_token = {token}\n"
    );
    std::fs::write(&world.known().aws.credentials_file, file).unwrap();
    let printed = world.run("migrate_hcp").stopped(1, &["characters, and restoreSnapshotURL takes 1024"]);
    assert!(!printed.err.contains(&token), "{printed}");
    assert_untouched(&world, &before);
}

/// The bash prints "avoiding step", restores nothing, and then tears the source down (H18, F2).
#[test]
fn a_hosted_cluster_on_the_destination_is_named_and_nothing_begins() {
    let world = World::of(Scenario { taken_on_destination: true, ..Scenario::small() }).approving("teardown");
    let there = world.hosted_cluster(&world.destination());
    let before = world.hosted_cluster(&world.source());
    assert!(there["spec"]["infraID"].is_string());
    let printed = world
        .run("migrate_hcp")
        .stopped(1, &["the destination already has a HostedCluster demo in clusters"]);
    assert_eq!(steps_done(&world.journal(&printed)), Vec::<&str>::new());
    assert_eq!(world.hosted_cluster(&world.source())["spec"], before["spec"]);
    assert_eq!(world.hosted_cluster(&world.destination())["metadata"]["uid"], there["metadata"]["uid"]);
    assert_eq!(world.hosted_cluster(&world.destination())["spec"], there["spec"]);
}
