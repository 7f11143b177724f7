//! One management cluster: its API server, its controllers and kubelets, and HyperShift on it.

use std::sync::Arc;

use serde_json::Value;

use super::{LabError, Setting, filling, furniture};
use crate::actors::control_plane::components::KUBE_APISERVER;
use crate::actors::hosted_api::{self, HostedApis};
use crate::actors::{
    Cluster, Kind, capi, control_plane, defaults, external_dns, garbage, hypershift, kinds, kubelet,
    namespaces, private_link, volumes, workloads,
};
use crate::apiserver::{Store, User};
use crate::etcd::Etcd;
use crate::ground::{self, Databases, Plane};

/// A management cluster of a lab.
pub struct Management {
    name: String,
    plane: Arc<dyn Plane>,
    databases: Arc<dyn Databases>,
    cluster: Cluster,
}

impl Management {
    /// Starts the actors of the management cluster `name` on its ground.
    pub(super) async fn start(
        name: &str,
        setting: &Setting,
        ground: ground::Management,
    ) -> Result<Self, LabError> {
        let ground::Management { plane, databases, containers, node_status } = ground;
        let client = plane.client(&User::admin());
        let client = client.map_err(|error| LabError::Filling(format!("{name}: {error}")))?;
        let around = &setting.around;
        let (clock, faults, log) = (around.clock.clone(), around.faults.clone(), around.log.clone());
        let cluster = Cluster::new(name, client, clock, faults, log);
        filling::create(&cluster, furniture::of(name, &around.scenario, &node_status)).await?;
        cluster.spawn("namespace-defaults", defaults::live);
        cluster.spawn("persistentvolume-binder", volumes::live);
        if !plane.has_controllers() {
            cluster.spawn("namespace-controller", namespaces::live);
            cluster.spawn("garbage-collector", garbage::live);
        }
        workloads::spawn(&cluster);
        let images = vec![
            ("etcd".to_owned(), databases.image(&cluster)),
            (KUBE_APISERVER.to_owned(), hosted_api::image(&cluster, &setting.hosted)),
        ];
        kubelet::spawn(&cluster, &containers, images);
        hypershift::start(&cluster);
        control_plane::start(&cluster, !around.scenario.members_restore_alone);
        hosted_api::start(&cluster, &databases, &setting.hosted, &setting.balancers);
        capi::start(&cluster, &setting.hosted, &setting.cloud);
        external_dns::start(&cluster, &setting.records);
        private_link::start(&cluster, &setting.private_zone);
        Ok(Self { name: name.to_owned(), plane, databases, cluster })
    }

    /// Creates objects as a user does; what is there already stays.
    pub(super) async fn create(&self, objects: Vec<(Kind, Value)>) -> Result<(), LabError> {
        filling::create(&self.cluster, objects).await
    }

    /// Its name: `source` or `destination`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
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

    /// The etcds of its control planes, where they are the lab's own.
    #[must_use]
    pub fn etcd(&self) -> Option<&Etcd> {
        self.databases.own()
    }

    pub(super) async fn stop(&self, hosted: &HostedApis) {
        self.cluster.stop().await;
        for one in hosted.of_management(&self.name) {
            hosted.remove(&self.name, &one.namespace);
            one.cluster.stop().await;
            one.server.stop().await;
        }
        self.plane.stop().await;
    }
}

/// The kinds whose changes may bring a hosted cluster nearer to rest.
pub(super) const WATCHED: [Kind; 3] = [kinds::HOSTED_CLUSTER, kinds::NODE_POOL, kinds::HOSTED_CONTROL_PLANE];
