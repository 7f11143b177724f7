//! A rehearsal in a cluster that stands alone on hosts of its own.

use std::time::Instant;

use drsh_lab::scenario::Scenario;

use super::Rehearsal;
use crate::cli::console::say;
use crate::cli::practice;
use crate::problem::Problem;
use crate::run::spoken;

pub(super) fn carry_out(rehearsal: &Rehearsal<'_>, scenario: Scenario) -> Result<u8, Problem> {
    let began = Instant::now();
    let lab = rehearsal.runtime.block_on(practice::start_on_hosts(scenario, &rehearsal.folder))?;
    let hosts = lab.description().hosts.len();
    say(&format!("lab: a cluster on {hosts} control plane hosts, up after {}", spoken(began.elapsed())));
    let done = practice::write_environment_on_hosts(lab.description()).and_then(|file| rehearsal.run(&file));
    say(&match lab.hosts().serving().len() {
        1 => "\nthe lab says: the API answers from one etcd cluster".to_owned(),
        count => format!("\nthe lab says: the API answers from {count} etcd clusters"),
    });
    say_findings(rehearsal, &lab)?;
    done
}

/// Says how many of the faults of the storage the script has told, by the warnings in its journal.
fn say_findings(rehearsal: &Rehearsal<'_>, lab: &OnHosts) -> Result<(), Problem> {
    let planted = lab.storage_faults();
    if planted.is_empty() {
        return Ok(());
    }
    let state = rehearsal.state()?;
    let mut warnings = Vec::new();
    for run in state.runs() {
        warnings.extend(state.lines(&run)?.into_iter().filter_map(|line| match line.record {
            Record::Warned { text } => Some(text),
            _ => None,
        }));
    }
    let is_told = |object: &&str| {
        let mark = format!(": {object}: ");
        warnings.iter().any(|warning| warning.contains(&mark))
    };
    let told = planted.iter().filter(|(_, objects)| objects.iter().all(|object| is_told(&object)));
    let count = told.count();
    say(&format!("the lab says: {} faults are in the storage, and {count} of them were told", planted.len()));
    for (fault, objects) in planted.iter().filter(|(_, objects)| !objects.iter().all(|object| is_told(&object))) {
        say(&format!("the lab says: {} was not told: {}", spoken_fault(*fault), objects.join(", ")));
    }
    Ok(())
}
