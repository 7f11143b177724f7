//! What the family asks of hosts, below the gate; nothing else here names the client crate.

mod child;
mod command;
mod config;
mod copy;
mod failure;
mod follow;
mod forward;
mod jobs;
mod live;
mod place;
mod put;
mod run;
mod session;

pub(super) use command::Command;
pub(super) use copy::{How, Mode, described, get};
pub(super) use forward::forward;
pub(super) use jobs::{Job, attach, forget, start};
pub(super) use put::{measure, put};
pub(super) use run::{open, run};
