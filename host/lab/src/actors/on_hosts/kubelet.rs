//! The heartbeats of the hosts' kubelets: a lease each, and a node that is registered and Ready.

use futures::future::join_all;
use jiff::Timestamp;
use serde_json::json;

use super::super::guest::LEASES;
use super::super::kinds::{LEASE, NODE};
use super::super::object::{Condition, condition, with_conditions};
use super::super::workers::heartbeat;
use super::super::{Actor, Key, Result};
use super::{Shared, speaking};
use crate::hosts::Host;

pub(super) async fn live(actor: Actor, shared: Shared) -> Result<()> {
    actor.watch(&NODE).await;
    loop {
        let hosts = speaking(&shared);
        for (host, told) in hosts.iter().zip(join_all(hosts.iter().map(|host| report(&actor, host))).await) {
            if let Err(error) = told {
                tracing::debug!(host = host.name(), %error, "a heartbeat did not get through");
            }
        }
        tokio::time::sleep(heartbeat(actor.clock())).await;
    }
}

/// Renews the lease of a host, registers its node if it is not, and says that it is Ready.
async fn report(actor: &Actor, host: &Host) -> Result<()> {
    let name = host.name();
    let now = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string();
    let spec = json!({"holderIdentity": name, "leaseDurationSeconds": 40, "renewTime": now});
    let lease = json!({"metadata": {"name": name, "namespace": LEASES}, "spec": spec});
    actor.apply(&LEASE, lease).await?;
    let key = Key::new("", name);
    let registration = host.registration();
    let node = if let Some(node) = actor.watch(&NODE).await.get(&key) {
        (*node).clone()
    } else {
        // A node that is deleted under a kubelet stays away until that is restarted.
        if !host.kubelet().registers() {
            return Ok(());
        }
        let made = actor.create(&NODE, registration.clone()).await?;
        actor.record(format!("registered node {name}"), "the API did not know it");
        made
    };
    host.kubelet().has_registered();
    let ready = Condition::new("Ready", true, "KubeletReady", "kubelet is posting ready status");
    let healthy = ["MemoryPressure", "DiskPressure", "PIDPressure"]
        .map(|kind| Condition::new(kind, false, "KubeletHasSufficient", ""));
    let all: Vec<_> = healthy.into_iter().chain([ready]).collect();
    let has_told = condition(&node, "Ready") == "True" && node.data["status"]["nodeInfo"].is_object();
    if !has_told && let Some(conditions) = with_conditions(&node, &all) {
        let mut status = registration["status"].clone();
        status["conditions"] = conditions.into();
        actor.patch_status(&NODE, &key, status).await?;
        actor.record(format!("node {name} is Ready"), "its kubelet speaks to the API");
    }
    Ok(())
}
