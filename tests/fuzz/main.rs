//! Whatever comes from outside, broken in every way: no panic, no hang, and an error that says something.
//!
//! Each property takes some dozens of cases; `PROPTEST_CASES=20000 cargo test --test fuzz` takes as many as it says.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails where it is surprised"
)]

mod answers;
mod broken;
mod files;
mod journal;
mod place;
mod scripts;
