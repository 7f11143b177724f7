//! Who owns whom, by UID: what the garbage collector knows of the cluster.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::api::DynamicObject;

use crate::actors::object::{has_finalizer, is_dying, uid};
use crate::actors::{Change, Key, Kind};

/// The finalizer of an object that waits until its dependents are gone.
pub const FOREGROUND: &str = "foregroundDeletion";
/// The finalizer of an object that lets go of its dependents before it goes.
pub const ORPHAN: &str = "orphan";

/// An object as the garbage collector sees it.
#[derive(Debug, Clone)]
pub struct Node {
    /// Its kind.
    pub kind: Kind,
    /// Its name.
    pub key: Key,
    /// Who owns it.
    pub owners: Vec<OwnerReference>,
    /// The object itself.
    pub object: Arc<DynamicObject>,
}

impl Node {
    /// Whether it is going, but only after its dependents.
    #[must_use]
    pub fn waits_for_dependents(&self) -> bool {
        is_dying(&self.object) && has_finalizer(&self.object, FOREGROUND)
    }
}

/// The objects of a cluster and their owners. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    nodes: HashMap<String, Node>,
    dependents: HashMap<String, BTreeSet<String>>,
}

impl Graph {
    /// Takes a change in; answers the UIDs that have to be looked at because of it.
    pub fn learn(&self, kind: &Kind, change: &Change) -> Vec<String> {
        let mut inner = self.lock();
        let id = uid(&change.object).to_owned();
        let old_owners = inner.nodes.remove(&id).map(|node| node.owners).unwrap_or_default();
        for owner in &old_owners {
            inner.forget_dependent(&owner.uid, &id);
        }
        let mut look: Vec<String> = Vec::new();
        if change.gone {
            look.extend(inner.dependents_of(&id));
            look.extend(old_owners.into_iter().map(|owner| owner.uid));
            return look;
        }
        let owners = change.object.metadata.owner_references.clone().unwrap_or_default();
        for owner in &owners {
            inner.dependents.entry(owner.uid.clone()).or_default().insert(id.clone());
        }
        let node =
            Node { kind: kind.clone(), key: Key::of(&change.object), owners, object: change.object.clone() };
        if node.waits_for_dependents() {
            look.extend(inner.dependents_of(&id));
        }
        inner.nodes.insert(id.clone(), node);
        look.push(id);
        look
    }

    /// The object with this UID.
    #[must_use]
    pub fn node(&self, id: &str) -> Option<Node> {
        self.lock().nodes.get(id).cloned()
    }

    /// The objects that name this UID as an owner.
    #[must_use]
    pub fn dependents(&self, id: &str) -> Vec<Node> {
        let inner = self.lock();
        inner.dependents_of(id).into_iter().filter_map(|id| inner.nodes.get(&id).cloned()).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn dependents_of(&self, id: &str) -> Vec<String> {
        self.dependents.get(id).into_iter().flatten().cloned().collect()
    }

    fn forget_dependent(&mut self, owner: &str, id: &str) {
        if let Some(all) = self.dependents.get_mut(owner) {
            all.remove(id);
            if all.is_empty() {
                self.dependents.remove(owner);
            }
        }
    }
}
