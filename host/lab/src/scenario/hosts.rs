//! A cluster that stands alone on hosts of its own, which SSH reaches.

use serde::{Deserialize, Serialize};

use super::StorageFault;
use crate::hosts::{Network, Version};

/// A cluster that stands alone on hosts of its own.
///
/// ```
/// let text = r#"{"hosts": {"release": "4.12", "vips": true}}"#;
/// let plan = drsh_lab::scenario::Scenario::from_json(text).unwrap().hosts.unwrap();
/// assert_eq!((plan.control_plane, plan.proxy), (3, false));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(clippy::struct_excessive_bools, reason = "each is a word of its own in a scenario's file")]
pub struct HostsPlan {
    /// The release that it is like: `4.12`, `4.14` or `4.18`.
    pub release: Version,
    /// How many control plane hosts it has.
    pub control_plane: u8,
    /// How many workers it has.
    pub workers: u8,
    /// Its network.
    pub network: Network,
    /// It has the Machine API, on a platform whose hosts that makes and ends.
    pub machines: bool,
    /// An admission webhook that nobody answers for refuses new pods.
    pub failing_webhook: bool,
    /// What is restored does not accept the certificates of the kubelets on the other hosts: they are newer than the
    /// backup. Strangers ask for certificates then, too.
    pub stale_certificates: bool,
    /// keepalived holds the addresses of the API and of the routes.
    pub vips: bool,
    /// The hosts reach the outside through a proxy only, which asks for a password.
    pub proxy: bool,
    /// It has persistent storage, with these faults; none of it if absent.
    pub storage: Option<Vec<StorageFault>>,
    /// What befalls it once there is a backup.
    pub disaster: Disaster,
}

/// What befalls a cluster on hosts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disaster {
    /// Nothing.
    #[default]
    None,
    /// Somebody deletes a namespace, and work goes on after that.
    DataDeleted,
    /// The same, and then a majority of the control plane hosts is lost for good.
    QuorumLost,
}

impl Default for HostsPlan {
    fn default() -> Self {
        Self {
            release: Version::V4_18,
            control_plane: 3,
            workers: 2,
            network: Network::OvnKubernetes,
            machines: true,
            failing_webhook: false,
            stale_certificates: false,
            vips: false,
            proxy: false,
            disaster: Disaster::None,
            storage: None,
        }
    }
}

impl HostsPlan {
    /// Refuses a cluster that cannot be.
    pub(super) fn check(&self) -> Result<(), String> {
        const MOST_WORKERS: u8 = 20;
        if !matches!(self.control_plane, 1 | 3 | 5) {
            return Err(format!(
                "hosts: control_plane is {}, and a cluster has 1, 3 or 5",
                self.control_plane
            ));
        }
        if self.storage.is_some() && self.workers < 2 {
            return Err(format!("hosts: workers is {}, and storage needs 2 to move between", self.workers));
        }
        if self.workers > MOST_WORKERS {
            return Err(format!("hosts: workers is {}, and at most {MOST_WORKERS} fit", self.workers));
        }
        if self.disaster == Disaster::QuorumLost && self.control_plane == 1 {
            return Err("hosts: disaster is quorum_lost, and the only host cannot be lost".to_owned());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_of_two_hosts_is_refused_with_the_number() {
        let plan = HostsPlan { control_plane: 2, ..HostsPlan::default() };
        assert_eq!(plan.check().unwrap_err(), "hosts: control_plane is 2, and a cluster has 1, 3 or 5");
        assert!(HostsPlan::default().check().is_ok());
        let plan = HostsPlan { workers: 1, storage: Some(Vec::new()), ..HostsPlan::default() };
        assert_eq!(plan.check().unwrap_err(), "hosts: workers is 1, and storage needs 2 to move between");
    }
}
