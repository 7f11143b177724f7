//! A rehearsal in a cluster that stands alone, its kubelets' certificates expired.

use std::time::Instant;

use drsh_lab::scenario::Scenario;

use super::Rehearsal;
use crate::cli::console::say;
use crate::cli::practice;
use crate::problem::Problem;
use crate::run::spoken;

pub(super) fn carry_out(rehearsal: &Rehearsal<'_>, scenario: Scenario) -> Result<u8, Problem> {
    let (began, planned) = (Instant::now(), scenario.faults.clone());
    let lab = rehearsal.runtime.block_on(practice::start_alone(scenario, &rehearsal.folder))?;
    let nodes = lab.description().nodes;
    say(&format!("lab: a cluster with {nodes} nodes, up after {}", spoken(began.elapsed())));
    let schedule = rehearsal.schedule(&planned, &lab.places());
    let done = practice::write_environment_alone(lab.description())
        .and_then(|file| rehearsal.run_struck(&file, schedule.as_ref(), |schedule| lab.play(schedule)));
    say(&format!("\nthe lab says: {} of {nodes} nodes are Ready", lab.ready_nodes().len()));
    rehearsal.runtime.block_on(lab.stop());
    done
}
