//! What the cluster's API begins with: version, infrastructure, and the nodes of the hosts.

use std::net::Ipv4Addr;

use serde_json::{Value, json};

use super::cluster::Setup;
use super::layout::PODS;
use crate::apiserver::{Status, Store, crds};

/// The name of the host with this number.
pub(super) fn host_name(number: u8) -> String {
    format!("master-{number}")
}

/// The address of the host with this number.
pub(super) fn host_ip(number: usize) -> Ipv4Addr {
    const FIRST: usize = 20;
    Ipv4Addr::new(10, 0, 0, u8::try_from(FIRST + number).unwrap_or(u8::MAX))
}

/// Makes the objects of a new cluster.
pub(super) fn store(setup: &Setup) -> Result<Store, Status> {
    let store = Store::new();
    crds::install(&store, crds::STANDALONE)?;
    for namespace in PODS.iter().map(|(_, namespace, _)| *namespace).chain(["openshift-machine-api"]) {
        store.create("namespaces", "", json!({"metadata": {"name": namespace}}))?;
    }
    let release = setup.version.release();
    let image = format!("quay.io/openshift-release-dev/ocp-release:{release}-x86_64");
    let now = crate::actors::object::now();
    let version = json!({
        "apiVersion": "config.openshift.io/v1", "kind": "ClusterVersion", "metadata": {"name": "version"},
        "spec": {"clusterID": uuid::Uuid::new_v4().to_string(), "channel": "stable-4"},
        "status": {
            "desired": {"image": image, "version": release},
            "history": [{
                "state": "Completed", "image": image, "version": release, "verified": true,
                "startedTime": now, "completionTime": now,
            }],
            "observedGeneration": 1, "versionHash": "lab", "availableUpdates": [],
        },
    });
    store.create("clusterversions.config.openshift.io", "", version)?;
    store.create("infrastructures.config.openshift.io", "", infrastructure(setup))?;
    for number in 0..setup.hosts {
        let name = host_name(number);
        let ip = host_ip(number.into());
        let node = json!({
            "apiVersion": "v1", "kind": "Node",
            "metadata": {"name": name, "labels": {
                "kubernetes.io/hostname": name,
                "node-role.kubernetes.io/master": "",
                "node-role.kubernetes.io/control-plane": "",
            }},
            "status": {
                "addresses": [
                    {"type": "InternalIP", "address": ip.to_string()},
                    {"type": "Hostname", "address": name},
                ],
                "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady"}],
                "nodeInfo": {
                    "kubeletVersion": setup.version.kubelet(), "architecture": "amd64", "bootID": "",
                    "containerRuntimeVersion": "cri-o://1.25", "kernelVersion": "5.14.0", "kubeProxyVersion": "",
                    "machineID": "", "operatingSystem": "linux", "osImage": "Red Hat Enterprise Linux CoreOS",
                    "systemUUID": "",
                },
            },
        });
        store.create("nodes", "", node)?;
    }
    Ok(store)
}

/// What the cluster says of where it runs: with virtual addresses, on hosts that nobody makes by an API.
fn infrastructure(setup: &Setup) -> Value {
    let topology = if setup.hosts == 1 { "SingleReplica" } else { "HighlyAvailable" };
    let platform = if setup.vips.is_some() { "BareMetal" } else { "None" };
    let mut status = json!({
        "platform": platform, "platformStatus": {"type": platform},
        "controlPlaneTopology": topology, "infrastructureTopology": topology,
    });
    if let Some(vips) = setup.vips {
        status["platformStatus"]["baremetal"] = json!({
            "apiServerInternalIP": vips.api, "apiServerInternalIPs": [vips.api],
            "ingressIP": vips.ingress, "ingressIPs": [vips.ingress],
        });
    }
    json!({
        "apiVersion": "config.openshift.io/v1", "kind": "Infrastructure", "metadata": {"name": "cluster"},
        "spec": {"platformSpec": {"type": platform}}, "status": status,
    })
}
