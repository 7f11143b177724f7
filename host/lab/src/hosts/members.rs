//! The etcd members of a cluster: data in each host's folder, one database that those of a quorum agree on.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::json;
use tokio::sync::watch;

use super::Host;
use super::files::{Handle, View};
use super::layout::{DATA, DATA_BACKUP};
use super::manifest::Start;
use super::user::User;
use crate::apiserver::Store;
use crate::etcd::Database;
use crate::etcd::snapshot::{self, Snapshot};

/// The etcd members of one cluster. Clones share them.
#[derive(Clone)]
pub struct Members {
    inner: Arc<Mutex<Inner>>,
    changes: Arc<watch::Sender<u64>>,
    padding: u64,
}

#[derive(Default)]
struct Inner {
    /// Every database that ever was, by cluster id: data that is put back finds its own again.
    databases: HashMap<u64, Database>,
    running: BTreeMap<String, Running>,
}

struct Running {
    cluster: u64,
    member: u64,
    /// The database's file, open as long as the member runs.
    file: Handle,
    /// What it has seen, while too few others run to tell it the rest.
    lag: Option<u64>,
}

/// A member that runs: its cluster, its id, and whether enough others run.
pub(super) struct Seat {
    pub(super) database: Database,
    pub(super) member: u64,
    /// How much it has seen.
    pub(super) index: u64,
    pub(super) has_quorum: bool,
}

/// Where a member's database lies below its data folder.
const FILE: &str = "member/snap/db";

/// How far a restore lifts the revision where nothing tells the old one.
const LIFT: u64 = 1_000_000_000;

/// How fast snapshots are written and read, in bytes a second of life.
const SPEED: f64 = 200e6;

/// How long `size` bytes take, in life.
fn taking(size: usize) -> Duration {
    Duration::from_secs_f64(f64::from(u32::try_from(size).unwrap_or(u32::MAX)) / SPEED)
}

impl Members {
    /// Makes a cluster without members; each database's file is `padding` bytes longer than its content.
    #[must_use]
    pub fn new(padding: u64) -> Self {
        Self { inner: Arc::default(), changes: Arc::new(watch::Sender::new(0)), padding }
    }

    /// Puts the data of a member of `database` on a host.
    ///
    /// Errors: it does not fit there.
    pub(super) fn lay(&self, database: &Database, host: &Host) -> Result<(), String> {
        let id = database.member_id(host.name()).ok_or("no such member")?;
        self.lock().databases.insert(database.cluster_id(), database.clone());
        let file = snapshot::write(database.store(), id, database.cluster_id(), self.padding);
        put(&host.files().view(User::Root), DATA, &file)
    }

    /// Starts the member of `host`; an error is its last words.
    pub(super) async fn start(&self, host: &Host, how: Start) -> Result<(), String> {
        let view = host.files().view(User::Root);
        match how {
            Start::Join => {}
            Start::Restore => self.restore(host, &view).await?,
            Start::Into(cluster) => self.join(host, &view, cluster).await?,
            Start::Alone => self.alone(host, &view)?,
        }
        let path = format!("{DATA}/{FILE}");
        let Ok(bytes) = view.read(&path) else {
            return Err("the data folder is empty, and the cluster does not wait for this member".to_owned());
        };
        let found = Snapshot::read(&bytes).map_err(|broken| format!("panic: {path}: {broken}"))?;
        let revision = found.status().revision;
        let header = found.header;
        let known = self.lock().databases.get(&header.cluster).cloned();
        let known = known.ok_or_else(|| format!("unknown cluster {:x}", header.cluster))?;
        if known.member_id(host.name()) != Some(header.member) {
            return Err("the member has been permanently removed from the cluster".to_owned());
        }
        let mut file = view.open(&path, true).map_err(|error| format!("panic: {error}"))?;
        // Alone it knows what it knew when it stopped; with enough others it learns the rest.
        let others = self.lock().running.values().filter(|other| other.cluster == header.cluster).count();
        let lag = (others + 1 < known.quorum()).then_some(revision);
        if lag.is_none() {
            let bytes = snapshot::write(known.store(), header.member, header.cluster, self.padding);
            file.replace(&bytes).map_err(|error| format!("panic: write {path}: {error}"))?;
        }
        note_revision(host, &view, &known, lag);
        let running = Running { cluster: header.cluster, member: header.member, file, lag };
        self.lock().running.insert(host.name().to_owned(), running);
        if lag.is_none() {
            self.catch_up(&known);
        }
        self.changed();
        Ok(())
    }

