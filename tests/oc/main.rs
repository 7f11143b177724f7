//! The `oc` family against the lab's API server, over its real protocol.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails where it is surprised"
)]

mod deleting;
mod executing;
mod identity;
mod kit;
mod reading;
mod troubles;
mod waiting;
mod writing;
