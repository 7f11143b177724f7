//! `drsh check`: the shipped scripts are clean, and each of many mistakes is found where it stands.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where it cannot go on")]

mod mistakes;
mod places;
mod program;
mod shipped;
