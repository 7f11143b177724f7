//! Which actors live in a cluster on hosts.

use crate::actors::{
    Cluster, defaults, garbage, kubelet, machine_api, namespaces, network, on_hosts, static_pods, workloads,
};
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
        let hosts = &hosts.for_inhabitants();
        cluster.spawn("namespace-defaults", defaults::live);
        cluster.spawn("namespace-controller", namespaces::live);
        cluster.spawn("garbage-collector", |actor| garbage::among(actor, garbage::WORKLOADS));
        workloads::spawn(cluster);
        let reached = hosts.for_inhabitants();
        let answers = move |node: &str| {
            reached.host(node).is_some_and(|host| host.is_on() && host.kubelet().is_active())
        };
        kubelet::spawn_on(cluster, &self.containers, network::images(hosts), answers);
        inhabit(cluster, hosts, &self.plan);
    }
}

/// Starts those who deal with the hosts: the place to add another.
fn inhabit(cluster: &Cluster, hosts: &hosts::Cluster, plan: &HostsPlan) {
    on_hosts::spawn(cluster, hosts);
    static_pods::spawn(cluster, hosts);
    network::spawn(cluster, hosts);
    machine_api::spawn(cluster, hosts, plan.machines);
}
