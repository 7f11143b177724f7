//! One cluster as its actors see it: a client, what they watch together, and the tasks they run in.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kube::Client;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::actor::Actor;
use super::error::Result;
use super::kind::Kind;
use super::watched::Watched;
use crate::clock::Clock;
use crate::faults::Faults;
use crate::log::WorldLog;

/// A cluster with actors in it. Clones share it.
#[derive(Clone)]
pub struct Cluster {
    inner: Arc<Inner>,
}

struct Inner {
    name: String,
    client: Client,
    clock: Clock,
    faults: Faults,
    log: WorldLog,
    watched: Mutex<HashMap<Kind, Watched>>,
    calls: Semaphore,
    tasks: TaskTracker,
    ended: CancellationToken,
}

/// How long an actor that failed as a whole waits before it starts anew, in real time.
const RESTART: Duration = Duration::from_millis(100);

/// How many calls of a cluster's actors are under way at once: each one beyond that would open another
/// connection, and a process has only so many file descriptors.
const CALLS: usize = 8;

impl Cluster {
    /// Makes the surroundings for actors of the cluster `name`, which reach it through `client`.
    #[must_use]
    pub fn new(name: impl Into<String>, client: Client, clock: Clock, faults: Faults, log: WorldLog) -> Self {
        Self {
            inner: Arc::new(Inner {
                name: name.into(),
                client,
                clock,
                faults,
                log,
                watched: Mutex::default(),
                calls: Semaphore::new(CALLS),
                tasks: TaskTracker::new(),
                ended: CancellationToken::new(),
            }),
        }
    }

    /// The cluster's name, such as `source`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// The client that all actors of this cluster use.
    #[must_use]
    pub fn client(&self) -> Client {
        self.inner.client.clone()
    }

    /// The lab's clock.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// The lab's faults.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.inner.faults
    }

    /// The lab's log.
    #[must_use]
    pub fn log(&self) -> &WorldLog {
        &self.inner.log
    }

    /// The objects of `kind`, if some actor watches them already.
    #[must_use]
    pub fn watched(&self, kind: &Kind) -> Option<Watched> {
        self.inner.watched.lock().unwrap_or_else(PoisonError::into_inner).get(kind).cloned()
    }

    /// The objects of `kind`: one watch, however many actors ask.
    #[must_use]
    pub fn watch(&self, kind: &Kind) -> Watched {
        let mut all = self.inner.watched.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(watched) = all.get(kind) {
            return watched.clone();
        }
        let (watched, keeper) = Watched::start(kind.clone(), self.client());
        self.run(keeper);
        all.insert(kind.clone(), watched.clone());
        watched
    }

    /// Waits for the turn of a call to the API server; it is held until the call is done.
    pub(super) async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        // Nobody closes the semaphore.
        self.inner.calls.acquire().await.ok()
    }

    /// Runs an actor until the cluster is stopped; when `life` fails it begins anew.
    pub fn spawn<L, F>(&self, name: &str, life: L)
    where
        L: Fn(Actor) -> F + Send + Sync + 'static,
        F: Future<Output = Result<()>> + Send,
    {
        let actor = Actor::new(self.clone(), name);
        self.run(async move {
            loop {
                if let Err(error) = life(actor.clone()).await {
                    tracing::debug!(actor = actor.name(), %error, "actor begins anew");
                }
                tokio::time::sleep(RESTART).await;
            }
        });
    }

    /// Runs a task until the cluster is stopped.
    pub fn run(&self, task: impl Future<Output = ()> + Send + 'static) {
        let ended = self.inner.ended.clone();
        self.inner.tasks.spawn(async move {
            tokio::select! {
                () = ended.cancelled() => {}
                () = task => {}
            }
        });
    }

    /// Waits until it is stopped.
    pub async fn ended(&self) {
        self.inner.ended.cancelled().await;
    }

    /// Ends every actor and watch, and waits until they are gone.
    pub async fn stop(&self) {
        self.inner.ended.cancel();
        self.inner.tasks.close();
        self.inner.tasks.wait().await;
    }
}
