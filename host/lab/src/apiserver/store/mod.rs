//! The objects of one cluster: in memory, versioned, watched. Clones share it.

mod image;
pub mod state;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::sync::watch;

pub use image::ImageError;
pub use state::{Change, Key, Objects, State};

use super::identity::User;
use super::kinds::Kind;
use super::registry::{self, DeleteOptions, Part, Target, WriteOptions};
use super::status::Status;

/// The objects of one cluster. Clones share them.
#[derive(Debug, Clone)]
pub struct Store {
    state: Arc<Mutex<State>>,
    latest: Arc<watch::Sender<u64>>,
}

impl Default for Store {
    fn default() -> Self {
        Self::new()
    }
}

impl Store {
    /// Makes a store with the kinds of a real server and the namespaces that one starts with.
    #[must_use]
    pub fn new() -> Self {
        let store = Self::over(State::empty());
        for namespace in ["default", "kube-node-lease", "kube-public", "kube-system"] {
            let object = serde_json::json!({
                "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": namespace },
            });
            if let Err(status) = store.create("namespaces", "", object) {
                tracing::error!(namespace, status.message, "a namespace could not be made");
            }
        }
        store
    }

    fn over(state: State) -> Self {
        let latest = Arc::new(watch::Sender::new(state.version));
        Self { state: Arc::new(Mutex::new(state)), latest }
    }

    /// The version of the latest change.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.lock().version
    }

    /// The kind of this group-qualified plural, such as `deployments.apps`.
    #[must_use]
    pub fn kind(&self, resource: &str) -> Option<Arc<Kind>> {
        self.lock().kinds.get(resource)
    }

    /// The object, at the version it is stored in. `namespace` is empty for kinds of the whole cluster.
    #[must_use]
    pub fn get(&self, resource: &str, namespace: &str, name: &str) -> Option<Value> {
        let key = (namespace.to_owned(), name.to_owned());
        self.lock().get(resource, &key).map(|object| (**object).clone())
    }

    /// The objects in `namespace`, or in all of them if it is empty, in order of namespace and name.
    #[must_use]
    pub fn list(&self, resource: &str, namespace: &str) -> Vec<Value> {
        self.lock().list(resource, namespace).map(|(_, object)| (**object).clone()).collect()
    }

    /// Creates an object as a client with every right would. Its status is kept, for seeding.
    ///
    /// Errors: those of a create over the wire.
    pub fn create(&self, resource: &str, namespace: &str, object: Value) -> Result<Value, Status> {
        let wanted = object.get("status").cloned();
        let name = super::meta::name(&object).to_owned();
        let target = self.target(resource, namespace, &name)?;
        let options = WriteOptions::internal();
        let created = self.write(|state| registry::create(state, &target, object, &options))?;
        match wanted {
            Some(status) if target.kind.status => {
                let name = super::meta::name(&created).to_owned();
                let target = Target { part: Part::Status, name, ..target };
                self.write(|state| {
                    registry::update(state, &target, &options, |current| {
                        let mut next = current.clone();
                        next["status"] = status;
                        Ok(next)
                    })
                })
            }
            _ => Ok(created),
        }
    }

    /// Changes an object in place, status included; the caller's closure sees its latest state.
    ///
    /// Errors: those of an update over the wire.
    pub fn change(
        &self,
        resource: &str,
        namespace: &str,
        name: &str,
        change: impl FnOnce(&mut Value),
    ) -> Result<Value, Status> {
        let mut target = self.target(resource, namespace, name)?;
        target.part = Part::Everything;
        self.write(|state| {
            registry::update(state, &target, &WriteOptions::internal(), |current| {
                let mut next = current.clone();
                change(&mut next);
                Ok(next)
            })
        })
    }

    /// Deletes an object as a client would: finalizers keep it until they are gone.
    ///
    /// Errors: those of a delete over the wire.
    pub fn delete(&self, resource: &str, namespace: &str, name: &str) -> Result<(), Status> {
        let target = self.target(resource, namespace, name)?;
        let options = DeleteOptions { grace_period: Some(0), ..DeleteOptions::default() };
        self.write(|state| registry::delete(state, &target, &options)).map(drop)
    }

    /// Forgets the history, as a compaction of etcd does: watches and pages of older versions answer 410.
    pub fn compact(&self) {
        self.lock().compact();
    }

    /// Counts on from a version that is `by` later, and forgets the history: what a restore with a bumped
    /// revision does, so that nobody takes an old version for a current one.
    pub fn advance(&self, by: u64) {
        let mut state = self.lock();
        state.version += by;
        state.compact();
        let version = state.version;
        drop(state);
        self.latest.send_replace(version);
    }

    /// Runs `work` on the locked state, then tells the watchers if it changed anything.
    pub(super) fn write<T>(&self, work: impl FnOnce(&mut State) -> Result<T, Status>) -> Result<T, Status> {
        let (result, version) = {
            let mut state = self.lock();
            (work(&mut state), state.version)
        };
        self.latest.send_if_modified(|latest| std::mem::replace(latest, version) < version);
        result
    }

    /// Runs `work` on the locked state, which it does not change.
    pub(super) fn read<T>(&self, work: impl FnOnce(&State) -> T) -> T {
        work(&self.lock())
    }

    /// Follows the version of the latest change.
    pub(super) fn follow(&self) -> watch::Receiver<u64> {
        self.latest.subscribe()
    }

    fn target(&self, resource: &str, namespace: &str, name: &str) -> Result<Target, Status> {
        let kind = self
            .kind(resource)
            .ok_or_else(|| Status::bad_request(format!("the store knows no resource \"{resource}\"")))?;
        Ok(Target {
            version: kind.storage.clone(),
            kind,
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            part: Part::Whole,
            user: User::admin(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
