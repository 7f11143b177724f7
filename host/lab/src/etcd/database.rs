//! The data of an etcd cluster: one store that its members agree on, and who the members are.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::apiserver::Store;

/// The database of one etcd cluster. Clones share it, as members of a quorum do.
#[derive(Clone)]
pub struct Database {
    cluster: u64,
    store: Store,
    members: Arc<Mutex<BTreeMap<String, u64>>>,
}

impl Database {
    /// Makes a cluster of these members that agree on `store`.
    #[must_use]
    pub fn new(store: Store, members: impl IntoIterator<Item = String>) -> Self {
        let members = members.into_iter().map(|name| (name, random_id())).collect();
        Self { cluster: random_id(), store, members: Arc::new(Mutex::new(members)) }
    }

    /// The cluster's id: two databases with different ids are two clusters.
    #[must_use]
    pub fn cluster_id(&self) -> u64 {
        self.cluster
    }

    /// What the members agree on.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The members, each with its id, in the order of their names.
    #[must_use]
    pub fn members(&self) -> Vec<(String, u64)> {
        self.lock().iter().map(|(name, id)| (name.clone(), *id)).collect()
    }

    /// How many members must run for the cluster to take writes.
    #[must_use]
    pub fn quorum(&self) -> usize {
        self.lock().len() / 2 + 1
    }

    /// The id of a member.
    #[must_use]
    pub fn member_id(&self, name: &str) -> Option<u64> {
        self.lock().get(name).copied()
    }

    /// Takes in a member in place of one of the same name, which lost its data; answers its new id.
    #[must_use]
    pub fn rejoin(&self, name: &str) -> u64 {
        let id = random_id();
        self.lock().insert(name.to_owned(), id);
        id
    }

    /// Takes a member out; says whether it was in.
    #[must_use]
    pub fn remove(&self, id: u64) -> bool {
        let mut members = self.lock();
        let before = members.len();
        members.retain(|_, known| *known != id);
        members.len() != before
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, u64>> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An id that no other member or cluster has.
fn random_id() -> u64 {
    uuid::Uuid::new_v4().as_u64_pair().1
}
