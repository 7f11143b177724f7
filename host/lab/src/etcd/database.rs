//! The data of an etcd cluster: one store that its members agree on, and who the members are.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::apiserver::Store;

/// The database of one etcd cluster. Clones share it, as members of a quorum do.
#[derive(Clone)]
pub struct Database {
    cluster: u64,
    store: Store,
    roll: Arc<Mutex<Roll>>,
}

/// Who belongs to a cluster.
#[derive(Default)]
struct Roll {
    members: BTreeMap<String, u64>,
    /// Those of the members that follow, and have no vote yet.
    learners: BTreeSet<String>,
}

impl Database {
    /// Makes a cluster of these members that agree on `store`.
    #[must_use]
    pub fn new(store: Store, members: impl IntoIterator<Item = String>) -> Self {
        let members = members.into_iter().map(|name| (name, random_id())).collect();
        Self { cluster: random_id(), store, roll: Arc::new(Mutex::new(Roll { members, ..Roll::default() })) }
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
        self.lock().members.iter().map(|(name, id)| (name.clone(), *id)).collect()
    }

    /// How many members must run for the cluster to take writes.
    #[must_use]
    pub fn quorum(&self) -> usize {
        let roll = self.lock();
        (roll.members.len() - roll.learners.len()) / 2 + 1
    }

    /// The id of a member.
    #[must_use]
    pub fn member_id(&self, name: &str) -> Option<u64> {
        self.lock().members.get(name).copied()
    }

    /// Takes in a member in place of one of the same name, which lost its data; answers its new id.
    #[must_use]
    pub fn rejoin(&self, name: &str) -> u64 {
        let id = random_id();
        let mut roll = self.lock();
        roll.learners.remove(name);
        roll.members.insert(name.to_owned(), id);
        id
    }

    /// Takes in a member that has no vote until it is promoted; answers its id.
    pub fn add_learner(&self, name: &str) -> u64 {
        let id = random_id();
        let mut roll = self.lock();
        roll.learners.insert(name.to_owned());
        roll.members.insert(name.to_owned(), id);
        id
    }

    /// Whether this member has no vote.
    #[must_use]
    pub fn is_learner(&self, name: &str) -> bool {
        self.lock().learners.contains(name)
    }

    /// Gives a learner its vote; says whether it was one.
    #[allow(clippy::must_use_candidate, reason = "that it votes is all that most want")]
    pub fn promote(&self, name: &str) -> bool {
        self.lock().learners.remove(name)
    }

    /// Takes a member out; says whether it was in.
    #[must_use]
    pub fn remove(&self, id: u64) -> bool {
        let mut roll = self.lock();
        let Some(name) = roll.members.iter().find(|(_, known)| **known == id).map(|(name, _)| name.clone())
        else {
            return false;
        };
        roll.learners.remove(&name);
        roll.members.remove(&name).is_some()
    }

    fn lock(&self) -> MutexGuard<'_, Roll> {
        self.roll.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An id that no other member or cluster has.
fn random_id() -> u64 {
    uuid::Uuid::new_v4().as_u64_pair().1
}
