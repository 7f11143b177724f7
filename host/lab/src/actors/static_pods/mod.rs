//! The operators that roll the control plane's static pods out, revision by revision and node by node.

mod conditions;
mod etcd;
mod guards;
mod operator;
mod rollout;

use super::cluster::Cluster;
use super::kind::Kind;
use super::kinds;
use crate::hosts;

/// A part of the control plane with an operator of its own.
#[derive(Clone)]
struct Component {
    /// The static pod, which is also the name of the cluster operator.
    pod: &'static str,
    namespace: &'static str,
    kind: Kind,
}

const COMPONENTS: [Component; 4] = [
    Component { pod: "etcd", namespace: "openshift-etcd", kind: kinds::ETCD },
    Component { pod: "kube-apiserver", namespace: "openshift-kube-apiserver", kind: kinds::KUBE_API_SERVER },
    Component {
        pod: "kube-controller-manager",
        namespace: "openshift-kube-controller-manager",
        kind: kinds::KUBE_CONTROLLER_MANAGER,
    },
    Component { pod: "kube-scheduler", namespace: "openshift-kube-scheduler", kind: kinds::KUBE_SCHEDULER },
];

/// Starts the operators of etcd, API server, controller manager and scheduler, and of their guard pods.
pub fn spawn(cluster: &Cluster, hosts: &hosts::Cluster) {
    for component in COMPONENTS {
        let name = format!("{}-operator", component.pod);
        let hosts = hosts.clone();
        cluster.spawn(&name, move |actor| operator::live(actor, component.clone(), hosts.clone()));
    }
    cluster.spawn("guard-controller", guards::live);
}
