//! Mistakes of operators, each carried out through the program: what it prints is in `said/`, reviewed as a tired
//! engineer would read it. `UPDATE_EXPECT=1` writes it anew.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where it cannot go on")]

mod approval;
mod calls;
mod command_line;
mod environment_file;
mod form;
mod going_on;
mod kit;
mod scripts;
mod state;
mod targets;
mod world;
