//! The family `ssh` against a real OpenSSH server on loopback; without one installed, each test says so.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test ends where it cannot go on"
)]

mod anything;
mod commands;
mod copies;
mod ending;
mod failures;
mod forwards;
mod hosts;
mod jobs;
mod keys;
mod machine;
mod many;
mod misbehaving;
mod program;
mod resumed;
mod variables;
mod world;
