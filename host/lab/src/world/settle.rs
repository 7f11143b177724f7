//! Waits until a hosted cluster is at rest: everything it is made of is there, ready and content.

use std::sync::Arc;
use std::time::Duration;

use kube::api::DynamicObject;
use tokio::sync::Notify;

use super::management::{Management, WATCHED};
use super::{Lab, LabError};
use crate::actors::guest::{OVN_NAMESPACE, OVN_NODE};
use crate::actors::object::{condition, label, name, number};
use crate::actors::{Key, kinds};
use crate::scenario::{EndpointAccess, HostedClusterPlan};

/// How often what no watch tells of is looked at.
const GLANCE: Duration = Duration::from_millis(20);

impl Lab {
    /// Waits until the hosted cluster of `plan` on `management` is at rest.
    ///
    /// Errors: [`LabError::Unsettled`] after `limit`, with what is lacking.
    pub async fn settled(
        &self,
        management: &Management,
        plan: &HostedClusterPlan,
        limit: Duration,
    ) -> Result<(), LabError> {
        let changed = Arc::new(Notify::new());
        for kind in WATCHED {
            let changed = changed.clone();
            management.cluster().watch(&kind).listen(move |_| {
                changed.notify_one();
                // The last listener of a wait that is over goes with the next change.
                Arc::strong_count(&changed) > 1
            });
        }
        let wait = async {
            while self.lacking(management, plan).is_some() {
                // The zone and the hosted cluster have watches of their own: a glance is cheaper here.
                let _ = tokio::time::timeout(GLANCE, changed.notified()).await;
            }
        };
        if tokio::time::timeout(limit, wait).await.is_ok() {
            return Ok(());
        }
        let lacking =
            self.lacking(management, plan).unwrap_or_else(|| "it came up at the last moment".to_owned());
        Err(LabError::Unsettled {
            limit,
            lacking: format!("{}/{} on {}: {lacking}", plan.namespace, plan.name, management.name()),
        })
    }

    /// What the hosted cluster of `plan` on `management` lacks to be at rest.
    #[must_use]
    pub fn lacking(&self, management: &Management, plan: &HostedClusterPlan) -> Option<String> {
        let cluster = management.cluster();
        let Some(hosted) = cluster.watch(&kinds::HOSTED_CLUSTER).get(&Key::new(&plan.namespace, &plan.name))
        else {
            return Some("there is no HostedCluster".to_owned());
        };
        for wanted in [
            "Available",
            "EtcdAvailable",
            "KubeAPIServerAvailable",
            "InfrastructureReady",
            "ReconciliationActive",
        ] {
            if condition(&hosted, wanted) != "True" {
                return Some(format!("condition {wanted} is `{}`", condition(&hosted, wanted)));
            }
        }
        // A twin of the source's cluster has the same name in DNS, which leads its workers to the source.
        if self.scenario.taken_on_destination && management.name() != "source" {
            return None;
        }
        for pool in &plan.node_pools {
            let known = cluster.watch(&kinds::NODE_POOL).get(&Key::new(&plan.namespace, &pool.name));
            let ready = known.as_deref().and_then(|one| number(one, "/status/replicas")).unwrap_or(0);
            if ready < i64::from(pool.replicas) {
                return Some(format!("NodePool {} has {ready} of {} nodes", pool.name, pool.replicas));
            }
        }
        let host = plan.api_hostname(&self.domain_of(management, plan));
        let is_named = plan.fixed_hostname && plan.endpoint_access != EndpointAccess::Private;
        if is_named && self.outside.zone.records_of(&host).is_empty() {
            return Some(format!("no record for {host}"));
        }
        self.lacking_inside(management, plan)
    }

    fn lacking_inside(&self, management: &Management, plan: &HostedClusterPlan) -> Option<String> {
        let namespace = plan.control_plane_namespace();
        let Some(inside) = self.hosted.cluster(management.name(), &namespace) else {
            return Some("its API does not answer".to_owned());
        };
        let operators = inside.watch(&kinds::CLUSTER_OPERATOR).all();
        let is_content = |one: &DynamicObject| {
            condition(one, "Available") == "True" && condition(one, "Degraded") == "False"
        };
        if operators.is_empty() {
            return Some("it has no cluster operators".to_owned());
        }
        if let Some(bad) = operators.iter().find(|one| !is_content(one)) {
            return Some(format!("cluster operator {} is not content", name(bad)));
        }
        let pods = inside.watch(&kinds::POD).within(OVN_NAMESPACE);
        let is_ready = |one: &&Arc<DynamicObject>| {
            label(one, "app") == Some(OVN_NODE) && condition(one, "Ready") == "True"
        };
        let ready = pods.iter().filter(is_ready).count();
        let wanted = usize::try_from(plan.replicas()).unwrap_or(usize::MAX);
        (ready < wanted).then(|| format!("{ready} of {wanted} pods of the network are ready"))
    }
}
