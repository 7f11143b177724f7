//! A whole world to practise in: two management clusters, hosted clusters, S3, Route53, DNS, workers.
//! Nothing in it is laid out by hand for those who practise: its actors bring it about.

mod content;
mod description;
mod doors;
mod files;
mod filling;
mod furniture;
mod judge;
mod management;
mod moved;
pub mod on_hosts;
mod settle;
pub mod standalone;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

pub use self::description::{Access, Aws, Description, HostedCluster};
pub use self::judge::Overlap;
pub use self::management::Management;
pub use self::moved::Moved;
pub use self::on_hosts::OnHosts;
pub use self::standalone::Standalone;
use crate::actors::gitops;
use crate::actors::hosted_api::HostedApis;
use crate::actors::workers::Workers;
use crate::apiserver::authority::AuthorityError;
use crate::aws::route53::{Route53Server, Zone, ZoneClient};
use crate::aws::s3::S3Server;
use crate::aws::{Credentials, Keyring};
use crate::clock::Clock;
use crate::cloud::Cloud;
use crate::dns::{Balancers, Proxy, Resolver};
use crate::faults::Faults;
use crate::ground::{self, Circumstances, Ground, GroundError, OwnGround};
use crate::log::WorldLog;
use crate::scenario::{HostedClusterPlan, Scenario, objects};

/// How much faster than life a lab comes up.
const START_SPEED: f64 = 500.0;
/// How long a lab may take to come up.
const START_LIMIT: Duration = Duration::from_mins(5);

/// The id of the zone that the private names of hosted clusters live in.
const PRIVATE_ZONE_ID: &str = "ZLABPRIVATE";

