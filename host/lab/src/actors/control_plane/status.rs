//! What a `HostedControlPlane` says of itself.

use kube::api::DynamicObject;
use serde_json::{Value, json};

use super::super::kinds::{DEPLOYMENT, HOSTED_CONTROL_PLANE, SERVICE, STATEFUL_SET};
use super::super::object::{Condition, condition, list, name, namespace, number, with_conditions};
use super::super::{Key, Result};
use super::deployment::release_image;
use super::network::{self, balancer_of};
use super::{ControlPlanes, components, etcd, release_of};
use crate::etcd::spec::INIT;

/// Whether the snapshot that `plane` asks for has been restored, as its condition tells.
pub(super) fn is_restored(plane: &DynamicObject) -> bool {
    condition(plane, "EtcdSnapshotRestored") == "True"
}

impl ControlPlanes {
    /// Writes the status of `plane`, where there is news.
    pub(super) async fn show(&self, plane: &DynamicObject) -> Result<()> {
        let namespace = namespace(plane);
        let etcd = self.etcd_available(plane).await;
        let server = self.server_available(namespace, etcd.status == "True").await;
        let endpoint = self.endpoint(plane).await;
        let infrastructure = if endpoint.is_empty() {
            Condition::new(
                "InfrastructureReady",
                false,
                "WaitingOnInfrastructureReady",
                "the load balancer has no host name yet",
            )
        } else {
            Condition::new("InfrastructureReady", true, "AsExpected", "")
        };
        let valid = Condition::new("ValidHostedControlPlaneConfiguration", true, "AsExpected", "");
        let lacking = [&etcd, &server, &infrastructure].into_iter().find(|one| one.status != "True").cloned();
        let available = match &lacking {
            None => Condition::new("Available", true, "AsExpected", ""),
            Some(why) => Condition::new("Available", false, &why.reason, why.message.clone()),
        };
        let degraded = Condition::new(
            "Degraded",
            lacking.is_some() && plane.data["status"]["ready"] == true,
            "AsExpected",
            "",
        );
        let is_ready = lacking.is_none();
        let mut wanted = vec![etcd, server, infrastructure, valid, available, degraded];
        wanted.extend(self.restoration(plane));

        let mut status = json!({});
        if let Some(all) = with_conditions(plane, &wanted) {
            status["conditions"] = all.into();
        }
        let was_initialized = plane.data["status"]["initialized"] == true;
        let image = release_image(plane);
        let mut facts = vec![
            ("ready", is_ready.into()),
            ("initialized", (is_ready || was_initialized).into()),
            ("releaseImage", image.into()),
            ("version", release_of(image).into()),
            ("kubeConfig", json!({"name": "admin-kubeconfig", "key": "kubeconfig"})),
        ];
        if !endpoint.is_empty() {
            facts.push(("controlPlaneEndpoint", json!({"host": endpoint, "port": 443})));
        }
        for (field, value) in facts {
            if plane.data["status"][field] != value {
                status[field] = value;
            }
        }
        if status.as_object().is_some_and(|changed| !changed.is_empty()) {
            // The status has required fields: the first write brings them all.
            self.actor.patch_status(&HOSTED_CONTROL_PLANE, &Key::of(plane), status).await?;
        }
        Ok(())
    }

    async fn etcd_available(&self, plane: &DynamicObject) -> Condition {
        let set = self.actor.watch(&STATEFUL_SET).await.get(&Key::new(namespace(plane), etcd::NAME));
        let ready = set.as_deref().and_then(|set| number(set, "/status/readyReplicas")).unwrap_or(0);
        let members = etcd::members(plane);
        let quorum = members / 2 + 1;
        if ready >= i64::from(quorum) {
            return Condition::new("EtcdAvailable", true, "QuorumAvailable", "");
        }
        let message = format!("Waiting for etcd to reach quorum: {ready} of {members} members are ready");
        Condition::new("EtcdAvailable", false, "EtcdWaitingForQuorum", message)
    }

    async fn server_available(&self, namespace: &str, has_etcd: bool) -> Condition {
        let key = Key::new(namespace, components::KUBE_APISERVER);
        let deployment = self.actor.watch(&DEPLOYMENT).await.get(&key);
        let ready = deployment.as_deref().and_then(|one| number(one, "/status/readyReplicas")).unwrap_or(0);
        if ready > 0 && has_etcd {
            return Condition::new(
                "KubeAPIServerAvailable",
                true,
                "AsExpected",
                "Kube APIServer deployment is available",
            );
        }
        let message = "Waiting for Kube APIServer deployment to become available";
        Condition::new("KubeAPIServerAvailable", false, "WaitingForAvailable", message)
    }

    /// The host that clients reach the API server by, or an empty text as long as there is none.
    async fn endpoint(&self, plane: &DynamicObject) -> String {
        let services = self.actor.watch(&SERVICE).await;
        let balancer = |name: &str| {
            services
                .get(&Key::new(namespace(plane), name))
                .map(|one| balancer_of(&one).to_owned())
                .unwrap_or_default()
        };
        let host = network::host_of(plane, "APIServer");
        if host.is_empty() {
            return [network::KUBE_APISERVER, network::PRIVATE_ROUTER]
                .into_iter()
                .map(balancer)
                .find(|one| !one.is_empty())
                .unwrap_or_default();
        }
        let behind =
            [network::ROUTER, network::PRIVATE_ROUTER].into_iter().map(balancer).find(|one| !one.is_empty());
        behind.map_or_else(String::new, |_| host)
    }

    /// What became of the snapshot, where the control plane asks for one and it is not settled.
    fn restoration(&self, plane: &DynamicObject) -> Option<Condition> {
        if !etcd::wants_restore(plane) || is_restored(plane) {
            return None;
        }
        let pods = self.pods.within(namespace(plane));
        let pods: Vec<_> = pods.iter().filter(|pod| name(pod).starts_with("etcd-")).collect();
        let init = |pod: &DynamicObject| -> Option<Value> {
            list(pod, "/status/initContainerStatuses").iter().find(|one| one["name"] == INIT).cloned()
        };
        let failed = pods.iter().filter_map(|pod| init(pod)).find_map(|one| {
            let ended = ["/state/terminated", "/lastState/terminated"]
                .into_iter()
                .find_map(|at| one.pointer(at))?
                .clone();
            (ended["exitCode"].as_i64() != Some(0))
                .then(|| ended["message"].as_str().unwrap_or_default().to_owned())
        });
        let done = pods.iter().filter(|pod| {
            condition(pod, "Ready") == "True" && init(pod).is_some_and(|one| one["ready"] == true)
        });
        let done = u32::try_from(done.count()).unwrap_or(u32::MAX);
        Some(if done == etcd::members(plane) {
            let message = format!("Etcd snapshot restored by {done} members");
            Condition::new("EtcdSnapshotRestored", true, "AsExpected", message)
        } else if let Some(reason) = failed {
            Condition::new(
                "EtcdSnapshotRestored",
                false,
                "Error",
                format!("the snapshot was not restored: {reason}"),
            )
        } else {
            let message = format!("{done} of {} members have it", etcd::members(plane));
            Condition::new("EtcdSnapshotRestored", false, "WaitingForMembers", message)
        })
    }
}
