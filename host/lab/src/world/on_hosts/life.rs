//! Who lives in the API of a cluster on hosts: actors that come whenever it answers from one etcd cluster, and go
//! with it. What must survive them is in the hosts' files or in objects.

use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::inhabitants::Inhabitants;
use crate::actors;
use crate::apiserver::User;
use crate::hosts;

/// The life of a cluster on hosts. It ends when this is dropped.
pub(super) struct Life {
    now: watch::Receiver<Option<actors::Cluster>>,
    _end: DropGuard,
}

impl Life {
    /// Lets `inhabitants` live in the API of `hosts` whenever that answers.
    pub(super) fn begin(hosts: hosts::Cluster, inhabitants: Inhabitants) -> Self {
        let (tell, now) = watch::channel(None);
        let end = CancellationToken::new();
        tokio::spawn(follow(hosts, inhabitants, tell, end.clone()));
        Self { now, _end: end.drop_guard() }
    }

    /// Those who live now: none while the API does not answer, or answers from two etcd clusters.
    pub(super) fn actors(&self) -> Option<actors::Cluster> {
        self.now.borrow().clone()
    }

    /// Waits until somebody lives.
    pub(super) async fn inhabited(&self) -> Option<actors::Cluster> {
        let mut now = self.now.clone();
        let found = now.wait_for(Option::is_some).await;
        found.ok().and_then(|found| found.clone())
    }
}

async fn follow(
    hosts: hosts::Cluster,
    inhabitants: Inhabitants,
    tell: watch::Sender<Option<actors::Cluster>>,
    end: CancellationToken,
) {
    let mut living: Option<actors::Cluster> = None;
    let work = async {
        loop {
            hosts.until(|clusters| clusters.len() == 1).await;
            let [(cluster, _)] = hosts.serving()[..] else { continue };
            match hosts.client(&User::admin()) {
                Ok(client) => {
                    let setup = hosts.setup();
                    let (clock, faults, log) = (setup.clock.clone(), setup.faults.clone(), setup.log.clone());
                    let actors = actors::Cluster::new(&setup.name, client, clock, faults, log);
                    if let Err(error) = inhabitants.inhabit(&actors, &hosts) {
                        tracing::error!(%error, "not everybody can live in the cluster");
                    }
                    living = Some(actors.clone());
                    tell.send_replace(Some(actors));
                }
                Err(error) => tracing::error!(%error, "nobody can live in the cluster"),
            }
            hosts.until(|clusters| clusters != [cluster]).await;
            tell.send_replace(None);
            if let Some(actors) = living.take() {
                actors.stop().await;
            }
        }
    };
    end.run_until_cancelled(work).await;
    tell.send_replace(None);
    if let Some(actors) = living {
        actors.stop().await;
    }
}
