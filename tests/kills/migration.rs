//! A migration that is killed at a record.

use drsh_lab::scenario::Scenario;

use crate::campaign;
use crate::end::{Comparable, comparable, counted, difference, eventually, rest};
use crate::kit::{RUNTIME, World};

/// How a migration ended.
pub(super) struct End {
    /// What each side holds, the zone, the bucket and the cloud, and what happened to etcd.
    parts: [Comparable; 6],
}

impl End {
    pub(super) fn of(world: &World) -> Self {
        RUNTIME.block_on(world.collector_has_passed());
        rest(|| world.image().source);
        rest(|| world.image().destination);
        let (image, lab) = (world.image(), world.lab());
        let etcd = lab.log().entries().into_iter().filter(|entry| entry.who.ends_with("/etcd"));
        let instances = image.instances.iter().map(|instance| format!("{instance:?}"));
        Self {
            parts: [
                comparable(&image.destination),
                comparable(&image.source),
                counted(image.records.into_iter()),
                counted(lab.s3().unwrap().keys(&world.known().aws.bucket).into_iter()),
                counted(instances),
                counted(etcd.map(|entry| format!("{}: {}", entry.who, entry.what))),
            ],
        }
    }

    pub(super) fn compare(&self, other: &Self) -> Vec<String> {
        self.parts.iter().zip(&other.parts).flat_map(|(own, other)| difference(own, other)).collect()
    }
}

/// More node pools and neighbours would only add time: what is killed is the same.
pub(super) fn world() -> World {
    World::of(Scenario::small()).approving("teardown")
}

/// How many records a run has that nobody disturbs, and how it ends.
pub(super) fn undisturbed() -> (usize, End) {
    let world = world();
    let printed = world.run("migrate_hcp").well();
    (world.journal(&printed).len(), End::of(&world))
}

#[test]
fn a_migration_that_is_killed_at_a_record_ends_as_one_that_was_not() {
    let (records, undisturbed) = undisturbed();
    campaign::kill("migrate_hcp", records, |point| {
        let world = world();
        let killed = world.run_killed("migrate_hcp", &point.environment());
        if killed.code != -1 {
            return (killed.code != 0).then(|| vec![killed.to_string()]);
        }
        let resumed = if killed.run.is_empty() { world.run("migrate_hcp") } else { world.resume(&killed) };
        if resumed.code != 0 {
            return Some(vec![resumed.to_string()]);
        }
        let mut wrong = eventually(|| undisturbed.compare(&End::of(&world)));
        wrong.extend(
            world.lab().overlaps().iter().map(|overlap| format!("both sides could write: {overlap:?}")),
        );
        Some(wrong)
    });
}
