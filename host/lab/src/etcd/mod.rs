//! The etcds of hosted control planes: members on volumes, snapshots, restores, quorum.
//!
//! An [`Etcd`] holds those of one management cluster. Its kubelets start and stop the members; what a
//! quorum of them agrees on is the store that the hosted API server serves.

mod certificates;
pub mod database;
mod etcdctl;
mod image;
mod program;
pub mod restore;
pub mod snapshot;
pub mod spec;
pub mod volume;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kube::api::DynamicObject;
use tokio::sync::watch;

pub use self::database::Database;
use self::restore::Downloader;
use self::spec::Spec;
use self::volume::{Member, Volume};
use crate::actors::Key;
use crate::actors::object::{text, uid};
use crate::apiserver::Store;
use crate::clock::Clock;
use crate::log::WorldLog;

/// What the etcds of a management cluster are made with.
#[derive(Clone)]
pub struct Options {
    /// The management cluster's name, for the log.
    pub name: String,
    /// The lab's clock.
    pub clock: Clock,
    /// The lab's log.
    pub log: WorldLog,
    /// Downloads the snapshots to restore.
    pub downloader: Downloader,
    /// Bytes that every database holds beside its objects: what makes snapshots large.
    pub padding: u64,
}

/// The etcds of one management cluster. Clones share them.
#[derive(Clone)]
pub struct Etcd {
    options: Arc<Options>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// The volumes by the UID of their claim.
    volumes: HashMap<String, Volume>,
    /// The members that run.
    running: BTreeMap<Key, Running>,
    /// What was restored together, by namespace and URL.
    restored: HashMap<(String, String), Database>,
    serving: HashMap<String, watch::Sender<Option<u64>>>,
}

#[derive(Clone)]
struct Running {
    spec: Spec,
    claim_uid: String,
}

/// A running member with all that its commands need.
struct Seat {
    spec: Spec,
    volume: Volume,
    member: Member,
    /// Whether enough members of its database run.
    has_quorum: bool,
}

impl Etcd {
    /// Makes a management cluster's etcds: none yet.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self { options: Arc::new(options), state: Arc::default() }
    }

    /// The database that the API server of the control plane in `namespace` uses, while it has a quorum.
    #[must_use]
    pub fn serving(&self, namespace: &str) -> Option<Database> {
        self.lock().serving(namespace)
    }

    /// Follows the cluster id of [`Etcd::serving`]: tells when another database serves, or none any more.
    #[must_use]
    pub fn follow(&self, namespace: &str) -> watch::Receiver<Option<u64>> {
        let mut state = self.lock();
        let now = state.serving(namespace).as_ref().map(Database::cluster_id);
        state.serving.entry(namespace.to_owned()).or_insert_with(|| watch::Sender::new(now)).subscribe()
    }

    /// The database that each running member of the control plane in `namespace` is in.
    #[must_use]
    pub fn members(&self, namespace: &str) -> BTreeMap<String, Database> {
        self.lock().members(namespace)
    }

    /// Forgets the volume of a claim that was deleted, and all that was on it.
    fn drop_volume(&self, claim_uid: &str) {
        self.lock().volumes.remove(claim_uid);
    }

    /// The volume of a claim, made empty at first sight.
    fn volume(&self, claim_uid: &str, capacity: u64) -> Volume {
        self.lock().volumes.entry(claim_uid.to_owned()).or_insert_with(|| Volume::new(capacity)).clone()
    }

    /// Puts a member's data on a volume.
    fn fill(&self, claim_uid: &str, member: Member) -> Result<(), String> {
        let size = member.database.store().export().len() as u64 + self.options.padding;
        let mut state = self.lock();
        let volume = state.volumes.get_mut(claim_uid).ok_or("the volume is gone")?;
        volume.fill(member, size).map_err(|error| error.to_string())
    }

    /// Makes the database of members that restore together; the first one to come makes it.
    fn restored_together(&self, spec: &Spec, url: &str, store: Store) -> Database {
        let mut state = self.lock();
        let made = state.restored.entry((spec.pod.namespace.clone(), url.to_owned()));
        made.or_insert_with(|| Database::new(store, spec.members.iter().cloned())).clone()
    }

    /// Puts the data of a member on the volume of `claim`, as an earlier control plane leaves it there.
    ///
    /// Errors: the claim's size cannot be read, or the data does not fit.
    pub fn lay_data(&self, claim: &DynamicObject, name: &str, database: &Database) -> Result<(), String> {
        let size = text(claim, "/spec/resources/requests/storage");
        let capacity = volume::bytes(size).ok_or_else(|| format!("no size in `{size}`"))?;
        self.volume(uid(claim), capacity);
        let id = database.member_id(name).ok_or_else(|| format!("no member {name}"))?;
        self.fill(uid(claim), Member { id, database: database.clone() })
    }

    /// The member that a pod without data and without a snapshot becomes: of the cluster that its
    /// siblings form, or of a new and empty one. A cluster takes in only whom it knows by name.
    fn join_or_form(&self, spec: &Spec) -> Result<Member, String> {
        let state = self.lock();
        let siblings = state.members(&spec.pod.namespace);
        if let Some(database) = siblings.into_values().next() {
            return Member::of(database, &spec.pod.name);
        }
        drop(state);
        Member::of(Database::new(Store::new(), spec.members.iter().cloned()), &spec.pod.name)
    }

    fn started(&self, spec: Spec, claim_uid: &str) {
        let namespace = spec.pod.namespace.clone();
        let mut state = self.lock();
        state.running.insert(spec.pod.clone(), Running { spec, claim_uid: claim_uid.to_owned() });
        state.announce(&namespace);
    }

    fn stopped(&self, pod: &Key) {
        let mut state = self.lock();
        state.running.remove(pod);
        state.announce(&pod.namespace);
    }

    /// The running member in a pod.
    fn seat(&self, pod: &Key) -> Option<Seat> {
        let state = self.lock();
        let running = state.running.get(pod)?;
        let volume = state.volumes.get(&running.claim_uid)?.clone();
        let member = volume.member.clone()?;
        let has_quorum = state.has_quorum(&pod.namespace, &member.database);
        Some(Seat { spec: running.spec.clone(), volume, member, has_quorum })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn members(&self, namespace: &str) -> BTreeMap<String, Database> {
        let running = self.running.iter().filter(|(pod, _)| pod.namespace == namespace);
        running
            .filter_map(|(pod, running)| {
                let member = self.volumes.get(&running.claim_uid)?.member.as_ref()?;
                Some((pod.name.clone(), member.database.clone()))
            })
            .collect()
    }

    fn has_quorum(&self, namespace: &str, database: &Database) -> bool {
        let members = self.members(namespace);
        let running = members.values().filter(|other| other.cluster_id() == database.cluster_id()).count();
        running >= database.quorum()
    }

    /// Clients are led to the first member that answers.
    fn serving(&self, namespace: &str) -> Option<Database> {
        self.members(namespace).into_values().find(|database| self.has_quorum(namespace, database))
    }

    fn announce(&self, namespace: &str) {
        let Some(sender) = self.serving.get(namespace) else { return };
        let now = self.serving(namespace).as_ref().map(Database::cluster_id);
        sender.send_if_modified(|known| std::mem::replace(known, now) != now);
    }
}
