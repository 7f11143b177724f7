//! A run that is killed goes on, and one that is undone leaves nothing behind; the same on either ground.

use drsh_lab::scenario::Scenario;

use crate::kit::{RUNTIME, World, steps_done};
use crate::objects::{self, Objects};

/// Runs the same on the lab's ground and on real servers.
fn on_both(scenario: &Scenario, test: impl Fn(World)) {
    test(World::of(scenario.clone()));
    if let Some(world) = World::real(scenario.clone()) {
        test(world);
    }
}

/// What is asked for in the namespaces of the hosted cluster, and of whom is made of what: no pods, no statuses.
fn asked_for(world: &World) -> Vec<String> {
    let objects = RUNTIME.block_on(objects::of_management(world.lab(), "source"));
    let hosted = &world.known().hosted_cluster;
    let wanted = |(kind, namespace, _): &(String, String, String)| {
        (*namespace == hosted.namespace || *namespace == hosted.control_plane_namespace)
            && !["Pod.", "ReplicaSet.apps"].contains(&kind.as_str())
    };
    let text = |((kind, namespace, name), object): (&(String, String, String), &serde_json::Value)| {
        let (finalizers, spec, data) = (&object["metadata"]["finalizers"], &object["spec"], &object["data"]);
        format!("{kind} {namespace}/{name} {finalizers} {spec} {data}")
    };
    let told: &Objects = &objects;
    told.iter().filter(|(key, _)| wanted(key)).map(text).collect()
}

#[test]
fn a_backup_that_is_undone_leaves_the_source_as_it_was() {
    on_both(&Scenario::small(), |world| {
        let before = asked_for(&world);
        let printed = world.run("backup_hcp").well();
        assert_ne!(asked_for(&world), before, "the backup changed nothing");
        world.go_back(&printed).well();
        assert_eq!(asked_for(&world), before);
    });
}

#[test]
fn a_migration_that_is_killed_goes_on_to_the_same_end() {
    on_both(&Scenario::small(), |world| {
        let world = world.approving("teardown");
        let first = world.kill_after("migrate_hcp", "R4");
        assert_eq!(first.code, -1, "the program ended by itself: {first}");
        let resumed = world.resume(&first).well();
        let journal = world.journal(&resumed);
        let steps = steps_done(&journal);
        assert_eq!(steps.len(), 34, "each step is done once: {steps:?}");
        let known = &world.known().hosted_cluster;
        assert_eq!(world.lab().instances_alive(&known.infra_id).len(), 1);
        assert_eq!(world.lab().overlaps(), []);
        let source = RUNTIME.block_on(objects::of_management(world.lab(), "source"));
        assert!(objects::keys_in(&source, &known.control_plane_namespace).is_empty(), "the source is clean");
    });
}
