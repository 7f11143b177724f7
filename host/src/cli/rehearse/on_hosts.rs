//! A rehearsal in a cluster that stands alone on hosts of its own.

use std::time::Instant;

use drsh_lab::scenario::Scenario;
use drsh_lab::world::OnHosts;

use super::Rehearsal;
use crate::cli::console::say;
use crate::cli::practice;
use crate::journal::Record;
use crate::problem::Problem;
use crate::run::spoken;

pub(super) fn carry_out(rehearsal: &Rehearsal<'_>, scenario: Scenario) -> Result<u8, Problem> {
    let began = Instant::now();
    let lab = rehearsal.runtime.block_on(practice::start_on_hosts(scenario, &rehearsal.folder))?;
    let hosts = lab.description().hosts.len();
    say(&format!("lab: a cluster on {hosts} hosts, up after {}", spoken(began.elapsed())));
    let environment = practice::write_environment_on_hosts(lab.description())?;
    let done = match rehearsal.prepare(&environment)? {
        Some(code) => Ok(code),
        None => rehearsal.run(&environment),
    };
    say(&match lab.hosts().serving().len() {
        1 => "\nthe lab says: the API answers from one etcd cluster".to_owned(),
        count => format!("\nthe lab says: the API answers from {count} etcd clusters"),
    });
    say_findings(rehearsal, &lab)?;
    done
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
            Record::Note { text } => Some(text),
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
