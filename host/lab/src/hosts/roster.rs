//! The hosts that a cluster has at the moment: they come and go while it runs.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::Host;

/// What a host is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// It runs the control plane, as static pods.
    ControlPlane,
    /// It runs workloads only.
    Worker,
}

impl Role {
    /// The word for it in labels of nodes and machines.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::ControlPlane => "master",
            Self::Worker => "worker",
        }
    }
}

/// The hosts of a cluster, in the order in which they came. Clones share them.
#[derive(Clone)]
pub(super) struct Roster {
    hosts: Arc<watch::Sender<Vec<Host>>>,
}

impl Roster {
    /// A roster without a host.
    pub(super) fn new() -> Self {
        Self { hosts: Arc::new(watch::Sender::new(Vec::new())) }
    }

    /// The hosts as they are now.
    pub(super) fn all(&self) -> Vec<Host> {
        self.hosts.borrow().clone()
    }

    /// The host of this name.
    pub(super) fn get(&self, name: &str) -> Option<Host> {
        self.hosts.borrow().iter().find(|host| host.name() == name).cloned()
    }

    /// Takes a host in, unless one has its name; says whether it did.
    pub(super) fn add(&self, host: Host) -> bool {
        self.hosts.send_if_modified(|hosts| {
            let is_new = hosts.iter().all(|other| other.name() != host.name());
            if is_new {
                hosts.push(host);
            }
            is_new
        })
    }

    /// Takes the host of this name out.
    pub(super) fn remove(&self, name: &str) -> Option<Host> {
        let mut found = None;
        self.hosts.send_if_modified(|hosts| {
            let at = hosts.iter().position(|host| host.name() == name);
            found = at.map(|at| hosts.remove(at));
            found.is_some()
        });
        found
    }

    /// Follows who comes and goes.
    pub(super) fn follow(&self) -> watch::Receiver<Vec<Host>> {
        self.hosts.subscribe()
    }

    /// Subscribes to what `of` gives of every host of now, to be awaited with [`Follower::changed`].
    ///
    /// It is called before the hosts are looked at: what changes in between counts as a change.
    pub(super) fn follower<const N: usize>(
        &self,
        of: impl Fn(&Host) -> [watch::Receiver<u64>; N],
    ) -> Follower {
        let hosts = self.hosts.subscribe();
        let changes = self.all().iter().flat_map(of).collect();
        Follower { hosts, changes }
    }
}

/// Waits for changes of the hosts of one moment, and for hosts that come or go.
pub(crate) struct Follower {
    hosts: watch::Receiver<Vec<Host>>,
    changes: Vec<watch::Receiver<u64>>,
}

impl Follower {
    /// Waits for the first change.
    pub(crate) async fn changed(&mut self) {
        // A host that has gone closes what it told: the roster tells of that.
        let told = self.changes.iter_mut().map(|change| {
            Box::pin(async move {
                if change.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
            })
        });
        let told: Vec<_> = told.collect();
        let any = async {
            if told.is_empty() {
                std::future::pending::<()>().await;
            }
            futures::future::select_all(told).await;
        };
        tokio::select! {
            _ = self.hosts.changed() => {}
            () = any => {}
        }
    }
}
