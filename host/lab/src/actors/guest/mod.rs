//! What works inside a hosted cluster as long as its API answers: controllers, operators, pods on workers.

mod content;
pub(super) mod nodes;
mod operators;
mod pods;

use kube::api::DynamicObject;

use self::content::Facts;
use super::{Cluster, defaults, garbage, namespaces, workloads};
use crate::containers::Containers;

/// The namespace of the network's pods.
pub const OVN_NAMESPACE: &str = "openshift-ovn-kubernetes";
/// The daemon set of the network, and the `app` label of its pods.
pub const OVN_NODE: &str = "ovnkube-node";
/// The namespace of the kubelets' heartbeats.
pub const LEASES: &str = "kube-node-lease";

/// Starts the actors of the hosted cluster of `plane`; its pods run in `containers`.
///
/// A cluster without content, as a new etcd gives it, is filled first. One that has controllers needs none of the
/// lab's for namespaces and garbage.
pub fn start(cluster: &Cluster, plane: &DynamicObject, containers: &Containers, has_controllers: bool) {
    let facts = Facts::of(plane);
    cluster.spawn("bootstrap", move |actor| content::live(actor, facts.clone()));
    cluster.spawn("namespace-defaults", defaults::live);
    if !has_controllers {
        cluster.spawn("namespace-controller", namespaces::live);
        cluster.spawn("garbage-collector", |actor| garbage::among(actor, garbage::WORKLOADS));
    }
    workloads::spawn(cluster);
    cluster.spawn("node-lifecycle-controller", nodes::live);
    let containers = containers.clone();
    let bound = pods::Bound::default();
    let known = bound.clone();
    cluster.spawn("kubelet", move |actor| pods::live(actor, containers.clone(), known.clone()));
    cluster.spawn("cluster-operators", move |actor| operators::live(actor, bound.clone()));
}
