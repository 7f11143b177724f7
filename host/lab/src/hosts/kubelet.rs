//! The kubelet of a host: it follows the folder of manifests, and starts and stops static pods.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::Host;
use super::layout::MANIFESTS;
use super::manifest::Manifest;
use super::user::User;

/// The service `kubelet` of a host: whether it runs.
#[derive(Debug, Clone)]
pub struct Kubelet {
    active: Arc<watch::Sender<bool>>,
    /// Whether it has yet to see to its node since it was started.
    registers: Arc<AtomicBool>,
    /// How often it was started.
    starts: Arc<AtomicU64>,
}

impl Default for Kubelet {
    fn default() -> Self {
        Self {
            active: Arc::new(watch::Sender::new(true)),
            registers: Arc::new(AtomicBool::new(true)),
            starts: Arc::default(),
        }
    }
}

impl Kubelet {
    /// Whether it runs.
    #[must_use]
    pub fn is_active(&self) -> bool {
        *self.active.borrow()
    }

    /// Starts or stops it; containers go on either way.
    pub fn set_active(&self, active: bool) {
        self.registers.store(true, Ordering::SeqCst);
        if active {
            self.starts.fetch_add(1, Ordering::SeqCst);
        }
        self.active.send_replace(active);
    }
}

impl Kubelet {
    /// Whether it would register its node now: it does so once, when it starts, and not when the node is deleted later.
    #[must_use]
    pub fn registers(&self) -> bool {
        self.registers.load(Ordering::SeqCst)
    }

    /// How often it was started: what it read from files when it began, it keeps until the next time.
    #[must_use]
    pub fn starts(&self) -> u64 {
        self.starts.load(Ordering::SeqCst)
    }

    /// Notes that its node is there.
    pub fn has_registered(&self) {
        self.registers.store(false, Ordering::SeqCst);
    }
}

/// How long the kubelet takes until it sees a change in the folder, in life.
const SEEN: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(3));
/// How long a pod takes to start.
const STARTING: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(10));
/// How long a pod takes to end.
const STOPPING: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(8));
/// How long the API server takes to end: it waits until clients have gone.
const STOPPING_API: (Duration, Duration) = (Duration::from_secs(20), Duration::from_secs(70));
/// The first wait before a pod that failed is started again; it doubles up to ten times that.
const AGAIN: Duration = Duration::from_secs(10);

/// What the kubelet of one boot is at.
#[derive(Clone)]
struct Work {
    host: Host,
    end: CancellationToken,
    /// The pods that have a task, by UID: what ends each.
    tasks: Arc<Mutex<BTreeMap<String, CancellationToken>>>,
    changes: Arc<watch::Sender<u64>>,
}

/// Runs the kubelet until `end`.
pub(super) async fn run(host: Host, end: CancellationToken) {
    let work =
        Work { host, end: end.clone(), tasks: Arc::default(), changes: Arc::new(watch::Sender::new(0)) };
    end.run_until_cancelled(work.follow()).await;
}

impl Work {
    async fn follow(&self) {
        let mut files = self.host.files().follow();
        let mut active = self.host.kubelet().active.subscribe();
        let mut tasks = self.changes.subscribe();
        loop {
            files.mark_unchanged();
            tasks.mark_unchanged();
            if *active.borrow_and_update() {
                self.host.clock().sleep_between(SEEN.0, SEEN.1).await;
                self.compare();
            }
            tokio::select! {
                _ = files.changed() => {}
                _ = active.changed() => {}
                _ = tasks.changed() => {}
            }
        }
    }

    /// Begins and ends pods so that they become what the manifests say.
    fn compare(&self) {
        if !self.host.kubelet().is_active() {
            return;
        }
        let view = self.host.files().view(User::Root);
        let mut wanted = BTreeMap::new();
        for (name, meta) in view.list(MANIFESTS).unwrap_or_default() {
            // The kubelet passes over names that begin with a dot.
            if meta.is_file() && !name.starts_with('.') {
                let bytes = view.read(&format!("{MANIFESTS}/{name}")).unwrap_or_default();
                if let Some(manifest) = Manifest::read(&bytes) {
                    wanted.insert(manifest.uid.clone(), manifest);
                }
            }
        }
        let mut tasks = self.lock();
        for (uid, stop) in tasks.iter() {
            if !wanted.contains_key(uid) {
                stop.cancel();
            }
        }
        // A pod whose forerunner of the same name has not ended yet waits for that.
        let pods = self.host.pods().containers();
        let names: BTreeSet<&str> = pods.iter().map(|one| one.pod.as_str()).collect();
        for (uid, manifest) in wanted {
            let pod = format!("{}-{}", manifest.name, self.host.name());
            if !tasks.contains_key(&uid) && !names.contains(pod.as_str()) {
                let stop = CancellationToken::new();
                tasks.insert(uid, stop.clone());
                let work = self.clone();
                tokio::spawn(
                    async move { work.end.clone().run_until_cancelled(work.live(manifest, stop)).await },
                );
            }
        }
    }

    /// The life of one pod, up to its end.
    async fn live(&self, manifest: Manifest, stop: CancellationToken) {
        let (host, name) = (&self.host, manifest.name.as_str());
        let mut wait = AGAIN;
        for attempt in 0.. {
            let started = stop.run_until_cancelled(self.start(&manifest, attempt)).await;
            match started {
                None => break,
                Some(Ok(())) => {
                    host.log().record(host.name(), format!("started pod {name}"), "its manifest is there");
                    stop.cancelled().await;
                    break;
                }
                Some(Err(last_words)) => {
                    host.log().record(host.name(), format!("pod {name} failed"), &last_words);
                    host.pods().failed(&manifest.uid, &last_words);
                    if stop.run_until_cancelled(host.clock().sleep(wait)).await.is_none() {
                        break;
                    }
                    wait = (wait * 2).min(AGAIN * 10);
                }
            }
        }
        host.pods().stopping(&manifest.uid);
        let (least, most) = if name == "kube-apiserver" { STOPPING_API } else { STOPPING };
        host.clock().sleep_between(least, most).await;
        if name == "etcd" {
            host.members().stop(host);
        }
        host.pods().remove(&manifest.uid);
        host.log().record(host.name(), format!("stopped pod {name}"), "its manifest is gone");
        self.lock().remove(&manifest.uid);
        self.changes.send_modify(|count| *count += 1);
    }

    async fn start(&self, manifest: &Manifest, attempt: u32) -> Result<(), String> {
        let host = &self.host;
        host.clock().sleep_between(STARTING.0, STARTING.1).await;
        host.pods().remove(&manifest.uid);
        host.pods().start(manifest, host.name(), attempt);
        if manifest.name == "etcd" {
            host.members().start(host, manifest.start).await?;
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, CancellationToken>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
