//! The journal: an append-only file of one JSON record a line, synced, each line chained to the one before.

mod detail;
mod file;
mod record;
mod tail;
mod texts;
mod value;

pub use detail::{Aim, Measured, Setting, Sighting, Stopped, cut, sight};
pub(crate) use file::hex;
pub use file::{Journal, Line, State, is_left, read};
pub use record::{FORMAT, Outcome, Record, Undo};
pub use value::{decode, encode};
