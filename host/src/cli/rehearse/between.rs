//! A rehearsal between two management clusters, with a hosted cluster on one of them.

use std::time::Instant;

use drsh_lab::scenario::Scenario;
use drsh_lab::world::Lab;

use super::Rehearsal;
use crate::cli::console::say;
use crate::cli::{exit, practice};
use crate::problem::Problem;
use crate::run::spoken;

pub(super) fn carry_out(rehearsal: &Rehearsal<'_>, scenario: Scenario) -> Result<u8, Problem> {
    let began = Instant::now();
    let lab = rehearsal.runtime.block_on(practice::start(scenario, &rehearsal.folder))?;
    let hosted = &lab.description().hosted_cluster;
    say(&format!(
        "lab: hosted cluster {}/{} with {} nodes on source, up after {}",
        hosted.namespace,
        hosted.name,
        hosted.replicas,
        spoken(began.elapsed())
    ));
    let done = rehearse(rehearsal, &lab);
    rehearsal.runtime.block_on(lab.stop());
    done
}

fn rehearse(rehearsal: &Rehearsal<'_>, lab: &Lab) -> Result<u8, Problem> {
    let file = practice::write_environment(lab.description())?;
    if let Some(code) = rehearsal.prepare(&file)? {
        return Ok(code);
    }
    let schedule = rehearsal.schedule(&lab.scenario().faults, &lab.places());
    let code = rehearsal.run_struck(&file, schedule.as_ref(), |schedule| lab.play(schedule))?;
    // A script that ends well while both sides could write has not done well, nor has one that moved nothing.
    let is_well = judge(lab) && (code != 0 || !rehearsal.moves() || judge_move(rehearsal, lab));
    Ok(if is_well { code } else { code.max(exit::FAILED) })
}

/// Says how the world looks after a migration that ended well; returns whether it is as it should be.
fn judge_move(rehearsal: &Rehearsal<'_>, lab: &Lab) -> bool {
    let moved = rehearsal.runtime.block_on(lab.moved());
    say(&format!("the lab says: {moved}"));
    moved.is_well()
}

/// Says how the world looks to one who knows nothing of the script; returns whether only one side could ever write.
fn judge(lab: &Lab) -> bool {
    let hosted = &lab.description().hosted_cluster;
    let alive = lab.instances_alive(&hosted.infra_id).len();
    let overlaps = lab.overlaps().len();
    let writers = match overlaps {
        0 => "at no time could both sides write".to_owned(),
        1 => "BOTH SIDES COULD WRITE once".to_owned(),
        count => format!("BOTH SIDES COULD WRITE {count} times"),
    };
    say(&format!("\nthe lab says: {alive} of {} cloud instances live; {writers}", hosted.replicas));
    overlaps == 0
}
