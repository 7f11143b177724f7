//! The same tests against kube-apiserver, etcd and programs that run in folders.

use super::kit::Kit;
use super::real;

/// What a test works with; none where the servers are absent.
fn kit() -> Option<Kit> {
    Some(Kit::new(real::cluster()?))
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
