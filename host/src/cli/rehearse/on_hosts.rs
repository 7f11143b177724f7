//! A rehearsal in a cluster that stands alone on hosts of its own: what befalls it comes before the script.

use std::time::Instant;

use drsh_lab::scenario::Scenario;
use drsh_lab::world::OnHosts;

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
    let done = rehearse(rehearsal, &lab);
    let serving = lab.hosts().serving().len();
    say(&format!(
        "\nthe lab says: the API answers from {serving} etcd cluster{}",
        if serving == 1 { "" } else { "s" }
    ));
    done
}

fn rehearse(rehearsal: &Rehearsal<'_>, lab: &OnHosts) -> Result<u8, Problem> {
    let file = practice::write_environment_on_hosts(lab.description(), &[])?;
    if let Some(code) = rehearsal.prepare(&file)? {
        return Ok(code);
    }
    let file = if rehearsal.stem() == "restore_cluster" {
        let lost = lab.strike();
        say(&match lost.as_slice() {
            [] => "the lab: what mattered was deleted".to_owned(),
            lost => format!("the lab: gone for good are {}", lost.join(" and ")),
        });
        practice::write_environment_on_hosts(lab.description(), &lost)?
    } else {
        file
    };
    rehearsal.run(&file)
}
