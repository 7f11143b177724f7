//! Which actors live in a cluster on hosts.

use super::certificates::Certificates;
use crate::actors::{
    Cluster, certificates, defaults, garbage, kubelet, machine_api, namespaces, network, on_hosts,
    static_pods, workloads,
};
use crate::apiserver::ClientError;
use crate::containers::Containers;
use crate::hosts;
use crate::scenario::HostsPlan;

/// What the actors of a cluster need each time that they come to live.
pub(super) struct Inhabitants {
    plan: HostsPlan,
    certificates: Certificates,
    /// What runs in pods goes on while the API does not answer.
    containers: Containers,
}

impl Inhabitants {
    /// Those of a cluster of this plan.
    pub(super) fn new(plan: HostsPlan, certificates: Certificates) -> Self {
        Self { plan, certificates, containers: Containers::new() }
    }

    /// Starts everybody in `cluster`, whose API the hosts serve.
    ///
    /// Errors: kubelets without a certificate have no way to the API.
    pub(super) fn inhabit(&self, cluster: &Cluster, hosts: &hosts::Cluster) -> Result<(), ClientError> {
        let hosts = &hosts.for_inhabitants();
        let bootstrap = hosts.client(&certificates::bootstrapper())?;
        cluster.spawn("namespace-defaults", defaults::live);
        cluster.spawn("namespace-controller", namespaces::live);
        cluster.spawn("garbage-collector", |actor| garbage::among(actor, garbage::WORKLOADS));
        workloads::spawn(cluster);
        self.certificates.inhabit(cluster, hosts);
        let (reached, credentials) = (hosts.for_inhabitants(), self.certificates.credentials.clone());
        let answers = {
            let credentials = credentials.clone();
            move |node: &str| reached.host(node).is_some_and(|host| credentials.speaks(&host))
        };
        kubelet::spawn_on(cluster, &self.containers, network::images(hosts), answers);
        on_hosts::spawn(cluster, hosts, &credentials, &bootstrap);
        inhabit(cluster, hosts, &self.plan);
        Ok(())
    }
}

/// Starts those who deal with the hosts: the place to add another.
fn inhabit(cluster: &Cluster, hosts: &hosts::Cluster, plan: &HostsPlan) {
    static_pods::spawn(cluster, hosts);
    network::spawn(cluster, hosts);
    machine_api::spawn(cluster, hosts, plan.machines);
}
