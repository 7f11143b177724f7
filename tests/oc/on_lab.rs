//! The tests against the lab's API server.

use super::cluster::Cluster;
use super::kit::Kit;

/// What a test works with.
#[allow(clippy::unnecessary_wraps, reason = "real servers may be absent, and the tests are the same")]
fn kit() -> Option<Kit> {
    Some(Kit::new(Cluster::lab("source")))
}

#[path = "approving.rs"]
mod approving;
#[path = "credentials.rs"]
mod credentials;
#[path = "deleting.rs"]
mod deleting;
#[path = "executing.rs"]
mod executing;
#[path = "identity.rs"]
mod identity;
#[path = "reading.rs"]
mod reading;
#[path = "waiting.rs"]
mod waiting;
#[path = "writing.rs"]
mod writing;

// Only here: these need the lab's faults.
#[path = "interrupted.rs"]
mod interrupted;
#[path = "troubles.rs"]
mod troubles;

// Nor these: the servers are of the tests' own.
#[path = "misled.rs"]
mod misled;