/// Why there is no lab.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// The scenario cannot be played.
    #[error("{0}")]
    Scenario(String),
    /// A port, a folder or a file was refused.
    #[error("cannot start the lab: {0}")]
    Io(#[from] std::io::Error),
    /// A certificate could not be made.
    #[error(transparent)]
    Certificate(#[from] AuthorityError),
    /// What the world stands on did not come up.
    #[error("cannot start the lab: {0}")]
    Ground(#[from] GroundError),
    /// A server of the lab refused what the lab is filled with.
    #[error("cannot fill the lab: {0}")]
    Filling(String),
    /// The hosts of a cluster did not come up.
    #[error("cannot start the lab: {0}")]
    Hosts(#[from] crate::hosts::ClusterError),
    /// The world did not come to rest in time.
    #[error("the lab did not come up within {limit:?}: {lacking}")]
    Unsettled {
        /// How long it was waited for.
        limit: Duration,
        /// What was not as it should be at the end.
        lacking: String,
    },
}

/// A running world. Its clusters, ports and actors end with [`Lab::stop`] or when it is dropped.
pub struct Lab {
    scenario: Scenario,
    folder: PathBuf,
    clock: Clock,
    faults: Faults,
    log: WorldLog,
    cloud: Cloud,
    hosted: HostedApis,
    source: Management,
    destination: Management,
    outside: ground::Cloud,
    proxy: Proxy,
    /// Where the workers resolve names, with a cache as nodes have it.
    worker_proxy: Proxy,
    workers: Workers,
    description: Description,
}

/// What every part of a world is made with.
struct Setting {
    around: Circumstances,
    cloud: Cloud,
    hosted: HostedApis,
    balancers: Balancers,
    records: ZoneClient,
    private_zone: Zone,
}

impl Lab {
    /// Brings up the world of `scenario` on the lab's own ground, with its files (kubeconfigs, credentials, CA)
    /// in `folder`.
    ///
    /// `folder` is made if it is absent, readable by its owner alone. The world comes up as fast as it
    /// can, and goes on at the scenario's speed.
    pub async fn start(scenario: Scenario, folder: &Path) -> Result<Self, LabError> {
        scenario.check().map_err(LabError::Scenario)?;
        files::make_folder(folder)?;
        let s3_folder = folder.join("s3");
        files::make_folder(&s3_folder)?;
        let credentials = Credentials::lasting("AKIALABLABLABLABLAB1", &files::secret_key(&scenario));
        Self::start_on(&OwnGround { s3_folder, credentials }, scenario, folder).await
    }

    /// Does as [`Lab::start`], on another ground.
    pub async fn start_on(ground: &dyn Ground, scenario: Scenario, folder: &Path) -> Result<Self, LabError> {
        scenario.check().map_err(LabError::Scenario)?;
        files::make_folder(folder)?;
        let clock = Clock::new(START_SPEED.max(scenario.speed), scenario.seed);
        let around = Circumstances {
            scenario: Arc::new(scenario.clone()),
            clock: clock.clone(),
            faults: Faults::default(),
            log: WorldLog::default(),
        };
        let (faults, log) = (around.faults.clone(), around.log.clone());
        let private_zone = Zone::private(PRIVATE_ZONE_ID, "hypershift.local");
        let outside = ground.cloud(&around, &private_zone).await?;
        let (source, destination) = tokio::try_join!(
            ground.management("source", &around, &outside),
            ground.management("destination", &around, &outside)
        )?;
        let balancers = Balancers::default();
        let resolver = Resolver::new(vec![outside.zone.clone(), private_zone.clone()], balancers.clone());
        let worker_proxy = Proxy::start(resolver.caching(clock.clone())).await?;
        let proxy = Proxy::start(resolver).await?;
        let records = ZoneClient::new(
            &outside.route53_endpoint,
            outside.authority.pem(),
            &outside.credentials,
            outside.zone.id(),
        );
        let setting = Setting {
            around,
            cloud: Cloud::new(&scenario.region, log.clone()),
            hosted: HostedApis::default(),
            balancers,
            records: records.map_err(GroundError::of)?,
            private_zone,
        };
        let (source, destination) = tokio::try_join!(
            Management::start("source", &setting, source),
            Management::start("destination", &setting, destination)
        )?;
        let Setting { cloud, hosted, .. } = setting;
        let workers = Workers::start(&cloud, &hosted, &worker_proxy.url(), &clock, &log);
        let description = Description::new(&scenario, folder, &outside, &proxy);
        let lab = Self {
            scenario,
            folder: folder.to_owned(),
            clock,
            faults,
            log,
            cloud,
            hosted,
            source,
            destination,
            outside,
            proxy,
            worker_proxy,
            workers,
            description,
        };
        lab.fill().await?;
        lab.write_files()?;
        lab.clock.set_speed(lab.scenario.speed);
        Ok(lab)
    }

    /// Creates what a user would, and waits until the actors have done their part.
    async fn fill(&self) -> Result<(), LabError> {
        let on_source: Vec<_> =
            std::iter::once(&self.scenario.hosted_cluster).chain(&self.scenario.neighbours).collect();
        let taken = self.scenario.taken_on_destination.then_some(&self.scenario.hosted_cluster);
        let on_destination: Vec<_> = self.scenario.destination_neighbours.iter().chain(taken).collect();
        for (management, plans) in [(&self.source, &on_source), (&self.destination, &on_destination)] {
            for plan in plans {
                let scenario = Scenario { domain: self.domain_of(management, plan), ..self.scenario.clone() };
                management.create(objects::of(plan, &scenario, management.name())).await?;
            }
        }
        for (management, plans) in [(&self.source, on_source), (&self.destination, on_destination)] {
            for plan in plans {
                self.settled(management, plan, START_LIMIT).await?;
            }
        }
        if self.scenario.gitops {
            let objects = objects::of(&self.scenario.hosted_cluster, &self.scenario, self.source.name());
            gitops::start(self.source.cluster(), objects);
        }
        self.source.create(content::of_control_plane(&self.scenario)).await?;
        let plan = &self.scenario.hosted_cluster;
        if let Some(hosted) = self.hosted.cluster(self.source.name(), &plan.control_plane_namespace()) {
            filling::create(&hosted, content::of_hosted(self.scenario.secrets)).await?;
        }
        Ok(())
    }

    /// The domain of the names of `plan` on `management`: a namesake on the destination has one of its own.
    fn domain_of(&self, management: &Management, plan: &HostedClusterPlan) -> String {
        let domain = &self.scenario.domain;
        let is_namesake = management.name() != self.source.name() && plan == self.plan();
        if is_namesake && self.scenario.taken_on_destination {
            format!("two.{domain}")
        } else {
            domain.clone()
        }
    }

    /// What clients need to know to work with this lab.
    #[must_use]
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// The scenario that is played.
    #[must_use]
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// The plan of the hosted cluster that the practice is about.
    #[must_use]
    pub fn plan(&self) -> &HostedClusterPlan {
        &self.scenario.hosted_cluster
    }

    /// The folder with the files that [`Lab::description`] names.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The clock, to change the speed.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The faults, to switch them.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// What the actors did.
    #[must_use]
    pub fn log(&self) -> &WorldLog {
        &self.log
    }

    /// The instances.
    #[must_use]
    pub fn cloud(&self) -> &Cloud {
        &self.cloud
    }

    /// The S3 server, where it is the lab's own.
    #[must_use]
    pub fn s3(&self) -> Option<&S3Server> {
        self.outside.own.as_ref().map(|own| &own.s3)
    }

    /// The Route53 server, where it is the lab's own.
    #[must_use]
    pub fn route53(&self) -> Option<&Route53Server> {
        self.outside.own.as_ref().map(|own| &own.route53)
    }

    /// The zone of the hosted clusters.
    #[must_use]
    pub fn zone(&self) -> &Zone {
        &self.outside.zone
    }

    /// The source management cluster.
    #[must_use]
    pub fn source(&self) -> &Management {
        &self.source
    }

    /// The destination management cluster.
    #[must_use]
    pub fn destination(&self) -> &Management {
        &self.destination
    }

    /// The APIs of the hosted clusters.
    #[must_use]
    pub fn hosted(&self) -> &HostedApis {
        &self.hosted
    }

    /// The proxy through which a hosted API is reached by its name.
    #[must_use]
    pub fn proxy(&self) -> &Proxy {
        &self.proxy
    }

    /// The credentials that S3 and Route53 know, to add some or to take them away, where they are the lab's own.
    #[must_use]
    pub fn keyring(&self) -> Option<&Keyring> {
        self.outside.own.as_ref().map(|own| &own.keyring)
    }

    /// The source management cluster is lost: its API, its actors and the control planes on it are gone.
    pub async fn lose_source(&self) {
        self.log.record("lab", "lost the source management cluster", "somebody asked for it");
        self.source.stop(&self.hosted).await;
    }

    /// Ends the actors and the servers, in that order.
    pub async fn stop(self) {
        self.workers.stop().await;
        for management in [&self.source, &self.destination] {
            management.stop(&self.hosted).await;
        }
        drop(self.worker_proxy);
    }
}