    /// Stops the member of `host`, if it runs: its file then holds what the cluster had agreed on.
    pub(super) fn stop(&self, host: &Host) {
        let database = {
            let mut inner = self.lock();
            // It runs until its file is whole: whoever sees it stopped may look what data it has.
            let Inner { databases, running, .. } = &mut *inner;
            let Some(stopping) = running.get_mut(host.name()) else { return };
            // One that has not heard of what the others know keeps what it had.
            let database = databases.get(&stopping.cluster).filter(|_| stopping.lag.is_none()).cloned();
            if let Some(database) = &database {
                let bytes =
                    snapshot::write(database.store(), stopping.member, stopping.cluster, self.padding);
                // On a full disk the file stays as it was: older, and as whole as etcd's own, which grows ahead of need.
                let _ = stopping.file.replace(&bytes);
            }
            running.remove(host.name());
            database
        };
        if let Some(database) = database {
            note_revision(host, &host.files().view(User::Root), &database, None);
        }
        self.changed();
    }

    /// Tells the members of a cluster that has a quorum what they have missed.
    fn catch_up(&self, database: &Database) {
        let mut inner = self.lock();
        let behind = inner
            .running
            .values_mut()
            .filter(|one| one.cluster == database.cluster_id() && one.lag.is_some());
        for one in behind {
            one.lag = None;
            let bytes = snapshot::write(database.store(), one.member, one.cluster, self.padding);
            // A full disk leaves the file as it is.
            let _ = one.file.replace(&bytes);
        }
    }

    /// The databases that have a quorum, each with the hosts of its voting members that run.
    #[must_use]
    pub fn serving(&self) -> Vec<(Database, Vec<String>)> {
        let inner = self.lock();
        let mut found = Vec::new();
        for (id, database) in &inner.databases {
            let hosts: Vec<String> = inner
                .running
                .iter()
                .filter(|(name, running)| running.cluster == *id && !database.is_learner(name))
                .map(|(name, _)| name.clone())
                .collect();
            if !hosts.is_empty() && hosts.len() >= database.quorum() {
                found.push((database.clone(), hosts));
            }
        }
        found
    }

    /// Saves a snapshot of the member of `host` as a file.
    pub(super) async fn save(&self, host: &Host, view: &View, path: &str) -> Result<(), String> {
        let member = {
            let inner = self.lock();
            let running = inner.running.get(host.name());
            running.and_then(|one| Some((inner.databases.get(&one.cluster)?.clone(), one.member)))
        };
        let (database, member) = member.ok_or("context deadline exceeded")?;
        let mut file = snapshot::write(database.store(), member, database.cluster_id(), self.padding);
        host.clock().sleep(taking(file.len())).await;
        if host.faults().is_on("etcd: snapshots are cut") {
            file.truncate(file.len() / 2);
        }
        let part = format!("{path}.part");
        let written = view.write(&part, &file).and_then(|()| view.set_mode(&part, 0o600));
        if let Err(error) = written.and_then(|()| view.rename(&part, path)) {
            // What is half there is of no use.
            let _ = view.remove_file(&part);
            return Err(format!("could not write {part}: {error}"));
        }
        Ok(())
    }

    /// Where the member of a host stands; nothing if it does not run.
    #[must_use]
    pub(super) fn seat(&self, host: &str) -> Option<Seat> {
        let inner = self.lock();
        let running = inner.running.get(host)?;
        let database = inner.databases.get(&running.cluster)?.clone();
        let count = inner.running.values().filter(|other| other.cluster == running.cluster).count();
        let has_quorum = count >= database.quorum();
        let index = running.lag.unwrap_or_else(|| database.store().version());
        Some(Seat { database, member: running.member, index, has_quorum })
    }

