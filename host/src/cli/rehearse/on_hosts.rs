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
    let environment = practice::write_environment_on_hosts(lab.description())?;
    let done = match rehearsal.prepare(&environment)? {
        Some(code) => Ok(code),
        None => rehearsal.run(&environment),
    };
    say(&match lab.hosts().serving().len() {
        1 => "\nthe lab says: the API answers from one etcd cluster".to_owned(),
        count => format!("\nthe lab says: the API answers from {count} etcd clusters"),
    });
    done
}
