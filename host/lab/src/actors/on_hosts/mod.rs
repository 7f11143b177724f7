//! The nodes of a cluster on hosts: what the API shows of a host follows what the host is and runs, as long as
//! its kubelet speaks.

mod bootstrap;
mod containers;
mod credentials;
mod kubelet;
mod lost;
mod mirror;

use kube::Client;
use kube::api::DynamicObject;

pub use self::credentials::Credentials;

use super::cluster::Cluster;
use super::guest;
use super::object::label;
use crate::hosts;

/// The label of the nodes that run the control plane.
const CONTROL_PLANE: &str = "node-role.kubernetes.io/control-plane";

/// Starts the kubelets of `hosts` as far as the API sees them, and the controllers of nodes.
///
/// * `bootstrap` - a client of the account that kubelets without a certificate work as
pub fn spawn(cluster: &Cluster, hosts: &hosts::Cluster, credentials: &Credentials, bootstrap: &Client) {
    let shared = (hosts.clone(), credentials.clone());
    let for_status = shared.clone();
    cluster.spawn("kubelet-status", move |actor| kubelet::live(actor, for_status.clone()));
    let for_mirror = shared.clone();
    cluster.spawn("kubelet-mirror", move |actor| mirror::live(actor, for_mirror.clone()));
    let for_containers = shared.clone();
    cluster.spawn("kubelet-containers", move |actor| containers::live(actor, for_containers.clone()));
    let bootstrap = bootstrap.clone();
    cluster
        .spawn("kubelet-bootstrap", move |actor| bootstrap::live(actor, shared.clone(), bootstrap.clone()));
    cluster.spawn("node-lifecycle-controller", guest::nodes::live);
    cluster.spawn("pods-of-lost-nodes", lost::live);
}

/// Whether the node runs the control plane.
pub(super) fn is_control_plane(node: &DynamicObject) -> bool {
    label(node, CONTROL_PLANE).is_some()
}

/// A cluster's hosts, and the certificates of their kubelets.
type Shared = (hosts::Cluster, Credentials);

/// The hosts whose kubelets speak: turned on, the service runs, and the API accepts their certificates.
fn speaking((hosts, credentials): &Shared) -> Vec<hosts::Host> {
    hosts.hosts().into_iter().filter(|host| credentials.speaks(host)).collect()
}