    /// Follows the changes of who runs.
    #[must_use]
    pub fn follow(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Whether the member of this host runs, in this cluster.
    #[must_use]
    pub fn runs(&self, host: &str, cluster: u64) -> bool {
        self.lock().running.get(host).is_some_and(|running| running.cluster == cluster)
    }

    /// Whether a host has the data that this member of `database` must have.
    #[must_use]
    pub fn has_data(&self, host: &Host, database: &Database) -> bool {
        let bytes = host.files().view(User::Root).read(&format!("{DATA}/{FILE}")).unwrap_or_default();
        Snapshot::read(&bytes).is_ok_and(|snapshot| {
            let header = snapshot.header;
            header.cluster == database.cluster_id() && Some(header.member) == database.member_id(host.name())
        })
    }

    /// Takes the host into a cluster as a learner, in place of a member of its name that lost its data.
    pub fn take_in(&self, database: &Database, host: &str) {
        if let Some(id) = database.member_id(host) {
            let _ = database.remove(id);
        }
        database.add_learner(host);
        self.changed();
    }

    /// Gives the learners of a cluster that run their votes; answers their names.
    #[must_use]
    pub fn promote(&self, database: &Database) -> Vec<String> {
        let names: Vec<String> = database
            .members()
            .into_iter()
            .map(|(name, _)| name)
            .filter(|name| self.runs(name, database.cluster_id()) && database.promote(name))
            .collect();
        if !names.is_empty() {
            self.changed();
        }
        names
    }

    /// Takes the member of a host out of a cluster.
    pub fn take_out(&self, database: &Database, host: &str) {
        if database.member_id(host).is_some_and(|id| database.remove(id)) {
            self.changed();
        }
    }

    /// What a new member does: it gets the data from the others, into an empty folder.
    async fn join(&self, host: &Host, view: &View, cluster: u64) -> Result<(), String> {
        if let Ok(bytes) = view.read(&format!("{DATA}/{FILE}")) {
            let found = Snapshot::read(&bytes).map_err(|broken| format!("panic: {broken}"))?.header.cluster;
            if found == cluster {
                return Ok(());
            }
            if !host.version().clears_stale_data() {
                return Err(format!("request cluster ID mismatch (got {cluster:x} want {found:x})"));
            }
            let kept = format!("{DATA_BACKUP}/removed-member-archive-{found:x}");
            view.make_folders(DATA_BACKUP, 0o755)
                .and_then(|()| if view.exists(&kept) { view.remove_all(&kept) } else { Ok(()) })
                .and_then(|()| view.rename(&format!("{DATA}/member"), &kept))
                .map_err(|error| format!("could not archive {DATA}/member: {error}"))?;
            host.log().record(host.name(), "archived stale etcd data", format!("of cluster {found:x}"));
        }
        let serving = self.serving().into_iter().find(|(database, _)| database.cluster_id() == cluster);
        let (database, _) = serving.ok_or("context deadline exceeded")?;
        if !database.is_learner(host.name()) {
            return Err("the member has no data, and the cluster does not wait for a new one".to_owned());
        }
        let size = snapshot::write(database.store(), 0, cluster, self.padding).len();
        host.clock().sleep(Duration::from_secs(5) + taking(size)).await;
        self.lay(&database, host)
    }

    /// What the restore pod does: it wants an empty folder and the snapshot in its place.
    async fn restore(&self, host: &Host, view: &View) -> Result<(), String> {
        if !view.list(DATA).unwrap_or_default().is_empty() {
            return Err("please delete the contents of data directory before restoring, \
                        running the restore script will do this for you"
                .to_owned());
        }
        let path = format!("{DATA_BACKUP}/snapshot.db");
        let Ok(bytes) = view.read(&path) else {
            return Err(format!("please make a copy of the snapshot db file, then move that copy to {path}"));
        };
        host.clock().sleep(Duration::from_secs(5) + taking(bytes.len())).await;
        let store = Snapshot::read(&bytes).map_err(|broken| format!("Error: {broken}"))?.store()?;
        if host.version().lifts_revision() {
            store.advance(lift(view));
        }
        let database = alone_in(store, host);
        self.lay(&database, host)?;
        // It is used up, whatever happens next.
        let _ = view.remove_file(&path);
        host.log().record(host.name(), "restored a snapshot", format!("cluster {:x}", database.cluster_id()));
        Ok(())
    }

    /// Makes a new cluster of what this member had when it stopped.
    fn alone(&self, host: &Host, view: &View) -> Result<(), String> {
        let path = format!("{DATA}/{FILE}");
        let bytes = view.read(&path).map_err(|error| format!("panic: {path}: {error}"))?;
        let store = Snapshot::read(&bytes).map_err(|broken| format!("panic: {broken}"))?.store()?;
        store.advance(LIFT);
        let database = alone_in(store, host);
        host.log().record(host.name(), "forms a new cluster", format!("cluster {:x}", database.cluster_id()));
        self.lay(&database, host)
    }

    /// Makes the data of a member that is alone in a new cluster out of a snapshot, for a pod to run on.
    pub(super) fn restore_into(&self, host: &Host, view: &View, path: &str) -> Result<(), String> {
        let file = view.read(path).map_err(|error| format!("{path}: {error}"))?;
        let store = Snapshot::read(&file).map_err(|broken| broken.to_string())?.store()?;
        self.lay(&alone_in(store, host), host)
    }

    fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A new cluster with this host alone in it.
fn alone_in(store: Store, host: &Host) -> Database {
    Database::new(store, [host.name().to_owned()])
}

/// How far a restore lifts the revision: beyond what the old cluster may have reached.
fn lift(view: &View) -> u64 {
    let noted = view.read(&format!("{DATA_BACKUP}/revision.json")).ok();
    let noted: Option<serde_json::Value> = noted.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let most = noted.and_then(|noted| noted["maxRaftIndex"].as_u64());
    most.map_or(LIFT, |index| index + index / 5)
}

fn note_revision(host: &Host, view: &View, database: &Database, lag: Option<u64>) {
    if host.version().notes_revision() {
        let index = lag.unwrap_or_else(|| database.store().version());
        let noted = json!({"clusterId": format!("{:x}", database.cluster_id()), "maxRaftIndex": index});
        // Nothing depends on it: a restore without it lifts the revision further.
        let _ = view.write(&format!("{DATA}/revision.json"), noted.to_string().as_bytes());
    }
}

fn put(view: &View, folder: &str, file: &[u8]) -> Result<(), String> {
    let path = format!("{folder}/{FILE}");
    let made = view
        .make_folders(&format!("{folder}/member/snap"), 0o700)
        .and_then(|()| view.make_folders(&format!("{folder}/member/wal"), 0o700))
        .and_then(|()| view.write(&path, file))
        .and_then(|()| view.set_mode(&path, 0o600))
        .and_then(|()| view.set_mode(&format!("{folder}/member"), 0o700));
    made.map_err(|error| format!("mkdir or write {path}: {error}"))
}

/// What `snapshot restore` does by itself: a data folder made of a snapshot, which nothing runs with yet.
///
/// It proves that the snapshot can be restored; the lab lets only the restore pod begin a cluster.
pub(super) fn restore_file(view: &View, path: &str, folder: &str, name: &str) -> Result<(), String> {
    let file = view.read(path).map_err(|_| format!("stat {path}: no such file or directory"))?;
    let snapshot = Snapshot::read(&file).map_err(|broken| broken.to_string())?;
    if view.list(folder).is_ok_and(|found| !found.is_empty()) {
        return Err(format!("data-dir \"{folder}\" not empty or could not be read"));
    }
    let database = Database::new(snapshot.store()?, [name.to_owned()]);
    let member = database.member_id(name).unwrap_or_default();
    put(view, folder, &snapshot::write(database.store(), member, database.cluster_id(), 0))
}
