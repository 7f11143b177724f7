//! How the network is: what its pods and its databases on the hosts make of it.

use std::net::Ipv4Addr;
use std::sync::Arc;

use jiff::Timestamp;
use kube::api::DynamicObject;

use super::objects::named;
use super::{MASTER, NAMESPACE, NODE, is_per_node};
use crate::actors::object::{condition, is_dying, label, name, text, uid};
use crate::hosts::{self, Host, Version};

/// What the operator looks at.
pub(super) struct View {
    /// The hosts.
    pub(super) hosts: hosts::Cluster,
    /// The nodes that the API knows.
    pub(super) nodes: Vec<Arc<DynamicObject>>,
    /// The pods of OVN-Kubernetes.
    pub(super) pods: Vec<Arc<DynamicObject>>,
    /// The etcd cluster that the API answers from.
    pub(super) cluster: u64,
    /// When the cluster was last restored, if it ever was.
    pub(super) restored: Option<Timestamp>,
}

/// The services that a node's databases and bridges depend on.
const SERVICES: [&str; 2] = ["ovs-vswitchd", "ovsdb-server"];

impl View {
    /// What is broken and stays so until somebody repairs it, in the operator's words.
    pub(super) fn troubles(&self) -> Vec<String> {
        let version = self.hosts.setup().version;
        // From 4.18 on, OVN finds out by itself that the API was restored.
        if version >= Version::V4_18 {
            return Vec::new();
        }
        let mut found: Vec<String> = self.living().iter().flat_map(|host| self.stale(host)).collect();
        if is_per_node(version) {
            found.extend(self.living().iter().filter_map(|host| self.unstarted(host)));
        } else {
            found.extend(self.leaderless());
            found.extend(self.behind());
        }
        found
    }

    /// How many pods of `app` are not ready on the nodes that answer, and how many of these have none.
    pub(super) fn awaited(&self, app: &str) -> usize {
        let has = |host: &&Host| self.ready(app).iter().any(|pod| text(pod, "/spec/nodeName") == host.name());
        let living = self.living();
        let concerned =
            living.iter().filter(|host| app != MASTER || host.role() == hosts::Role::ControlPlane);
        concerned.filter(|host| !has(host)).count()
    }

    /// The hosts that are on and whose nodes the API knows.
    fn living(&self) -> Vec<Host> {
        let is_known = |host: &Host| self.nodes.iter().any(|node| name(node) == host.name());
        self.hosts.hosts().into_iter().filter(|host| host.is_on() && is_known(host)).collect()
    }

    fn ready(&self, app: &str) -> Vec<&Arc<DynamicObject>> {
        let fits = |pod: &&Arc<DynamicObject>| {
            label(pod, "app") == Some(app) && !is_dying(pod) && condition(pod, "Ready") == "True"
        };
        self.pods.iter().filter(fits).collect()
    }

    /// What is wrong with the databases on a host.
    fn stale(&self, host: &Host) -> Vec<String> {
        let host_name = host.name();
        let wrong = |database: hosts::OvnDatabase| match database.made {
            Some((cluster, _)) if cluster == self.cluster => None,
            Some(_) => Some(format!(
                "node {host_name}: {} was made before the cluster was restored, and contradicts what the API says",
                database.path
            )),
            None => {
                Some(format!("node {host_name}: {} is not there: no pod has made it anew", database.path))
            }
        };
        host.ovn_databases().into_iter().filter_map(wrong).collect()
    }

    /// The service of a host that still works on what it knew before the restore.
    fn unstarted(&self, host: &Host) -> Option<String> {
        let restored = self.restored?;
        let is_old = |unit: &&&str| host.units().started(unit).is_none_or(|started| started < restored);
        let unit = SERVICES.iter().find(is_old)?;
        Some(format!("node {}: {unit} has not been restarted since the cluster was restored", host.name()))
    }

    /// The masters that find no leader: too few of those that their arguments name are there.
    fn leaderless(&self) -> Option<String> {
        let living = self.living();
        let ready = self.ready(MASTER);
        let answers = |ip: &&Ipv4Addr| {
            living.iter().any(|host| {
                host.ip() == **ip && ready.iter().any(|pod| text(pod, "/spec/nodeName") == host.name())
            })
        };
        let mut on_living =
            ready.iter().filter(|pod| living.iter().any(|host| host.name() == text(pod, "/spec/nodeName")));
        on_living.find_map(|pod| {
            let all = named(&pod.data["spec"]);
            let here = all.iter().filter(answers).count();
            (here < all.len() / 2 + 1).then(|| {
                format!(
                    "pod {NAMESPACE}/{}: the databases have no leader: {here} of {} members answer",
                    name(pod),
                    all.len()
                )
            })
        })
    }

    /// The nodes' pods that began before the databases were made anew, and still follow the old ones.
    fn behind(&self) -> Vec<String> {
        let databases = self.living().into_iter().flat_map(|host| host.ovn_databases());
        let made = databases.filter_map(|database| database.made);
        let Some(since) = made.filter(|(cluster, _)| *cluster == self.cluster).map(|(_, at)| at).min() else {
            return Vec::new();
        };
        let is_behind = |pod: &&&Arc<DynamicObject>| {
            let host = self.hosts.host(text(pod, "/spec/nodeName")).filter(Host::is_on);
            let containers = host.map(|host| host.pods().containers()).unwrap_or_default();
            containers.iter().any(|one| one.pod_uid == uid(pod) && one.created < since)
        };
        let ready = self.ready(NODE);
        let old = ready.iter().filter(is_behind);
        old.map(|pod| {
            let pod = name(pod);
            format!("pod {NAMESPACE}/{pod}: it follows a database that is no more, and must begin anew")
        })
        .collect()
    }
}
