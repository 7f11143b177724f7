//! The teardown: asked for, without harm to instances, and with the shared operator put back.

use serde_json::{Value, json};

use crate::kit::{World, names_of, steps_done};

const AWS_MACHINE: &str = "AWSMachine.infrastructure.cluster.x-k8s.io";

/// `sleep 15` is all that stands between a surviving capi-provider and the instances (H21, F8); the operator stays at
/// 0 when a later line fails, or comes back as 2 (H20, F7); absent finalizers are an error to `op: remove` (F9).
#[test]
fn the_teardown_waits_for_controllers_puts_the_operator_back_and_can_be_resumed() {
    let mut world = World::small();
    let operator = |world: &World| {
        let found = world.source().get("deployments.apps", "hypershift", "operator").unwrap();
        found["spec"]["replicas"].as_i64()
    };
    let scaled = |object: &mut Value| object["spec"]["replicas"] = json!(3);
    world.source().change("deployments.apps", "hypershift", "operator", scaled).unwrap();
    for script in ["backup_hcp", "restore_hcp", "verify_hcp"] {
        world.run(script).well();
    }

    // Nobody approved it.
    let printed = world.run("teardown_hcp").stopped(3, &["teardown"]);
    assert_eq!(steps_done(&world.journal(&printed)), ["T0"]);
    assert_eq!(operator(&world), Some(3));
    world.approve("teardown");

    // capi-provider refuses to go.
    world.lab().faults().switch_on("kubelet: capi-provider pods never stop");
    world.make_hasty();
    let stuck = world.run("teardown_hcp").stopped(1, &["capi-provider-"]);
    assert!(stuck.line("state: ").contains("stopped in \"T1 "), "{stuck}");
    assert_eq!(names_of(&world.image().source, AWS_MACHINE, world.plane()).len(), 1);
    assert_eq!(world.lab().instances_alive(&world.known().hosted_cluster.infra_id).len(), 1);
    assert_eq!(operator(&world), Some(3));

    // It goes, and some objects have no finalizers.
    world.lab().faults().clear();
    world.make_patient();
    for machine in world.source().list("awsmachines.infrastructure.cluster.x-k8s.io", world.plane()) {
        let name = machine["metadata"]["name"].as_str().unwrap();
        let freed =
            |object: &mut Value| drop(object["metadata"].as_object_mut().unwrap().remove("finalizers"));
        world
            .source()
            .change("awsmachines.infrastructure.cluster.x-k8s.io", world.plane(), name, freed)
            .unwrap();
    }
    world.resume(&stuck).well();
    assert_eq!(world.hosted_cluster(&world.source()), Value::Null);
    assert_eq!(world.lab().instances_alive(&world.known().hosted_cluster.infra_id).len(), 1);
    assert_eq!(operator(&world), Some(3));
    assert_eq!(world.lab().overlaps(), []);

    // The namespace stays until somebody names it (H22), and doing it all again changes nothing.
    let home = || world.source().get("namespaces", "", "clusters");
    assert!(home().is_some());
    world.run("teardown_hcp").well();
    assert_eq!(operator(&world), Some(3));
}

/// The bash deletes the namespace always (H22); nobody else lives in this one, and the operator names it.
#[test]
fn the_namespace_goes_when_it_is_named_and_nobody_else_lives_there() {
    let mut world = World::small().approving("teardown");
    world.set("remove_namespace", "clusters");
    world.run("migrate_hcp").well();
    assert!(world.source().get("namespaces", "", "clusters").is_none());
    assert!(world.destination().get("namespaces", "", "clusters").is_some());
}
