//! The campaign: scripts are carried out while faults of drawn schedules strike. Each run ends well, or stops with an
//! error in four parts and ends well when it is resumed after the faults.
//!
//! `DRSH_FAULT_SEEDS=0..500` names the seeds, `DRSH_FAULT_JOBS` how many worlds there are at a time, and
//! `DRSH_FAULT_STORIES` keeps what was seen of every seed, not of those alone that failed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails where it is surprised, and tells what it saw"
)]

mod between;
mod campaign;
mod on_hosts;
mod pinned;
mod program;
mod rehearsal;

use campaign::carry_out;

#[test]
fn a_migration_ends_well_under_any_faults_or_when_it_is_resumed_after_them() {
    carry_out("migrate_hcp", 0..4, between::trial);
}

#[test]
fn a_restore_ends_well_under_any_faults_or_when_it_is_resumed_after_them() {
    carry_out("restore_cluster", 0..3, on_hosts::trial);
}
