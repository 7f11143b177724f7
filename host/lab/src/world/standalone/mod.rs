//! A cluster that stands alone, its kubelets' certificates expired: one API server, nodes, and requests of theirs and
//! of strangers.

pub(super) mod forgeries;
pub(super) mod furniture;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use kube::api::{DynamicObject, PostParams};
use rcgen::KeyPair;
use serde::Serialize;

pub use self::forgeries::Forged;
use self::forgeries::Victims;
use super::{Access, LabError, START_SPEED, files, filling};
use crate::actors::certificates::{self, Ask, ExpiredNode};
use crate::actors::object::{condition, name};
use crate::actors::{Cluster, defaults, garbage, kinds, namespaces};
use crate::apiserver::{Authority, Store, User};
use crate::aws::Credentials;
use crate::clock::Clock;
use crate::faults::Faults;
use crate::ground::{self, Circumstances, Ground, GroundError, OwnGround, Plane};
use crate::log::WorldLog;
use crate::scenario::{Scenario, StandalonePlan};

/// The name of the cluster in the lab.
const NAME: &str = "cluster";
/// How long the kubelets may take to ask for the first time.
const START_LIMIT: Duration = Duration::from_mins(1);

/// What a client of the cluster has to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StandaloneDescription {
    /// The folder with all files.
    pub folder: PathBuf,
    /// How the cluster is reached.
    pub cluster: Access,
    /// How many nodes it has.
    pub nodes: usize,
}

/// A running cluster that stands alone. Its port and its actors end with [`Standalone::stop`] or when it is dropped.
pub struct Standalone {
    plan: StandalonePlan,
    around: Circumstances,
    plane: Arc<dyn Plane>,
    cluster: Cluster,
    description: StandaloneDescription,
    forged: Vec<Forged>,
}

impl Standalone {
    /// Brings the cluster of `scenario` up on the lab's own ground, with its files in `folder`.
    ///
    /// When it is up, every node with an expired certificate has asked for one, and so has every stranger.
    pub async fn start(scenario: Scenario, folder: &Path) -> Result<Self, LabError> {
        let credentials = Credentials::lasting("AKIALABLABLABLABLAB1", &files::secret_key(&scenario));
        Self::start_on(&OwnGround { s3_folder: folder.join("s3"), credentials }, scenario, folder).await
    }

    /// Does as [`Standalone::start`], on another ground.
    pub async fn start_on(ground: &dyn Ground, scenario: Scenario, folder: &Path) -> Result<Self, LabError> {
        scenario.check().map_err(LabError::Scenario)?;
        files::make_folder(folder)?;
        let plan = scenario.standalone.clone().unwrap_or_default();
        let around = Circumstances {
            clock: Clock::new(START_SPEED.max(scenario.speed), scenario.seed),
            faults: Faults::default(),
            log: WorldLog::default(),
            scenario: Arc::new(scenario),
        };
        let ground::Standalone { plane, authority, node_status } = ground.standalone(NAME, &around).await?;
        let client = plane.client(&User::admin()).map_err(GroundError::of)?;
        let (clock, faults, log) = (around.clock.clone(), around.faults.clone(), around.log.clone());
        let cluster = Cluster::new(NAME, client, clock, faults, log);
        let description = StandaloneDescription {
            folder: folder.to_owned(),
            cluster: Access { name: NAME.to_owned(), kubeconfig: folder.join("cluster.kubeconfig") },
            nodes: plan.expired().len() + plan.well().len(),
        };
        let mut world = Self { plan, around, plane, cluster, description, forged: Vec::new() };
        world.fill(&authority, &node_status).await?;
        files::write(&world.description.cluster.kubeconfig, &world.plane.kubeconfig(&User::admin())?)?;
        world.around.clock.set_speed(world.around.scenario.speed);
        Ok(world)
    }

