//! The `oc` family against an API server, over its real protocol: one list of tests, carried out on the lab's and on
//! a real one.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails where it is surprised"
)]
#![allow(clippy::duplicate_mod, reason = "the tests are the same on either server")]

mod cluster;
mod front;
mod kit;
mod odd;
mod on_lab;
mod on_real;
mod real;
mod words;
