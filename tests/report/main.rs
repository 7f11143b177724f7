//! The report of a run: of a migration that was killed and resumed, of hostile names, of runs without an end; and what a
//! browser says of the page.
//!
//! `DRSH_AXE=FILE` names a copy of `axe.min.js` for the look at accessibility; without it, and without Chromium, the test
//! says what it left out.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test ends where it cannot go on, and says what it left out"
)]
#![allow(dead_code, unused_imports, reason = "the kits are shared, and this uses a part of them")]

mod browser;
mod downtime;
mod hostile;
#[path = "../hazards/kit/mod.rs"]
mod kit;
mod migration;
mod probe;
#[path = "../cli/program.rs"]
mod program;
mod unfinished;
