//! Which actors live in a cluster on hosts.

use crate::actors::{Cluster, defaults, garbage, kubelet, namespaces, on_hosts, static_pods, workloads};
use crate::containers::Containers;
use crate::hosts;
use crate::scenario::HostsPlan;

/// What the actors of a cluster need each time that they come to live.
pub(super) struct Inhabitants {
    plan: HostsPlan,
    /// What runs in pods goes on while the API does not answer.
    containers: Containers,
}

impl Inhabitants {
    /// Those of a cluster of this plan.
    pub(super) fn new(plan: HostsPlan) -> Self {
        Self { plan, containers: Containers::new() }
    }

    /// Starts everybody in `cluster`, whose API the hosts serve.
    pub(super) fn inhabit(&self, cluster: &Cluster, hosts: &hosts::Cluster) {
        cluster.spawn("namespace-defaults", defaults::live);
        cluster.spawn("namespace-controller", namespaces::live);
        cluster.spawn("garbage-collector", |actor| garbage::among(actor, garbage::WORKLOADS));
        workloads::spawn(cluster);
        kubelet::spawn(cluster, &self.containers, Vec::new());
        inhabit(cluster, hosts, &self.plan);
    }
}

/// Starts those who deal with the hosts: the place to add another.
fn inhabit(cluster: &Cluster, hosts: &hosts::Cluster, _plan: &HostsPlan) {
    on_hosts::spawn(cluster, hosts);
    static_pods::spawn(cluster, hosts);
}
