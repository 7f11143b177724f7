//! A restore of a cluster that is killed at a record.

use drsh_lab::hosts::Version;
use drsh_lab::scenario::HostsPlan;

use crate::campaign;
use crate::end::{Comparable, comparable, counted, difference, eventually};
use crate::kit::{OnHosts, objects_of};

/// How a restore ended.
struct End {
    parts: [Comparable; 2],
}

impl End {
    fn of(world: &OnHosts) -> Self {
        let restores = world.lab().hosts().setup().log.entries().into_iter();
        let restores = restores.filter(|entry| entry.what == "restored a snapshot").map(|entry| entry.what);
        Self { parts: [comparable(&objects_of(&world.store())), counted(restores)] }
    }

    fn compare(&self, other: &Self) -> Vec<String> {
        self.parts.iter().zip(&other.parts).flat_map(|(own, other)| difference(own, other)).collect()
    }
}

/// A cluster that lost its quorum, and goes on with what one member knows.
fn without_quorum() -> OnHosts {
    let mut world = OnHosts::of(HostsPlan { release: Version::V4_18, workers: 0, ..HostsPlan::default() });
    world.make("stock");
    let lost = ["master-1", "master-2"];
    for name in lost {
        world.host(name).turn_off();
    }
    let lost = toml::Value::Array(lost.into_iter().map(toml::Value::from).collect());
    world
        .environment
        .parameters
        .extend([("lost_hosts".to_owned(), lost), ("without_backup".to_owned(), true.into())]);
    world
}

/// What is wrong with a cluster that was restored from a backup.
fn wrong_after_restore(world: &OnHosts) -> Option<String> {
    let verdict = world.lab().verdict();
    (!verdict.is_well() || !world.has("stock") || world.has("later")).then(|| verdict.to_string())
}

/// What is wrong with a cluster that went on without a backup.
fn wrong_after_going_on(world: &OnHosts) -> Option<String> {
    let verdict = world.lab().verdict();
    let is_well = verdict.answers
        && verdict.split_brains == 0
        && !verdict.guard_is_off
        && verdict.hosts_without_member.is_empty()
        && verdict.nodes_not_ready.is_empty();
    (!is_well || !world.has("stock")).then(|| verdict.to_string())
}

fn killed_and_resumed(
    name: &str,
    begin: impl Fn() -> OnHosts + Sync,
    wrong_with: impl Fn(&OnHosts) -> Option<String> + Sync,
    compare: impl Fn(&End, &End) -> Vec<String> + Sync,
) {
    let (records, undisturbed) = {
        let world = begin();
        let printed = world.restore().well();
        (world.journal(&printed).len(), End::of(&world))
    };
    campaign::kill(name, records, |point| {
        let world = begin();
        let killed = world.restore_killed(&point.environment());
        if killed.code != -1 {
            return (killed.code != 0).then(|| vec![killed.to_string()]);
        }
        let resumed = if killed.run.is_empty() { world.restore() } else { world.resume(&killed.run) };
        if resumed.code != 0 {
            return Some(vec![resumed.to_string()]);
        }
        let mut wrong = eventually(|| compare(&undisturbed, &End::of(&world)));
        wrong.extend(wrong_with(&world));
        Some(wrong)
    });
}

/// How often a snapshot was restored, and what the API holds.
fn all(undisturbed: &End, ended: &End) -> Vec<String> {
    undisturbed.compare(ended)
}

#[test]
fn a_cluster_that_goes_on_without_a_backup_and_is_killed_at_a_record_ends_as_one_that_was_not() {
    // Machines made anew bear the time of their run in their names: what the API holds is not compared by name.
    killed_and_resumed("restore_cluster, without a backup", without_quorum, wrong_after_going_on, |_, _| {
        Vec::new()
    });
}

#[test]
fn a_restore_in_the_long_form_that_is_killed_at_a_record_ends_as_one_that_was_not() {
    killed_and_resumed(
        "restore_cluster, long form",
        || OnHosts::backed_up(Version::V4_12),
        wrong_after_restore,
        all,
    );
}

#[test]
fn a_restore_in_the_short_form_that_is_killed_at_a_record_ends_as_one_that_was_not() {
    killed_and_resumed(
        "restore_cluster, short form",
        || OnHosts::backed_up(Version::V4_18),
        wrong_after_restore,
        all,
    );
}
