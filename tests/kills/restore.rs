//! A restore of a cluster that is killed at a record.

use drsh_lab::hosts::Version;
use drsh_lab::scenario::HostsPlan;

use crate::campaign;
use crate::end::{Comparable, comparable, counted, difference};
use crate::kit::{OnHosts, Printed, objects_of};

/// How a restore ended.
struct End {
    records: usize,
    parts: [Comparable; 2],
}

impl End {
    fn of(world: &OnHosts, printed: &Printed) -> Self {
        let restores = world.lab().hosts().setup().log.entries().into_iter();
        let restores = restores.filter(|entry| entry.what == "restored a snapshot").map(|entry| entry.what);
        Self {
            records: world.journal(printed).len(),
            parts: [comparable(&objects_of(&world.store())), counted(restores)],
        }
    }

    fn compare(&self, other: &Self) -> Vec<String> {
        self.parts.iter().zip(&other.parts).flat_map(|(own, other)| difference(own, other)).collect()
    }
}

/// A cluster with a backup, from which data was deleted since, and to which other data came.
fn backed_up(release: Version) -> OnHosts {
    let world = OnHosts::of(HostsPlan { release, workers: 1, ..HostsPlan::default() });
    world.make("stock");
    world.run().well();
    world.store().delete("configmaps", "stock", "prices").unwrap();
    world.make("later");
    world
}

fn killed_and_resumed(release: Version, name: &str) {
    let undisturbed = {
        let world = backed_up(release);
        let printed = world.restore().well();
        End::of(&world, &printed)
    };
    campaign::kill(name, undisturbed.records, |point| {
        let world = backed_up(release);
        let killed = world.restore_killed(&point.environment());
        if killed.code != -1 {
            return (killed.code != 0).then(|| vec![killed.to_string()]);
        }
        let resumed = if killed.run.is_empty() { world.restore() } else { world.resume(&killed.run) };
        if resumed.code != 0 {
            return Some(vec![resumed.to_string()]);
        }
        let mut wrong = undisturbed.compare(&End::of(&world, &resumed));
        let verdict = world.lab().verdict();
        if !verdict.is_well() || !world.has("stock") || world.has("later") {
            wrong.push(verdict.to_string());
        }
        Some(wrong)
    });
}

#[test]
fn a_restore_in_the_long_form_that_is_killed_at_a_record_ends_as_one_that_was_not() {
    killed_and_resumed(Version::V4_12, "restore_cluster, long form");
}

#[test]
fn a_restore_in_the_short_form_that_is_killed_at_a_record_ends_as_one_that_was_not() {
    killed_and_resumed(Version::V4_18, "restore_cluster, short form");
}
