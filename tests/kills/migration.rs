//! A migration that is killed at a record.

use drsh_lab::scenario::Scenario;

use crate::end::{Comparable, comparable, counted, difference};
use crate::kit::{Printed, RUNTIME, World};
use crate::point::{Point, chosen};

/// How a migration ended.
struct End {
    records: usize,
    destination: Comparable,
    source: Comparable,
    dns: Comparable,
    snapshots: Vec<String>,
}

impl End {
    fn of(world: &World, printed: &Printed) -> Self {
        RUNTIME.block_on(world.collector_has_passed());
        let image = world.image();
        assert_eq!(world.lab().overlaps(), [], "{printed}");
        Self {
            records: world.journal(printed).len(),
            destination: comparable(&image.destination),
            source: comparable(&image.source),
            dns: counted(image.records.into_iter()),
            snapshots: world.lab().s3().unwrap().keys(&world.known().aws.bucket),
        }
    }

    fn compare(&self, point: Point, other: &Self, printed: &Printed) -> Vec<String> {
        let mut wrong = difference(&self.destination, &other.destination);
        wrong.extend(difference(&self.source, &other.source));
        wrong.extend(difference(&self.dns, &other.dns));
        if self.snapshots != other.snapshots {
            wrong.push(format!("snapshots: {:?} instead of {:?}", other.snapshots, self.snapshots));
        }
        if !wrong.is_empty() {
            wrong.insert(0, format!("killed {point}: {printed}"));
        }
        wrong
    }
}

/// Two node pools and a neighbour whose name begins like it would only add time: what is killed is the same.
fn world() -> World {
    World::of(Scenario::small()).approving("teardown")
}

#[test]
fn a_migration_that_is_killed_at_a_record_ends_as_one_that_was_not() {
    let undisturbed = {
        let world = world();
        let printed = world.run("migrate_hcp").well();
        End::of(&world, &printed)
    };
    let points = chosen(undisturbed.records);
    let mut wrong = Vec::new();
    for point in &points {
        let world = world();
        let killed = world.run_killed("migrate_hcp", &point.environment());
        if killed.code == 0 {
            // It had fewer records this time.
            continue;
        }
        assert_eq!(killed.code, -1, "killed {point}: {killed}");
        let resumed = if killed.run.is_empty() { world.run("migrate_hcp") } else { world.resume(&killed) };
        if resumed.code != 0 {
            wrong.push(format!("killed {point}: {resumed}"));
            continue;
        }
        wrong.extend(undisturbed.compare(*point, &End::of(&world, &resumed), &resumed));
    }
    println!("migrate_hcp: killed at {} points of {}", points.len(), 2 * undisturbed.records);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
