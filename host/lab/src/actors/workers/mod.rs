//! The workers of hosted clusters: one kubelet for each instance. It finds the API by its name in DNS,
//! trusts only the authority that it was installed with, and says that it is Ready as long as it gets through.

mod kubelet;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::kubelet::Kubelet;
use super::hosted_api::HostedApis;
use crate::clock::Clock;
use crate::cloud::Cloud;
use crate::log::WorldLog;

/// How often a kubelet sends a heartbeat, in life.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// The shortest time between two heartbeats on the machine's clock, however fast the lab runs.
const SHORTEST: Duration = Duration::from_millis(200);

/// The time between two heartbeats on the machine's clock.
#[must_use]
pub fn heartbeat(clock: &Clock) -> Duration {
    clock.scaled(HEARTBEAT).max(SHORTEST)
}

/// The kubelets of all instances of a cloud.
pub struct Workers {
    ended: CancellationToken,
    tasks: TaskTracker,
}

/// What all kubelets share.
#[derive(Clone)]
struct Shared {
    cloud: Cloud,
    hosted: HostedApis,
    proxy_url: Arc<str>,
    clock: Clock,
    log: WorldLog,
}

impl Workers {
    /// Starts a kubelet for every instance of `cloud`, now and later, as long as the instance lives.
    ///
    /// They reach their API through `proxy_url`, which resolves names as the zone has them.
    #[must_use]
    pub fn start(cloud: &Cloud, hosted: &HostedApis, proxy_url: &str, clock: &Clock, log: &WorldLog) -> Self {
        let workers = Self { ended: CancellationToken::new(), tasks: TaskTracker::new() };
        let shared = Shared {
            cloud: cloud.clone(),
            hosted: hosted.clone(),
            proxy_url: proxy_url.into(),
            clock: clock.clone(),
            log: log.clone(),
        };
        let (ended, tasks) = (workers.ended.clone(), workers.tasks.clone());
        workers.tasks.spawn(async move {
            ended.clone().run_until_cancelled(watch_cloud(shared, ended, tasks)).await;
        });
        workers
    }

    /// Ends all kubelets; their instances stay.
    pub async fn stop(&self) {
        self.ended.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

async fn watch_cloud(shared: Shared, ended: CancellationToken, tasks: TaskTracker) {
    let mut known = BTreeSet::new();
    let mut changes = shared.cloud.changes();
    loop {
        for instance in shared.cloud.instances() {
            if instance.is_alive() && known.insert(instance.id.clone()) {
                let kubelet = Kubelet::new(instance, shared.clone());
                let ended = ended.clone();
                tasks.spawn(async move { ended.run_until_cancelled(kubelet.live()).await });
            }
        }
        if changes.changed().await.is_err() {
            return;
        }
    }
}
