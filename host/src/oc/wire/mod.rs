//! What speaks to the API server: the only code that names the Kubernetes client.
//!
//! Every function takes a permitted handle; [`link`] opens and pins the connection, [`request`] sends and repeats.

pub(super) mod approve;
pub(super) mod delete;
mod discover;
pub(super) mod exec;
pub(super) mod follow;
mod identity;
mod lease;
mod link;
pub(super) mod place;
pub(super) mod planned;
pub(super) mod read;
mod request;
pub(super) mod review;
mod trouble;
pub(super) mod write;

pub(super) use link::{Detour, Link, detour, reach};

use super::Cluster;
use crate::gate::Permitted;

/// A cluster that the gate let this call reach.
pub(super) type Reached = Permitted<Cluster>;
