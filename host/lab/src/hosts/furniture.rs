//! What the cluster's API begins with: version, infrastructure, and the nodes of the hosts.

use std::net::Ipv4Addr;

use serde_json::{Value, json};

use super::cluster::Setup;
use super::layout::PODS;
use super::roster::Role;
use super::version::Version;
use crate::apiserver::{Status, Store, crds};

/// The hosts that a cluster begins with: name, address, and what it is for.
pub(super) fn places(setup: &Setup) -> Vec<(String, Ipv4Addr, Role)> {
    const CONTROL_PLANE: u8 = 20;
    const WORKERS: u8 = 40;
    let place = |role: Role, first: u8| {
        move |number: u8| {
            let ip = Ipv4Addr::new(10, 0, 0, first.saturating_add(number));
            (format!("{}-{number}", role.label()), ip, role)
        }
    };
    let control_plane = (0..setup.hosts).map(place(Role::ControlPlane, CONTROL_PLANE));
    control_plane.chain((0..setup.workers).map(place(Role::Worker, WORKERS))).collect()
}

/// The address for a host that joins later: one that none of `taken` has.
pub(super) fn free_ip(taken: &[Ipv4Addr]) -> Option<Ipv4Addr> {
    (60..=250).map(|last| Ipv4Addr::new(10, 0, 0, last)).find(|ip| !taken.contains(ip))
}

/// The namespaces that every cluster has, beside those of its static pods.
const NAMESPACES: [&str; 7] = [
    "default",
    "kube-system",
    "kube-node-lease",
    "openshift-etcd-operator",
    "openshift-config",
    "openshift-kni-infra",
    "openshift-machine-api",
];

/// Makes the objects of a new cluster.
pub(super) fn store(setup: &Setup) -> Result<Store, Status> {
    let store = Store::new();
    crds::install(&store, crds::STANDALONE)?;
    for namespace in PODS.iter().map(|(_, namespace, _)| *namespace).chain(NAMESPACES) {
        if store.get("namespaces", "", namespace).is_none() {
            store.create("namespaces", "", json!({"metadata": {"name": namespace}}))?;
        }
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
    for (name, ip, role) in places(setup) {
        store.create("nodes", "", node(setup.version, &name, ip, role))?;
    }
    Ok(store)
}

/// The Node of a host, as its kubelet registers it.
pub(super) fn node(version: Version, name: &str, ip: Ipv4Addr, role: Role) -> Value {
    let mut labels = json!({"kubernetes.io/hostname": name, "kubernetes.io/os": "linux"});
    labels[format!("node-role.kubernetes.io/{}", role.label())] = "".into();
    if role == Role::ControlPlane {
        labels["node-role.kubernetes.io/control-plane"] = "".into();
    }
    json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "status": {
            "addresses": [
                {"type": "InternalIP", "address": ip.to_string()},
                {"type": "Hostname", "address": name},
            ],
            "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady"}],
            "nodeInfo": {
                "kubeletVersion": version.kubelet(), "architecture": "amd64", "bootID": "",
                "containerRuntimeVersion": "cri-o://1.25", "kernelVersion": "5.14.0", "kubeProxyVersion": "",
                "machineID": "", "operatingSystem": "linux", "osImage": "Red Hat Enterprise Linux CoreOS",
                "systemUUID": "",
            },
        },
    })
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