    async fn fill(&mut self, authority: &Authority, node_status: &serde_json::Value) -> Result<(), LabError> {
        let cluster = self.cluster.clone();
        cluster.spawn("namespace-defaults", defaults::live);
        if !self.plane.has_controllers() {
            cluster.spawn("namespace-controller", namespaces::live);
            cluster.spawn("garbage-collector", garbage::live);
        }
        filling::create(&cluster, furniture::of(&self.plan, node_status)).await?;
        cluster.watch(&kinds::NODE).ready().await;
        self.leave_stale_requests().await?;
        certificates::start(&cluster, authority, self.plan.machine_approver);
        let mut first_key = None;
        for (name, address) in self.plan.expired() {
            let key = KeyPair::generate().map_err(GroundError::of)?;
            first_key.get_or_insert_with(|| key.serialize_pem());
            let node = ExpiredNode { name, address, key };
            certificates::start_kubelet(&cluster, &self.plane, authority, node).map_err(GroundError::of)?;
        }
        self.wait_for_requests().await?;
        let victims = Victims {
            waiting: self.plan.expired(),
            well: self.plan.well(),
            used_key: first_key.unwrap_or_default(),
            store: self.store(),
        };
        let client = |user: &User| self.plane.client(user).map_err(GroundError::of);
        self.forged = forgeries::plant(&self.plan.forged_requests, &victims, client).await?;
        Ok(())
    }

    /// Requests that nodes made before those that they wait for.
    async fn leave_stale_requests(&self) -> Result<(), LabError> {
        let client = self.plane.client(&certificates::bootstrapper()).map_err(GroundError::of)?;
        let api = kinds::CERTIFICATE_SIGNING_REQUEST.api(client, "");
        for (node, _) in self.plan.expired().into_iter().take(self.plan.stale_requests as usize) {
            let ask = Ask::client(&node);
            let key = KeyPair::generate().map_err(GroundError::of)?;
            let object = ask.object(&ask.pem(&key).map_err(GroundError::of)?);
            let object: DynamicObject = serde_json::from_value(object).map_err(GroundError::of)?;
            api.create(&PostParams::default(), &object).await.map_err(GroundError::of)?;
        }
        Ok(())
    }

    async fn wait_for_requests(&self) -> Result<(), LabError> {
        let wanted = self.plan.expired().len() + self.plan.stale_requests as usize;
        let requests = self.cluster.watch(&kinds::CERTIFICATE_SIGNING_REQUEST);
        let (sender, mut changed) = tokio::sync::mpsc::unbounded_channel();
        requests.listen(move |_| sender.send(()).is_ok());
        let all_there = async { while requests.all().len() < wanted && changed.recv().await.is_some() {} };
        tokio::time::timeout(START_LIMIT, all_there).await.map_err(|_| LabError::Unsettled {
            limit: START_LIMIT,
            lacking: format!("{} of {wanted} nodes have asked for a certificate", requests.all().len()),
        })
    }

    /// What clients need to know to work with this cluster.
    #[must_use]
    pub fn description(&self) -> &StandaloneDescription {
        &self.description
    }

    /// The plan that is played.
    #[must_use]
    pub fn plan(&self) -> &StandalonePlan {
        &self.plan
    }

    /// Its API server.
    #[must_use]
    pub fn server(&self) -> &Arc<dyn Plane> {
        &self.plane
    }

    /// Its objects, without the wire, where the API server is the lab's own.
    #[must_use]
    pub fn store(&self) -> Option<Store> {
        self.plane.own().map(crate::apiserver::ApiServer::store)
    }

    /// What its actors live in, and watch.
    #[must_use]
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// The faults, to switch them.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.around.faults
    }

    /// The clock, to change the speed.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.around.clock
    }

    /// What the actors did.
    #[must_use]
    pub fn log(&self) -> &WorldLog {
        &self.around.log
    }

    /// The requests of strangers, by name.
    #[must_use]
    pub fn forged(&self) -> &[Forged] {
        &self.forged
    }

    /// The names of the nodes that are Ready, in their order.
    #[must_use]
    pub fn ready_nodes(&self) -> Vec<String> {
        let nodes = self.cluster.watch(&kinds::NODE).all();
        nodes
            .iter()
            .filter(|node| condition(node, "Ready") == "True")
            .map(|node| name(node).to_owned())
            .collect()
    }

    /// Ends the actors and the server, in that order.
    pub async fn stop(self) {
        self.cluster.stop().await;
        self.plane.stop().await;
    }
}
