//! `drsh plan`: what it says of each kind of change, and that nothing is changed by it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails where it is surprised"
)]
#![allow(dead_code, unused_imports, reason = "the kit is shared, and this uses a part of it")]

#[path = "../hazards/kit/mod.rs"]
mod kit;
mod stops;
mod told;
mod unchanged;
mod whole;
