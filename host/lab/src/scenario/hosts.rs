//! A cluster that stands alone on hosts of its own, which SSH reaches: its release, its size, what is lost.

use serde::{Deserialize, Serialize};

use crate::hosts::Version;

/// What befalls the cluster after its backup was taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disaster {
    /// Every host is up; somebody deleted what mattered.
    #[default]
    DataDeleted,
    /// The most of the hosts are gone for good, and the quorum of etcd with them.
    QuorumLost,
}

/// The network of the pods.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PodNetwork {
    /// OVN-Kubernetes: databases on the masters before 4.14, one of each node after.
    #[default]
    Ovn,
    /// `OpenShift` SDN, which has no databases.
    Sdn,
}

/// A cluster that stands alone on hosts of its own.
///
/// ```
/// let text = r#"{"hosts": {"release": "4.12", "workers": 2, "disaster": "quorum_lost"}}"#;
/// let plan = drsh_lab::scenario::Scenario::from_json(text).unwrap().hosts.unwrap();
/// assert_eq!((plan.control_plane, plan.workers), (3, 2));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HostsPlan {
    /// The release that it is like: `4.12`, `4.14` or `4.18`.
    pub release: Version,
    /// How many control plane hosts it has.
    pub control_plane: u8,
    /// How many workers it has.
    pub workers: u8,
    /// keepalived holds the addresses of the API and of the routes.
    pub vips: bool,
    /// The hosts reach the outside through a proxy only.
    pub proxy: bool,
    /// The network of the pods.
    pub network: PodNetwork,
    /// The Machine API makes its hosts.
    pub machines: bool,
    /// What befalls it.
    pub disaster: Disaster,
}

impl Default for HostsPlan {
    fn default() -> Self {
        Self {
            release: Version::V4_18,
            control_plane: 3,
            workers: 2,
            vips: false,
            proxy: false,
            network: PodNetwork::Ovn,
            machines: true,
            disaster: Disaster::DataDeleted,
        }
    }
}

impl HostsPlan {
    /// Refuses a cluster that cannot be.
    pub(super) fn check(&self) -> Result<(), String> {
        if !matches!(self.control_plane, 1 | 3 | 5) || self.workers > 100 {
            return Err("hosts: 1, 3 or 5 control plane hosts and at most 100 workers".to_owned());
        }
        if self.disaster == Disaster::QuorumLost && self.control_plane == 1 {
            return Err("hosts: a single host that is gone takes all with it".to_owned());
        }
        Ok(())
    }
}
