//! A plan changes nothing, on real servers no more than on the lab's: what their APIs tell is compared, object by object.

use std::collections::BTreeMap;

use drsh_lab::scenario::Scenario;

use crate::kit::{RUNTIME, World, files_in, quieten};
use crate::objects;

/// What the actors and the server write all the time, wherever it stands.
const RESTLESS: [&str; 8] = [
    "status",
    "resourceVersion",
    "lastHeartbeatTime",
    "lastProbeTime",
    "lastUpdateTime",
    "lastTransitionTime",
    "managedFields",
    "renewTime",
];

/// What there is on every side, in the zone, in the cloud and on this machine.
fn whole(world: &World) -> BTreeMap<String, String> {
    let lab = world.lab();
    let sides = RUNTIME.block_on(async {
        [
            ("source", objects::of_management(lab, "source").await),
            ("destination", objects::of_management(lab, "destination").await),
            ("hosted", objects::of_hosted(lab).await),
        ]
    });
    let mut whole = BTreeMap::new();
    for (side, objects) in sides {
        for ((kind, namespace, name), mut object) in objects {
            let held = object["metadata"]["managedFields"].as_array().into_iter().flatten();
            let by_drsh = held.filter(|one| one["manager"] == "drsh").count();
            quieten(&mut object, &RESTLESS);
            whole.insert(
                format!("{side}: {kind} {namespace}/{name}"),
                format!("held by drsh: {by_drsh}; {object}"),
            );
        }
    }
    for record in lab.records() {
        whole.insert(format!("zone: {} {}", record.kind, record.name), format!("{record:?}"));
    }
    for instance in lab.cloud().instances() {
        whole.insert(format!("cloud: {instance:?}"), String::new());
    }
    for place in [world.backup(""), world.state()] {
        if place.exists() {
            for (name, (mode, bytes)) in files_in(&place) {
                whole
                    .insert(format!("{}/{name}", place.display()), format!("{mode:o} {} bytes", bytes.len()));
            }
        }
    }
    whole
}

fn changes_nothing(world: &World) {
    let before = whole(world);
    assert!(before.len() > 100, "the world is empty");
    let environment = world.write_environment();
    for script in ["migrate_hcp", "backup_hcp"] {
        let arguments = ["plan".to_owned(), format!("scripts/{script}.rhai")];
        let printed =
            world.start([&arguments[..], &["--env".to_owned(), environment.clone()]].concat()).well();
        assert!(printed.out.contains("+ spec.pausedUntil: \"true\""), "{printed}");
        assert!(printed.out.contains("DESTROY  cluster source: delete routes"), "{printed}");
        let after = whole(world);
        let different: Vec<_> = before.iter().filter(|(name, was)| after.get(*name) != Some(was)).collect();
        assert!(different.is_empty(), "{script} changed {different:#?}\n{printed}");
        let new: Vec<_> = after.keys().filter(|name| !before.contains_key(*name)).collect();
        assert!(new.is_empty(), "{script} made {new:#?}\n{printed}");
    }
}

#[test]
fn a_migration_that_is_planned_changes_nothing() {
    changes_nothing(&World::small());
    if let Some(real) = World::real(Scenario::small()) {
        changes_nothing(&real);
    }
}
