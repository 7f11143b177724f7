//! What stands on the destination before: leftovers of an earlier attempt, and fields that belong to others.

use drsh_lab::scenario::{Availability, HostedClusterPlan, NodePoolPlan, Scenario};
use serde_json::{Value, json};

use crate::kit::{World, steps_done};

/// `${HC_CLUSTER_NS}-{HC_CLUSTER_NAME}` deletes nothing, dots become dashes, and on an old volume etcd starts with old
/// data without a word (F16, F37, F61).
#[test]
fn an_old_volume_is_removed_only_when_the_namespace_is_approved_by_name() {
    let mut scenario = Scenario::small();
    scenario.hosted_cluster.name = "demo.one".to_owned();
    let mut world = World::of(scenario);
    assert_eq!(world.plane(), "clusters-demo-one");
    let before = world.hosted_cluster(&world.source());
    let claim = json!({
        "metadata": {"name": "data-etcd-0", "namespace": world.plane()},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "8Gi"}}},
    });
    world.destination().create("namespaces", "", json!({"metadata": {"name": world.plane()}})).unwrap();
    let claim = world.destination().create("persistentvolumeclaims", world.plane(), claim).unwrap();

    world.approve("teardown");
    let printed = world.run("migrate_hcp").stopped(3, &["clear", "clusters-demo-one", "data-etcd-0"]);
    assert_eq!(steps_done(&world.journal(&printed)), ["B0"]);
    let kept = world.destination().get("persistentvolumeclaims", world.plane(), "data-etcd-0").unwrap();
    assert_eq!(kept["metadata"]["uid"], claim["metadata"]["uid"]);
    assert_eq!(world.hosted_cluster(&world.source())["spec"], before["spec"]);

    world.approve("clear");
    world.resume(&printed).well();
    let made = world.destination().get("persistentvolumeclaims", world.plane(), "data-etcd-0").unwrap();
    assert_ne!(made["metadata"]["uid"], claim["metadata"]["uid"]);
    assert_eq!(world.hosted_cluster(&world.source()), Value::Null);
    assert_eq!(world.lab().overlaps(), []);
}

/// `oc apply` overwrites what another hosted cluster's people put there (R3).
#[test]
fn a_secret_of_another_with_the_same_name_is_a_conflict_and_is_not_overwritten() {
    let other = HostedClusterPlan {
        name: "billing".to_owned(),
        availability: Availability::SingleReplica,
        node_pools: vec![NodePoolPlan::new("billing-a", 1)],
        ..HostedClusterPlan::default()
    };
    let world = World::of(Scenario { destination_neighbours: vec![other], ..Scenario::small() })
        .approving("teardown");
    let key = |world: &World| world.destination().get("secrets", "clusters", "ssh-key").unwrap();
    let was = key(&world);
    let printed = world.run("migrate_hcp").stopped(1, &["ssh-key"]);
    assert_eq!(key(&world), was);
    assert!(!steps_done(&world.journal(&printed)).contains(&"R4"), "{printed}");
    assert_ne!(world.hosted_cluster(&world.source()), Value::Null);
}
