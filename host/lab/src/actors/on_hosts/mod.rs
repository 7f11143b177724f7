//! The nodes of a cluster on hosts: what the API shows of a host follows what the host is and runs, as long as
//! its kubelet speaks.

mod containers;
mod kubelet;
mod lost;
mod mirror;

use kube::api::DynamicObject;

use super::cluster::Cluster;
use super::guest;
use super::object::label;
use crate::hosts;

/// The label of the nodes that run the control plane.
const CONTROL_PLANE: &str = "node-role.kubernetes.io/control-plane";

/// Starts the kubelets of `hosts` as far as the API sees them, and the controllers of nodes.
pub fn spawn(cluster: &Cluster, hosts: &hosts::Cluster) {
    let shared = hosts.clone();
    cluster.spawn("kubelet-status", move |actor| kubelet::live(actor, shared.clone()));
    let shared = hosts.clone();
    cluster.spawn("kubelet-mirror", move |actor| mirror::live(actor, shared.clone()));
    let shared = hosts.clone();
    cluster.spawn("kubelet-containers", move |actor| containers::live(actor, shared.clone()));
    cluster.spawn("node-lifecycle-controller", guest::nodes::live);
    cluster.spawn("pods-of-lost-nodes", lost::live);
}

/// Whether the node runs the control plane.
pub(super) fn is_control_plane(node: &DynamicObject) -> bool {
    label(node, CONTROL_PLANE).is_some()
}

/// The hosts whose kubelets speak: turned on, and the service runs.
fn speaking(hosts: &hosts::Cluster) -> Vec<hosts::Host> {
    hosts.hosts().into_iter().filter(|host| host.is_on() && host.kubelet().is_active()).collect()
}
