//! The shipped scripts: that they hold together as text, and what they do to the lab.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where it cannot go on")]

mod stdlib;
mod text;
