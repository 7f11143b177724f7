//! Clusters: a finalizer, a status, and an end that takes the machines along.

use serde_json::json;

use super::super::kinds::{AWS_CLUSTER, CLUSTER, MACHINE, MACHINE_DEPLOYMENT};
use super::super::object::{flag, is_dying, text};
use super::super::{Key, Result};
use super::Controller;

/// What holds a cluster until its machines are gone.
const FINALIZER: &str = "cluster.cluster.x-k8s.io";

impl Controller {
    pub(super) async fn keep_clusters(&self, namespace: &str) -> Result<()> {
        for cluster in self.active(&CLUSTER, namespace).await {
            if is_dying(&cluster) {
                let mut left = 0;
                for kind in [MACHINE_DEPLOYMENT, MACHINE, AWS_CLUSTER] {
                    for one in self.actor.watch(&kind).await.within(namespace) {
                        left += 1;
                        self.doom(&kind, &one, "its Cluster is deleted").await?;
                    }
                }
                if left == 0 {
                    self.actor.set_finalizer(&CLUSTER, &cluster, FINALIZER, false).await?;
                }
                continue;
            }
            self.actor.set_finalizer(&CLUSTER, &cluster, FINALIZER, true).await?;
            let account = Key::new(namespace, text(&cluster, "/spec/infrastructureRef/name"));
            let account = self.actor.watch(&AWS_CLUSTER).await.get(&account);
            let is_ready = account.is_some_and(|one| flag(&one, "/status/ready"));
            let phase = if is_ready { "Provisioned" } else { "Provisioning" };
            if text(&cluster, "/status/phase") != phase {
                let status =
                    json!({"phase": phase, "infrastructureReady": is_ready, "controlPlaneReady": true});
                self.actor.patch_status(&CLUSTER, &Key::of(&cluster), status).await?;
            }
        }
        Ok(())
    }
}
