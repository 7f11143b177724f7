//! The way back: a backup that is undone leaves the source as it was.

use std::collections::BTreeMap;

use drsh_lab::faults::Fault;
use serde_json::Value;

use crate::kit::World;

/// What people and controllers ask for on the source: pauses, replicas, routes.
fn asked_for(world: &World) -> BTreeMap<(String, String), Value> {
    let kinds = ["hostedclusters.hypershift.openshift.io", "nodepools.hypershift.openshift.io"];
    let home = &world.known().hosted_cluster.namespace;
    let mut found = BTreeMap::new();
    let planes = ["deployments.apps", "routes.route.openshift.io"].map(|kind| (kind, world.plane()));
    for (kind, namespace) in kinds.map(|kind| (kind, home.as_str())).into_iter().chain(planes) {
        for object in world.source().list(kind, namespace) {
            let name = object["metadata"]["name"].as_str().unwrap().to_owned();
            found.insert((kind.to_owned(), name), object["spec"].clone());
        }
    }
    found
}

/// The bash has no way back: it leaves the hosted cluster paused, its API at 0 and its routes deleted (F5, F6).
#[test]
fn a_backup_that_is_undone_leaves_the_source_as_it_was() {
    let world = World::small();
    let before = asked_for(&world);
    assert!(before.keys().any(|(kind, _)| kind.starts_with("routes")), "the world has no route");
    let printed = world.run("backup_hcp").well();
    assert_ne!(asked_for(&world), before, "the backup changed nothing");
    world.go_back(&printed).well();
    assert_eq!(asked_for(&world), before);
}

/// As above, from the middle: an upload that S3 refuses stops the run with the API down.
#[test]
fn a_backup_that_failed_half_way_is_undone_too_and_can_then_be_resumed() {
    let world = World::small();
    let before = asked_for(&world);
    world.strike("s3", "PUT", "snapshot.db", Fault::Status(403), None);
    let printed = world.run("backup_hcp").stopped(1, &[]);
    world.go_back(&printed).well();
    assert_eq!(asked_for(&world), before);
    world.lab().faults().clear();
    world.resume(&printed).well();
    assert!(world.backup("manifest.json").exists());
}
