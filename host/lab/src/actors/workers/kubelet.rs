//! One worker's kubelet.

use std::time::Duration;

use jiff::Timestamp;
use kube::Client;
use kube::api::{DynamicObject, Patch, PatchParams, PostParams};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{Shared, heartbeat};
use crate::actors::guest::LEASES;
use crate::actors::kinds::{LEASE, NODE};
use crate::actors::object::{Condition, condition, with_conditions};
use crate::apiserver::User;
use crate::apiserver::kubeconfig::{KubeconfigOptions, kubeconfig};
use crate::cloud::Instance;
use crate::faults::mark_inhabitant;

/// How long a kubelet waits for an answer, on the machine's clock.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) struct Kubelet {
    instance: Instance,
    node: String,
    shared: Shared,
}

impl Kubelet {
    pub(super) fn new(instance: Instance, shared: Shared) -> Self {
        Self { node: instance.host_name(), instance, shared }
    }

    /// Boots, joins, and sends heartbeats until the instance is terminated.
    pub(super) async fn live(self) {
        let boot = self.shared.clock.draw(Duration::from_secs(40), Duration::from_mins(2));
        self.shared.clock.sleep(boot).await;
        let mut client = None;
        let mut gets_through = false;
        while self.shared.cloud.get(&self.instance.id).is_some_and(|one| one.is_alive()) {
            if client.is_none() {
                client = self.install().await;
            }
            if let Some(client) = &client {
                let outcome = timeout(PATIENCE, self.report(client)).await;
                let through = matches!(outcome, Ok(Ok(())));
                if through != gets_through {
                    gets_through = through;
                    let what = if through { "reaches the API" } else { "lost the API" };
                    let why = match outcome {
                        Ok(Ok(())) => "its name leads to a server that the node trusts".to_owned(),
                        Ok(Err(error)) => error.to_string(),
                        Err(_) => "no answer".to_owned(),
                    };
                    self.shared.log.record(&format!("node/{}", self.node), what, why);
                }
            }
            tokio::time::sleep(heartbeat(&self.shared.clock)).await;
        }
    }

    /// What ignition brings: the name of the API, its authority, and a certificate. It is kept for life.
    async fn install(&self) -> Option<Client> {
        let apis = self.shared.hosted.of_infra(&self.instance.infra_id);
        let api = apis.into_iter().find(|one| one.server.is_up() && !one.host.is_empty())?;
        let user = User::new(format!("system:node:{}", self.node), ["system:nodes"]);
        let options = KubeconfigOptions {
            proxy_url: Some(self.shared.proxy_url.to_string()),
            ..KubeconfigOptions::default()
        };
        let url = format!("https://{}:443", api.host);
        let text = kubeconfig("hosted", &url, &api.authority, &user, &options).ok()?;
        match client_of(&text).await {
            Ok(client) => Some(client),
            Err(error) => {
                tracing::warn!(node = self.node, error, "a worker has no client");
                None
            }
        }
    }

    /// Renews the lease, and the node where it is not as it should be.
    async fn report(&self, client: &Client) -> kube::Result<()> {
        let now = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string();
        let lease = json!({"spec": {
            "holderIdentity": self.node, "leaseDurationSeconds": 40, "renewTime": now,
        }});
        let leases = LEASE.api(client.clone(), LEASES);
        if let Err(error) = leases.patch(&self.node, &merging(), &Patch::Merge(&lease)).await {
            if !is_not_found(&error) {
                return Err(error);
            }
            let mut lease = lease;
            lease["apiVersion"] = LEASE.api_version().into();
            lease["kind"] = LEASE.kind.into();
            lease["metadata"] = json!({"name": self.node, "namespace": LEASES});
            leases.create(&posting(), &object(lease)?).await?;
        }
        let nodes = NODE.api(client.clone(), "");
        let node = match nodes.get_opt(&self.node).await? {
            Some(node) => node,
            None => nodes.create(&posting(), &object(self.registration())?).await?,
        };
        if condition(&node, "Ready") != "True" {
            let patch = json!({"status": self.status(&node)});
            nodes.patch_status(&self.node, &merging(), &Patch::Merge(&patch)).await?;
        }
        Ok(())
    }

    fn registration(&self) -> Value {
        json!({
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": self.node, "labels": {
                "kubernetes.io/hostname": self.node,
                "kubernetes.io/os": "linux",
                "node-role.kubernetes.io/worker": "",
                "topology.kubernetes.io/zone": self.instance.zone,
            }},
            "spec": {"providerID": self.instance.provider_id()},
        })
    }

    fn status(&self, node: &DynamicObject) -> Value {
        let ready = Condition::new("Ready", true, "KubeletReady", "kubelet is posting ready status");
        let healthy = ["MemoryPressure", "DiskPressure", "PIDPressure"]
            .map(|kind| Condition::new(kind, false, "KubeletHasSufficient", ""));
        let conditions: Vec<_> = healthy.into_iter().chain([ready]).collect();
        json!({
            "conditions": with_conditions(node, &conditions),
            "addresses": [
                {"type": "InternalIP", "address": self.instance.address},
                {"type": "Hostname", "address": self.node},
            ],
            "nodeInfo": {"kubeletVersion": "v1.33.5", "osImage": "Red Hat Enterprise Linux CoreOS", "architecture": "amd64"},
            "capacity": {"cpu": "4", "memory": "16Gi", "pods": "250"},
            "allocatable": {"cpu": "3500m", "memory": "15Gi", "pods": "250"},
        })
    }
}

async fn client_of(text: &str) -> Result<Client, String> {
    let read = kube::config::Kubeconfig::from_yaml(text).map_err(|error| error.to_string())?;
    let options = kube::config::KubeConfigOptions::default();
    let config = kube::Config::from_custom_kubeconfig(read, &options).await;
    let mut config = config.map_err(|error| error.to_string())?;
    config.default_retry = false;
    mark_inhabitant(&mut config);
    Client::try_from(config).map_err(|error| error.to_string())
}

fn merging() -> PatchParams {
    PatchParams { field_manager: Some("kubelet".to_owned()), ..PatchParams::default() }
}

fn posting() -> PostParams {
    PostParams { field_manager: Some("kubelet".to_owned()), ..PostParams::default() }
}

fn object(value: Value) -> kube::Result<DynamicObject> {
    serde_json::from_value(value).map_err(kube::Error::SerdeError)
}

fn is_not_found(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if status.code == 404)
}
