//! The program is killed before and after records of its journal, one at a time, and resumed: it must end as a run that
//! nobody disturbed. Its clock is set there too.
//!
//! `DRSH_KILL_POINTS=all cargo test --test kills -- --nocapture` tries every record; a few are tried where it is not set.
//! `DRSH_KILL_JOBS` says how many worlds there are at a time.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test ends where it cannot go on, and says how many points it tried"
)]
#![allow(dead_code, unused_imports, reason = "the kit is shared, and this uses a part of it")]

mod campaign;
mod clock;
mod end;
#[path = "../hazards/kit/mod.rs"]
mod kit;
mod migration;
mod point;
mod restore;
mod undo;
