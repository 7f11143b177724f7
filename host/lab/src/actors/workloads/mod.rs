//! The controllers of workloads: deployments, replica sets, stateful sets and daemon sets make pods.

mod daemonsets;
mod deployments;
mod pods;
mod replicasets;
mod statefulsets;

use super::cluster::Cluster;

/// Starts the controllers of workloads in `cluster`.
pub fn spawn(cluster: &Cluster) {
    cluster.spawn("deployment-controller", deployments::live);
    cluster.spawn("replicaset-controller", replicasets::live);
    cluster.spawn("statefulset-controller", statefulsets::live);
    cluster.spawn("daemonset-controller", daemonsets::live);
}
