//! A cluster that stands alone on hosts of its own: SSH, static pods, etcd, and what befalls them.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{Access, LabError, START_SPEED, files};
use crate::clock::Clock;
use crate::hosts::{self, HostDescription, Setup, Vips};
use crate::scenario::{Disaster, HostsPlan, Scenario};

/// The addresses that keepalived holds, where it runs.
const VIPS: Vips =
    Vips { api: std::net::Ipv4Addr::new(10, 0, 0, 5), ingress: std::net::Ipv4Addr::new(10, 0, 0, 7) };

/// What a client of the cluster has to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OnHostsDescription {
    /// The folder with all files.
    pub folder: PathBuf,
    /// How the cluster is reached.
    pub cluster: Access,
    /// The control plane hosts.
    pub hosts: Vec<HostDescription>,
}

/// A running cluster with its hosts. Its ports end when it is dropped.
pub struct OnHosts {
    plan: HostsPlan,
    hosts: hosts::Cluster,
    description: OnHostsDescription,
}

impl OnHosts {
    /// Brings the cluster of `scenario` up, with its files in `folder`.
    pub async fn start(scenario: Scenario, folder: &Path) -> Result<Self, LabError> {
        scenario.check().map_err(LabError::Scenario)?;
        files::make_folder(folder)?;
        let plan = scenario.hosts.clone().unwrap_or_default();
        let clock = Clock::new(START_SPEED.max(scenario.speed), scenario.seed);
        let setup = Setup {
            hosts: plan.control_plane,
            vips: plan.vips.then_some(VIPS),
            padding: scenario.snapshot_padding,
            ..Setup::new(plan.release, folder, clock.clone())
        };
        let hosts = hosts::Cluster::start(setup).await?;
        let known = hosts.description();
        let description = OnHostsDescription {
            folder: folder.to_owned(),
            cluster: Access { name: known.name.clone(), kubeconfig: known.kubeconfig.clone() },
            hosts: known.hosts.clone(),
        };
        clock.set_speed(scenario.speed);
        Ok(Self { plan, hosts, description })
    }

    /// What clients need to know to work with this cluster.
    #[must_use]
    pub fn description(&self) -> &OnHostsDescription {
        &self.description
    }

    /// The plan that is played.
    #[must_use]
    pub fn plan(&self) -> &HostsPlan {
        &self.plan
    }

    /// Its hosts, with the API that they serve.
    #[must_use]
    pub fn hosts(&self) -> &hosts::Cluster {
        &self.hosts
    }

    /// Lets befall the cluster what its plan says. Returns the names of the hosts that are lost.
    #[must_use]
    pub fn strike(&self) -> Vec<String> {
        match self.plan.disaster {
            Disaster::DataDeleted => Vec::new(),
            Disaster::QuorumLost => {
                let lost = usize::from(self.plan.control_plane / 2) + 1;
                let all = self.hosts.hosts();
                let gone = &all[all.len() - lost..];
                gone.iter().for_each(hosts::Host::turn_off);
                gone.iter().map(|host| host.name().to_owned()).collect()
            }
        }
    }
}
