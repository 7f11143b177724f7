//! The cluster's network: OVN-Kubernetes on its hosts, and the operator that keeps it and says how it is.

mod health;
mod image;
mod objects;
mod operator;

use super::{Cluster, kubelet};
use crate::hosts::{self, Network, Version};

/// The namespace of OVN-Kubernetes.
pub const NAMESPACE: &str = "openshift-ovn-kubernetes";
/// The pods of the control plane hosts that hold the databases, before 4.14.
pub const MASTER: &str = "ovnkube-master";
/// The pods of the control plane, from 4.14 on.
pub const CONTROL_PLANE: &str = "ovnkube-control-plane";
/// The pods of every node.
pub const NODE: &str = "ovnkube-node";

/// Whether each node has databases of its own (interconnect), not the control plane for all.
fn is_per_node(version: Version) -> bool {
    version > Version::V4_12
}

/// Starts the network operator of `cluster`; with the older network it only says that all is well.
pub fn spawn(cluster: &Cluster, hosts: &hosts::Cluster) {
    let hosts = hosts.for_inhabitants();
    cluster.spawn("network-operator", move |actor| operator::live(actor, hosts.clone()));
}

/// What the pods of OVN-Kubernetes do on the hosts, for the kubelets.
#[must_use]
pub fn images(hosts: &hosts::Cluster) -> kubelet::Images {
    if hosts.setup().network != Network::OvnKubernetes {
        return Vec::new();
    }
    let holder = if is_per_node(hosts.setup().version) { NODE } else { MASTER };
    let image = |app: &str| (app.to_owned(), image::Ovn::new(hosts.for_inhabitants(), app == holder));
    [MASTER, CONTROL_PLANE, NODE].map(image).into()
}
