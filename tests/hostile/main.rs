//! Scripts that mean harm, or are out of their mind: each is contained, and the operator reads why.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails where it is surprised"
)]
#![allow(dead_code, unused_imports, reason = "the program's folder is shared, and this uses a part of it")]

mod authority;
mod commands;
#[path = "../hazards/kit/mod.rs"]
mod kit;
mod modules;
#[path = "../cli/program.rs"]
mod program;
mod secrets;
mod sizes;
mod terminal;
