//! A cluster that stands alone on hosts of its own: SSH, static pods, etcd, the API that they serve, and who lives in it.

mod certificates;
pub mod content;
mod inhabitants;
mod life;
mod rest;
mod storage;
mod truth;
mod webhook;

use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::json;

use self::certificates::Certificates;
use self::inhabitants::Inhabitants;
use self::life::Life;
pub use self::truth::Verdict;
use super::standalone::Forged;
use super::{Access, LabError, START_SPEED, files, filling};
use crate::actors;
use crate::clock::Clock;
use crate::faults::Schedule;
use crate::hosts::{self, HostDescription, Setup, Vips};
use crate::scenario::{HostsPlan, Scenario, StorageFault};

/// The addresses that keepalived holds, where it runs.
const VIPS: Vips =
    Vips { api: std::net::Ipv4Addr::new(10, 0, 0, 5), ingress: std::net::Ipv4Addr::new(10, 0, 0, 7) };

/// The proxy of a cluster that has one. Its password must be seen nowhere.
pub const PROXY: &str = "http://cluster:proxy-password-canary@proxy.lab:3128";

/// What a client of the cluster has to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OnHostsDescription {
    /// The folder with all files.
    pub folder: PathBuf,
    /// How the cluster is reached.
    pub cluster: Access,
    /// The hosts that it began with.
    pub hosts: Vec<HostDescription>,
}

/// A running cluster with its hosts. Its ports end when it is dropped.
pub struct OnHosts {
    plan: HostsPlan,
    faults: Schedule,
    certificates: Certificates,
    life: Life,
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
            workers: plan.workers,
            network: plan.network,
            vips: plan.vips.then_some(VIPS),
            proxy: plan.proxy.then(|| PROXY.to_owned()),
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
        if plan.proxy {
            put_behind_proxy(&hosts)?;
        }
        let certificates = Certificates::new(&plan);
        let inhabitants = Inhabitants::new(plan.clone(), certificates.clone());
        let life = Life::begin(hosts.clone(), inhabitants);
        if let Some(actors) = life.inhabited().await {
            filling::create(&actors, content::workload()).await?;
            filling::create(&actors, content::operators()).await?;
            filling::create(&actors, certificates::furnishing(&plan)).await?;
            rest::wait(&actors).await?;
        }
        if plan.failing_webhook {
            webhook::stand_in_the_way(&hosts).map_err(|status| LabError::Filling(status.message))?;
        }
        // After that: with faults in its storage, the cluster would never be at rest.
        if let Some(faults) = &plan.storage {
            storage::furnish(&hosts, faults)?;
        }
        clock.set_speed(scenario.speed);
        Ok(Self { plan, faults: scenario.faults, certificates, life, hosts, description })
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

    /// The faults that are to strike while somebody practises.
    #[must_use]
    pub fn faults(&self) -> &Schedule {
        &self.faults
    }

    /// The faults of its storage, each with the objects that show it, such as `PersistentVolume pvc-gone`.
    #[must_use]
    pub fn storage_faults(&self) -> Vec<(StorageFault, &'static [&'static str])> {
        let planted = self.plan.storage.iter().flatten();
        planted.map(|fault| (*fault, storage::shown_by(*fault))).collect()
    }

    /// The requests of strangers, which none may approve.
    #[must_use]
    pub fn forged(&self) -> Vec<Forged> {
        self.certificates.forged()
    }

    /// The actors that live in its API at the moment: none while that does not answer.
    #[must_use]
    pub fn actors(&self) -> Option<actors::Cluster> {
        self.life.actors()
    }

    /// Waits until the API answers from one etcd cluster and actors live in it; none if the lab ends before.
    pub async fn inhabited(&self) -> Option<actors::Cluster> {
        self.life.inhabited().await
    }

    /// Its hosts, with the API that they serve.
    #[must_use]
    pub fn hosts(&self) -> &hosts::Cluster {
        &self.hosts
    }
}

/// Cuts the hosts off from the outside but for a proxy, which the cluster's object names with its password.
fn put_behind_proxy(hosts: &hosts::Cluster) -> Result<(), LabError> {
    let way = json!({"httpProxy": PROXY, "httpsProxy": PROXY, "noProxy": ".cluster.local,.svc,10.0.0.0/16"});
    for (_, store) in hosts.serving() {
        let proxy = json!({
            "apiVersion": "config.openshift.io/v1", "kind": "Proxy", "metadata": {"name": "cluster"},
            "spec": way, "status": way,
        });
        store
            .create("proxies.config.openshift.io", "", proxy)
            .map_err(|status| LabError::Filling(status.message))?;
    }
    hosts.setup().faults.switch_on("podman: needs a proxy");
    Ok(())
}
