//! The containers of a host, as its container runtime keeps them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::sync::watch;
use uuid::Uuid;

use super::manifest::Manifest;

/// What a container is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Running,
    /// It was told to end: the runtime still shows it as running.
    Stopping,
    Exited,
}

/// A container.
#[derive(Debug, Clone)]
pub struct Container {
    /// Its id.
    pub id: String,
    /// Its name in the pod.
    pub name: String,
    /// Its image.
    pub image: String,
    /// The pod's name, which ends with that of the host.
    pub pod: String,
    /// The pod's UID.
    pub pod_uid: String,
    /// The id of the pod's sandbox.
    pub pod_id: String,
    /// The pod's namespace.
    pub namespace: String,
    /// How often it was started again.
    pub attempt: u32,
    /// When it was made.
    pub created: Timestamp,
    state: State,
    last_words: String,
    /// The labels of a static pod; none of a pod that the API gave to the host.
    manifest_labels: Option<Arc<BTreeMap<String, String>>>,
}

/// A pod that the API gave to the host, as far as its runtime shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrdinaryPod {
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// Its UID.
    pub uid: String,
    /// The containers, each with its image.
    pub containers: Vec<(String, String)>,
}

impl Container {
    /// Whether it runs, or is about to end.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.state != State::Exited
    }

    /// Whether it is of a static pod.
    #[must_use]
    pub fn is_static(&self) -> bool {
        self.manifest_labels.is_some()
    }

    /// The labels of its pod, where that is a static one.
    #[must_use]
    pub fn pod_labels(&self) -> BTreeMap<String, String> {
        self.manifest_labels.as_deref().cloned().unwrap_or_default()
    }

    /// Its state as the runtime writes it.
    #[must_use]
    pub fn state(&self) -> &'static str {
        if self.is_running() { "Running" } else { "Exited" }
    }

    /// The value of a label.
    #[must_use]
    pub fn label(&self, key: &str) -> Option<&str> {
        match key {
            "io.kubernetes.container.name" => Some(&self.name),
            "io.kubernetes.pod.name" => Some(&self.pod),
            "io.kubernetes.pod.namespace" => Some(&self.namespace),
            "io.kubernetes.pod.uid" => Some(&self.pod_uid),
            _ => None,
        }
    }

    /// What it printed.
    #[must_use]
    pub fn log(&self) -> String {
        let words = &self.last_words;
        if words.is_empty() { format!("{} started\n", self.name) } else { format!("{words}\n") }
    }
}

/// The containers of one host. Clones share them.
#[derive(Debug, Clone)]
pub struct Pods {
    all: Arc<Mutex<Vec<Container>>>,
    changes: Arc<watch::Sender<u64>>,
}

impl Default for Pods {
    fn default() -> Self {
        Self { all: Arc::default(), changes: Arc::new(watch::Sender::new(0)) }
    }
}

impl Pods {
    /// Every container, ended ones too.
    #[must_use]
    pub fn containers(&self) -> Vec<Container> {
        self.lock().clone()
    }

    /// Whether a container of this name in a static pod runs and was not told to end.
    #[must_use]
    pub fn serves(&self, name: &str) -> bool {
        let serves = |one: &Container| one.name == name && one.is_static() && one.state == State::Running;
        self.lock().iter().any(serves)
    }

    /// Follows the changes.
    #[must_use]
    pub fn follow(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Starts the containers of a pod on `host`.
    pub(super) fn start(&self, manifest: &Manifest, host: &str, attempt: u32) {
        let pod_id = new_id();
        let labels = Arc::new(manifest.labels.clone());
        let make = |(name, image): &(String, String)| Container {
            id: new_id(),
            name: name.clone(),
            image: image.clone(),
            pod: format!("{}-{host}", manifest.name),
            pod_uid: manifest.uid.clone(),
            pod_id: pod_id.clone(),
            namespace: manifest.namespace.clone(),
            attempt,
            created: Timestamp::now(),
            state: State::Running,
            last_words: String::new(),
            manifest_labels: Some(labels.clone()),
        };
        let containers: Vec<Container> = manifest.containers.iter().map(make).collect();
        self.change(|all| all.extend(containers));
    }

    /// Shows the containers of these pods of the API, and takes away those of pods that `is_known` does not know.
    pub fn show(&self, pods: &[OrdinaryPod], is_known: impl Fn(&str) -> bool) {
        let mut all = self.lock();
        let before = all.len();
        all.retain(|one| one.is_static() || is_known(&one.pod_uid));
        let mut has_changed = all.len() != before;
        for pod in pods {
            if all.iter().any(|one| one.pod_uid == pod.uid) {
                continue;
            }
            has_changed = true;
            let pod_id = new_id();
            all.extend(pod.containers.iter().map(|(name, image)| Container {
                id: new_id(),
                name: name.clone(),
                image: image.clone(),
                pod: pod.name.clone(),
                pod_uid: pod.uid.clone(),
                pod_id: pod_id.clone(),
                namespace: pod.namespace.clone(),
                attempt: 0,
                created: Timestamp::now(),
                state: State::Running,
                last_words: String::new(),
                manifest_labels: None,
            }));
        }
        drop(all);
        if has_changed {
            self.changes.send_modify(|count| *count += 1);
        }
    }

    /// Whether the pod of this UID has containers here, ended or not.
    #[must_use]
    pub fn has(&self, uid: &str) -> bool {
        self.lock().iter().any(|one| one.pod_uid == uid)
    }

    /// Starts the containers (names and images) of a pod that the API knows under `name` and `uid`.
    pub fn run(&self, (namespace, name, uid): (&str, &str, &str), containers: &[(String, String)]) {
        let pod_id = new_id();
        let make = |(container, image): &(String, String)| Container {
            id: new_id(),
            name: container.clone(),
            image: image.clone(),
            pod: name.to_owned(),
            pod_uid: uid.to_owned(),
            pod_id: pod_id.clone(),
            namespace: namespace.to_owned(),
            attempt: 0,
            created: Timestamp::now(),
            state: State::Running,
            last_words: String::new(),
            manifest_labels: None,
        };
        let containers: Vec<Container> = containers.iter().map(make).collect();
        self.change(|all| all.extend(containers));
    }

    /// Ends the containers of the pod of this UID.
    pub fn end(&self, uid: &str) {
        self.remove(uid);
    }

    /// Tells the containers of a pod to end; they still show as running.
    pub(super) fn stopping(&self, uid: &str) {
        self.change(|all| {
            for one in all.iter_mut().filter(|one| one.pod_uid == uid && one.state == State::Running) {
                one.state = State::Stopping;
            }
        });
    }

    /// Notes that a pod's containers ended by themselves, with their last words.
    pub(super) fn failed(&self, uid: &str, last_words: &str) {
        self.change(|all| {
            for one in all.iter_mut().filter(|one| one.pod_uid == uid) {
                one.state = State::Exited;
                last_words.clone_into(&mut one.last_words);
            }
        });
    }

    /// Takes the containers of a pod away.
    pub(super) fn remove(&self, uid: &str) {
        self.change(|all| all.retain(|one| one.pod_uid != uid));
    }

    /// Takes all away, as the end of the host does.
    pub(super) fn clear(&self) {
        self.change(Vec::clear);
    }

    fn change(&self, work: impl FnOnce(&mut Vec<Container>)) {
        work(&mut self.lock());
        self.changes.send_modify(|count| *count += 1);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Container>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// 64 digits, as the runtime's ids are.
fn new_id() -> String {
    format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple())
}
