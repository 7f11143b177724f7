//! Which hosted clusters' APIs there are, on which management cluster, and when each answered.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use kube::api::DynamicObject;
use tokio::sync::broadcast;

use super::super::Cluster;
use super::super::kinds::NODE;
use super::super::object::text;
use crate::apiserver::Authority;
use crate::ground::Plane;

/// The API of a hosted cluster on one management cluster.
#[derive(Clone)]
pub struct Hosted {
    /// The management cluster.
    pub management: String,
    /// The namespace of the control plane.
    pub namespace: String,
    /// The infrastructure id of the hosted cluster.
    pub infra_id: String,
    /// The name that clients know it by.
    pub host: String,
    /// The certificate of its root authority.
    pub authority_pem: String,
    /// Its root authority.
    pub authority: Authority,
    /// The etcd cluster whose database it serves.
    pub database_id: u64,
    /// The server.
    pub server: Arc<dyn Plane>,
    /// The surroundings of the hosted cluster's own actors.
    pub cluster: Cluster,
}

/// An API began or ceased to answer: from then on (or until then) somebody can write there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// When.
    pub at: Timestamp,
    /// The management cluster.
    pub management: String,
    /// The namespace of the control plane.
    pub namespace: String,
    /// Whether it answers from then on.
    pub up: bool,
}

/// The hosted APIs of a lab. Clones share them.
#[derive(Clone)]
pub struct HostedApis {
    inner: Arc<Mutex<Inner>>,
    /// Management cluster and namespace of what changed: a server, or a node behind it.
    changes: broadcast::Sender<(String, String)>,
}

#[derive(Default)]
struct Inner {
    servers: BTreeMap<(String, String), Hosted>,
    /// The UIDs of the kube-apiserver pods that run.
    running: BTreeMap<(String, String), BTreeSet<String>>,
    history: Vec<Turn>,
}

impl Default for HostedApis {
    fn default() -> Self {
        Self { inner: Arc::default(), changes: broadcast::Sender::new(1024) }
    }
}

impl HostedApis {
    /// The API of the control plane in `namespace` of `management`, answering or not.
    #[must_use]
    pub fn get(&self, management: &str, namespace: &str) -> Option<Hosted> {
        self.lock().servers.get(&key(management, namespace)).cloned()
    }

    /// Every API of the hosted cluster with this infrastructure id.
    #[must_use]
    pub fn of_infra(&self, infra_id: &str) -> Vec<Hosted> {
        self.lock().servers.values().filter(|one| one.infra_id == infra_id).cloned().collect()
    }

    /// Every API on `management`.
    #[must_use]
    pub fn of_management(&self, management: &str) -> Vec<Hosted> {
        self.lock().servers.values().filter(|one| one.management == management).cloned().collect()
    }

    /// The surroundings of the actors of the hosted cluster.
    #[must_use]
    pub fn cluster(&self, management: &str, namespace: &str) -> Option<Cluster> {
        self.get(management, namespace).map(|one| one.cluster)
    }

    /// The node with this provider id, as the hosted API last told it.
    #[must_use]
    pub fn node(&self, management: &str, namespace: &str, provider_id: &str) -> Option<Arc<DynamicObject>> {
        let hosted = self.get(management, namespace)?;
        // A server that never answered has told nothing.
        if provider_id.is_empty() || !hosted.server.is_up() {
            return None;
        }
        let nodes = hosted.cluster.watch(&NODE);
        nodes.all().into_iter().find(|node| text(node, "/spec/providerID") == provider_id)
    }

    /// When which API answered, oldest first.
    #[must_use]
    pub fn history(&self) -> Vec<Turn> {
        self.lock().history.clone()
    }

