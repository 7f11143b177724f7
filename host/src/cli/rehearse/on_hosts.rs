//! A rehearsal in a cluster that stands alone on hosts of its own.

use std::path::Path;
use std::time::Instant;

use drsh_lab::hosts::Role;
use drsh_lab::scenario::{Disaster, Scenario};
use drsh_lab::world::OnHosts;

use super::Rehearsal;
use crate::cli::console::say;
use crate::cli::{exit, practice};
use crate::journal::Record;
use crate::problem::Problem;
use crate::run::spoken;

pub(super) fn carry_out(rehearsal: &Rehearsal<'_>, scenario: Scenario) -> Result<u8, Problem> {
    let began = Instant::now();
    let lab = rehearsal.runtime.block_on(practice::start_on_hosts(scenario, &rehearsal.folder))?;
    let hosts = &lab.description().hosts;
    let control_plane = hosts.iter().filter(|host| host.role == Role::ControlPlane).count();
    say(&format!(
        "lab: a cluster on {control_plane} control plane hosts and {} more, up after {}",
        hosts.len() - control_plane,
        spoken(began.elapsed())
    ));
    let done = rehearse(rehearsal, &lab)?;
    let verdict = lab.verdict();
    say(&format!("\nthe lab says: {verdict}"));
    say_findings(rehearsal, &lab)?;
    // A script that ends well while two etcd clusters served has not done well, nor has one that restored nothing.
    let restores = rehearsal.has_forerunner() && lab.plan().disaster != Disaster::None;
    let is_well = verdict.split_brains == 0 && (done != 0 || !restores || verdict.is_well());
    Ok(if is_well { done } else { done.max(exit::FAILED) })
}

fn rehearse(rehearsal: &Rehearsal<'_>, lab: &OnHosts) -> Result<u8, Problem> {
    let mut environment = practice::environment_on_hosts(lab.description());
    let file = practice::write_changed_on_hosts(lab.description(), &environment)?;
    if !rehearsal.has_forerunner() {
        return run(rehearsal, lab, &file);
    }
    if let Some(code) = rehearsal.prepare(&file)? {
        return Ok(code);
    }
    let lost = rehearsal
        .runtime
        .block_on(lab.strike())
        .map_err(|error| Problem::new("lab", error.to_string()).hint("run it again with -v"))?;
    say(match lab.plan().disaster {
        Disaster::None => "the lab: nothing befell the cluster",
        Disaster::DataDeleted => "the lab: somebody deleted a namespace, and work went on",
        Disaster::QuorumLost => {
            "the lab: somebody deleted a namespace, and then most control plane hosts were lost"
        }
    });
    if !lost.is_empty() {
        let names = lost.into_iter().map(toml::Value::String).collect();
        environment.parameters.insert("lost_hosts".to_owned(), toml::Value::Array(names));
    }
    let file = practice::write_changed_on_hosts(lab.description(), &environment)?;
    run(rehearsal, lab, &file)
}

fn run(rehearsal: &Rehearsal<'_>, lab: &OnHosts, environment: &Path) -> Result<u8, Problem> {
    let schedule = rehearsal.schedule(lab.faults(), &lab.places());
    rehearsal.run_struck(environment, schedule.as_ref(), |schedule| lab.play(schedule))
}

/// Says how many of the faults of the storage the script has told, by the notes in its journal.
fn say_findings(rehearsal: &Rehearsal<'_>, lab: &OnHosts) -> Result<(), Problem> {
    let planted = lab.storage_faults();
    if planted.is_empty() {
        return Ok(());
    }
    let state = rehearsal.state()?;
    let mut notes = Vec::new();
    for run in state.runs() {
        notes.extend(state.lines(&run)?.into_iter().filter_map(|line| match line.record {
            Record::Note { text, .. } => Some(text),
            _ => None,
        }));
    }
    let is_told = |objects: &[&str]| {
        let told = |object: &&str| notes.iter().any(|note| note.contains(&format!(": {object}: ")));
        objects.iter().all(told)
    };
    let (told, missed): (Vec<_>, Vec<_>) = planted.into_iter().partition(|(_, objects)| is_told(objects));
    let all = told.len() + missed.len();
    say(&format!("the lab says: its storage has {all} faults, and {} of them were told", told.len()));
    for (_, objects) in missed {
        say(&format!("the lab says: not told: {}", objects.join(", ")));
    }
    Ok(())
}
