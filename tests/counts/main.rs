//! What a run costs in counts that are the same on every machine: requests, records, memory held. The times are in
//! `tests/bench`; these guard them where times mean nothing.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails where it is surprised"
)]
#![allow(dead_code, unused_imports, reason = "the kit is shared, and this uses a part of it")]

#[path = "../hazards/kit/mod.rs"]
mod kit;
mod memory;
mod records;
mod requests;
