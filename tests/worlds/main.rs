//! Whole migrations on two grounds, the lab's own and real servers: one list of scenarios, and the same report.
#![allow(clippy::similar_names, reason = "they are the names of the programs")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails where it is surprised"
)]
#![allow(dead_code, unused_imports, reason = "the kit is shared, and this uses a part of it")]

mod interrupted;
#[path = "../hazards/kit/mod.rs"]
mod kit;
mod migration;
mod objects;
mod planned;
mod report;
mod snapshot;
