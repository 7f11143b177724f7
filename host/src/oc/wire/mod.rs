//! What speaks to the API server: the only code that names the Kubernetes client.
//!
//! Every function takes a permitted handle; [`link`] opens and pins the connection, [`request`] sends and repeats.

pub(super) mod approve;
mod changed;
pub(super) mod delete;
mod discover;
pub(super) mod exec;
pub(super) mod follow;
mod identity;
mod lease;
mod link;
pub(super) mod place;
pub(super) mod planned;
mod probe;
pub(super) mod read;
mod request;
pub(super) mod review;
mod trouble;
pub(super) mod write;

pub(super) use link::{Detour, Link, detour, reach};
pub(super) use probe::Door;

use super::Cluster;
use crate::gate::Permitted;

/// A cluster that the gate let this call reach.
pub(super) type Reached = Permitted<Cluster>;
