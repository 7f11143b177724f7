//! A restore of a cluster on its hosts while faults strike.

use drsh::cli::practice;
use drsh::environment::Environment;
use drsh_lab::faults::Schedule;
use drsh_lab::hosts::Version;
use drsh_lab::scenario::{Disaster, HostsPlan, Scenario};
use drsh_lab::world::OnHosts;

use crate::campaign::{Ended, RUNTIME, SPEED, Trial};
use crate::program::Desk;

/// Tries the schedule that is drawn from `seed` on one release after the other; now and then with most hosts lost.
pub fn trial(seed: u64, trial: &mut Trial) -> Result<Ended, String> {
    let release = [Version::V4_18, Version::V4_12, Version::V4_14][usize::try_from(seed % 3).unwrap()];
    let disaster = if seed % 5 == 4 { Disaster::QuorumLost } else { Disaster::DataDeleted };
    let plan = HostsPlan { release, disaster, workers: 1, ..HostsPlan::default() };
    under(seed, plan, |lab| Schedule::drawn(seed, &lab.places()), trial)
}

/// Makes a backup, lets the disaster happen, and restores the cluster while a schedule is played.
pub fn under(
    seed: u64,
    plan: HostsPlan,
    schedule: impl FnOnce(&OnHosts) -> Schedule,
    trial: &mut Trial,
) -> Result<Ended, String> {
    let folder = tempfile::tempdir().unwrap();
    let (desk, place) = (Desk::beside(folder.path()), folder.path().join("lab"));
    trial.tell(&format!("{plan:?}"));
    let scenario =
        Scenario { seed, speed: SPEED, hosts: Some(plan), snapshot_padding: 0, ..Scenario::default() };
    let lab = RUNTIME.block_on(OnHosts::start(scenario, &place));
    let lab = lab.map_err(|error| format!("the lab: {error}"))?;
    let mut environment = practice::environment_on_hosts(lab.description());
    let file = desk.write(&environment, &place, true);
    let backup = desk.run(&["scripts/backup_etcd.rhai", "--env", &file]);
    if backup.code != Some(0) {
        return Err(format!("no backup, without any fault\n{}{}", backup.out, backup.err));
    }
    let lost = RUNTIME.block_on(lab.strike()).map_err(|error| format!("the lab: {error}"))?;
    if !lost.is_empty() {
        let names = lost.into_iter().map(toml::Value::String).collect();
        environment.parameters.insert("lost_hosts".to_owned(), toml::Value::Array(names));
    }
    restore(&lab, &desk, (&schedule(&lab), &environment), trial)
}

fn restore(
    lab: &OnHosts,
    desk: &Desk,
    (schedule, environment): (&Schedule, &Environment),
    trial: &mut Trial,
) -> Result<Ended, String> {
    trial.plan(schedule);
    let playing = RUNTIME.block_on(async { lab.play(schedule) });
    let over = || format!("{} of {} had begun", RUNTIME.block_on(playing.end()).len(), schedule.0.len());
    let place = lab.description().folder.as_path();
    let ended = desk.try_out("scripts/restore_cluster.rhai", (environment, place), trial, over);
    trial.tell(&format!("requests: {:?}", lab.hosts().setup().faults.calls()));
    let verdict = if ended.is_ok() { RUNTIME.block_on(lab.calm_verdict()) } else { lab.verdict() };
    for entry in lab.hosts().setup().log.entries() {
        trial.tell(&format!("{} {}: {} ({})", entry.at, entry.who, entry.what, entry.why));
    }
    // Whatever else went wrong, nothing is worse than this.
    if verdict.split_brains > 0 {
        return Err(verdict.to_string());
    }
    let ended = ended?;
    let backups = std::fs::read_dir(lab.description().folder.join("backup"));
    let is_kept = backups.into_iter().flatten().flatten().any(|one| one.path().join("backup.json").is_file());
    match (verdict.is_well(), is_kept) {
        (true, true) => Ok(ended),
        (false, _) => Err(verdict.to_string()),
        (true, false) => Err("the backup is lost".to_owned()),
    }
}
