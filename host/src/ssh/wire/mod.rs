//! What the family asks of hosts, below the gate; nothing else here names the client crate.

mod child;
mod command;
mod config;
mod copy;
mod failure;
mod run;
mod session;

pub(super) use command::Command;
pub(super) use copy::{How, get, put};
pub(super) use run::run;