    /// Calls `tell` with the namespace whenever an API of `management`, or a node behind one, changes;
    /// until it answers false, or `management` is stopped.
    pub fn on_change(&self, management: &Cluster, tell: impl Fn(String) -> bool + Send + 'static) {
        let mut changes = self.changes.subscribe();
        let here = management.name().to_owned();
        management.run(async move {
            loop {
                match changes.recv().await {
                    Ok((management, namespace)) if management == here => {
                        if !tell(namespace) {
                            return;
                        }
                    }
                    // Who lags behind has been told of the place before, or will be by the next change.
                    Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => {}
                    Err(broadcast::error::RecvError::Closed) => return,
                }
            }
        });
    }

    pub(super) fn put(&self, hosted: Hosted) {
        let place = key(&hosted.management, &hosted.namespace);
        let (nodes, changes, told) = (hosted.cluster.watch(&NODE), self.changes.clone(), place.clone());
        nodes.listen(move |_| {
            // Nobody may listen yet; whoever does later looks at everything first.
            let _ = changes.send(told.clone());
            true
        });
        {
            let mut inner = self.lock();
            inner.turn(&place, true);
            inner.servers.insert(place.clone(), hosted);
        }
        // The last pod may have stopped while the server was made.
        self.silence_unless_run(&place);
        let _ = self.changes.send(place);
    }

    /// Takes the API away for good.
    pub(crate) fn remove(&self, management: &str, namespace: &str) -> Option<Hosted> {
        let place = key(management, namespace);
        let removed = {
            let mut inner = self.lock();
            let removed = inner.servers.remove(&place)?;
            if removed.server.is_up() {
                inner.turn(&place, false);
            }
            removed
        };
        let _ = self.changes.send(place);
        Some(removed)
    }

    /// Takes in that a kube-apiserver pod runs.
    pub(super) fn started(&self, management: &str, namespace: &str, pod: &str) {
        self.lock().running.entry(key(management, namespace)).or_default().insert(pod.to_owned());
    }

    /// Takes in that a kube-apiserver pod has stopped; with the last one the API ceases to answer, at once.
    pub(super) fn stopped(&self, management: &str, namespace: &str, pod: &str) {
        let place = key(management, namespace);
        if let Some(pods) = self.lock().running.get_mut(&place) {
            pods.remove(pod);
        }
        self.silence_unless_run(&place);
    }

    /// Whether a kube-apiserver pod runs.
    #[must_use]
    pub fn runs(&self, management: &str, namespace: &str) -> bool {
        self.lock().runs(&key(management, namespace))
    }

    /// Lets a server answer, or not; says whether that is news. Without a running pod it never answers.
    pub(super) async fn set_up(&self, management: &str, namespace: &str, up: bool) -> io::Result<bool> {
        let Some(hosted) = self.get(management, namespace) else { return Ok(false) };
        if hosted.server.is_up() == up {
            return Ok(false);
        }
        let place = key(management, namespace);
        // The history errs on the side of an overlap: up before it is, down after it is.
        if up {
            self.lock().turn(&place, true);
            hosted.server.up().await?;
            self.silence_unless_run(&place);
        } else {
            hosted.server.down();
            self.lock().turn(&place, false);
        }
        let _ = self.changes.send(place);
        Ok(true)
    }

    fn silence_unless_run(&self, place: &(String, String)) {
        let mut inner = self.lock();
        if inner.runs(place) {
            return;
        }
        let Some(server) = inner.servers.get(place).map(|one| one.server.clone()) else { return };
        if server.is_up() {
            server.down();
            inner.turn(place, false);
            let _ = self.changes.send(place.clone());
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn runs(&self, place: &(String, String)) -> bool {
        self.running.get(place).is_some_and(|pods| !pods.is_empty())
    }

    fn turn(&mut self, (management, namespace): &(String, String), up: bool) {
        let (management, namespace) = (management.clone(), namespace.clone());
        self.history.push(Turn { at: Timestamp::now(), management, namespace, up });
    }
}

fn key(management: &str, namespace: &str) -> (String, String) {
    (management.to_owned(), namespace.to_owned())
}
