//! A migration that is killed at a record before its point of no return, and undone: by an undo that is killed too.

use drsh_lab::scenario::Scenario;

use crate::campaign;
use crate::end::{Comparable, comparable, counted, difference, eventually};
use crate::kit::{LONG, RUNTIME, World};
use crate::point::Point;

/// What there is on the source, in the zone and in the cloud.
fn standing(world: &World) -> [Comparable; 3] {
    let image = world.image();
    let instances = image.instances.iter().map(|instance| format!("{instance:?}"));
    [comparable(&image.source), counted(image.records.into_iter()), counted(instances)]
}

/// How many records a run has before the first point of no return.
fn records_before_the_point() -> usize {
    let world = World::of(Scenario::small()).approving("teardown");
    let printed = world.run("migrate_hcp").well();
    let journal = world.journal(&printed);
    journal.iter().position(|record| record["type"] == "point-of-no-return").unwrap()
}

/// An undo that is killed at its record of this number, counted from its start, is done again.
const KILLED_AT: usize = 7;

#[test]
fn a_migration_that_is_killed_before_the_point_of_no_return_is_undone_to_what_there_was() {
    campaign::kill("migrate_hcp, undone", records_before_the_point(), |point| {
        let world = World::of(Scenario::small()).approving("teardown");
        let before = standing(&world);
        let killed = world.run_killed("migrate_hcp", &point.environment());
        if killed.code != -1 {
            return (killed.code != 0).then(|| vec![killed.to_string()]);
        }
        if killed.run.is_empty() {
            return Some(compared(&world, &before));
        }
        let again = Point { record: KILLED_AT, when: "after" };
        let first = world.go_back_killed(&killed, &again.environment());
        let undone = if first.code == -1 { world.go_back(&killed) } else { first };
        if undone.code != 0 {
            return Some(vec![undone.to_string()]);
        }
        Some(compared(&world, &before))
    });
}

/// What is not as it was, once the source's own controllers have come to rest.
fn compared(world: &World, before: &[Comparable; 3]) -> Vec<String> {
    let (lab, plan) = (world.lab(), Scenario::small().hosted_cluster);
    if let Err(error) = RUNTIME.block_on(lab.settled(lab.source(), &plan, LONG)) {
        return vec![error.to_string()];
    }
    // Pods that no condition of the hosted cluster speaks of take a moment more.
    eventually(|| {
        let now = standing(world);
        before.iter().zip(&now).flat_map(|(was, is)| difference(was, is)).collect()
    })
}
