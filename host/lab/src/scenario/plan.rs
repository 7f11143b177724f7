//! One hosted cluster of a scenario: its names, its size, and what its specification asks for.

use serde::{Deserialize, Serialize};

use crate::actors::names;

/// How many copies of each control plane component run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Availability {
    /// Three of everything.
    #[default]
    HighlyAvailable,
    /// One of everything.
    SingleReplica,
}

/// From where the hosted cluster's API can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum EndpointAccess {
    /// From everywhere, by a public name that external-dns keeps.
    #[default]
    Public,
    /// From everywhere, and through a private link.
    PublicAndPrivate,
    /// Through a private link only; external-dns has no part in it.
    Private,
}

/// A `NodePool` of a hosted cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodePoolPlan {
    /// Its name.
    pub name: String,
    /// How many nodes it has; with `autoscaling` the smallest number.
    pub replicas: u32,
    /// The largest number of nodes, if it scales by itself.
    #[serde(default)]
    pub autoscaling: Option<u32>,
}

impl NodePoolPlan {
    /// A pool of a fixed size.
    #[must_use]
    pub fn new(name: &str, replicas: u32) -> Self {
        Self { name: name.to_owned(), replicas, autoscaling: None }
    }
}

/// A hosted cluster of a scenario.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HostedClusterPlan {
    /// The namespace of the `HostedCluster`.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its release, such as `4.20.3`.
    pub release: String,
    /// How many copies of each control plane component run.
    pub availability: Availability,
    /// Its node pools.
    pub node_pools: Vec<NodePoolPlan>,
    /// From where its API can be reached.
    pub endpoint_access: EndpointAccess,
    /// Whether `spec.services` gives the API server a host name of its own; without one, it cannot move (H2).
    pub fixed_hostname: bool,
    /// The name of the pull secret.
    pub pull_secret: String,
    /// The name of the SSH key's secret.
    pub ssh_key: String,
    /// The name of the secret with the etcd encryption key, if etcd is encrypted.
    pub etcd_encryption: Option<String>,
    /// The name of the configmap with the additional trust bundle, if there is one.
    pub trust_bundle: Option<String>,
    /// The name of the configmap with the node pools' machine configuration, if there is one.
    pub node_pool_config: Option<String>,
}

impl Default for HostedClusterPlan {
    fn default() -> Self {
        Self {
            namespace: "clusters".to_owned(),
            name: "demo".to_owned(),
            release: "4.20.3".to_owned(),
            availability: Availability::HighlyAvailable,
            node_pools: vec![NodePoolPlan::new("demo-a", 2), NodePoolPlan::new("demo-workers", 1)],
            endpoint_access: EndpointAccess::Public,
            fixed_hostname: true,
            pull_secret: "pull-secret".to_owned(),
            ssh_key: "ssh-key".to_owned(),
            etcd_encryption: Some("etcd-key".to_owned()),
            trust_bundle: Some("corporate-ca".to_owned()),
            node_pool_config: Some("worker-tuning".to_owned()),
        }
    }
}

impl HostedClusterPlan {
    /// A small hosted cluster beside the default one, whose name begins with that one's name.
    #[must_use]
    pub fn neighbour() -> Self {
        Self {
            name: "demo-2".to_owned(),
            availability: Availability::SingleReplica,
            node_pools: vec![NodePoolPlan::new("demo-2-a", 1)],
            pull_secret: "demo-2-pull-secret".to_owned(),
            ssh_key: "demo-2-ssh-key".to_owned(),
            etcd_encryption: Some("demo-2-etcd-key".to_owned()),
            trust_bundle: None,
            node_pool_config: None,
            ..Self::default()
        }
    }

    /// The namespace of its control plane.
    #[must_use]
    pub fn control_plane_namespace(&self) -> String {
        names::control_plane_namespace(&self.namespace, &self.name)
    }

    /// The nodes of all its pools together.
    #[must_use]
    pub fn replicas(&self) -> u32 {
        self.node_pools.iter().map(|pool| pool.replicas).sum()
    }

    /// The name that its API answers to in `domain`.
    #[must_use]
    pub fn api_hostname(&self, domain: &str) -> String {
        format!("api-{}.{domain}", self.name)
    }

    /// Refuses names that the API server would refuse later.
    pub(super) fn check(&self) -> Result<(), String> {
        let is_label = |text: &str| {
            let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            !text.is_empty()
                && text.len() <= 63
                && text.chars().all(inner)
                && !text.starts_with('-')
                && !text.ends_with('-')
        };
        if !is_label(&self.namespace) {
            return Err(format!("hosted_cluster.namespace `{}` is not a namespace name", self.namespace));
        }
        if !self.name.split('.').all(is_label) {
            return Err(format!("hosted_cluster.name `{}` is not an object name", self.name));
        }
        let Some(bad) = self.node_pools.iter().find(|pool| !is_label(&pool.name)) else { return Ok(()) };
        Err(format!("node pool name `{}` is not an object name", bad.name))
    }
}
