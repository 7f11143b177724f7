//! The everyday command lines, `kubectl` and `aws`, against the lab and against real servers: they must say the same.
#![allow(clippy::needless_pass_by_value, clippy::single_match_else, reason = "steps read as what is typed")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where it cannot go on")]

mod aws;
mod cluster;
mod executing;
mod kubectl;
mod said;
mod watching;
