//! The program as an operator types it, with scripts that reach nothing outside.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where it cannot go on")]

mod again;
mod environment;
mod errors;
mod gate;
mod interrupted;
mod journal;
mod json;
mod live;
mod machine;
mod otel;
mod program;
mod reference;
mod resume;
mod undo;
