//! What a world stands on: API servers, the etcds of hosted control planes, S3 and Route53.
//!
//! The lab's own ground ([`OwnGround`]) lives in its process. Another ground may run real servers: the actors are
//! clients of either, and the world is the same.

mod own;

use std::any::Any;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;
use tokio::sync::watch;

pub use self::own::{OwnCloud, OwnGround};
use crate::actors::Cluster;
use crate::actors::kubelet::Image;
use crate::apiserver::authority::AuthorityError;
use crate::apiserver::{ApiServer, Authority, ClientError, User};
use crate::aws::Credentials;
use crate::aws::route53::Zone;
use crate::clock::Clock;
use crate::containers::Containers;
use crate::etcd::Etcd;
use crate::faults::Faults;
use crate::log::WorldLog;
use crate::scenario::Scenario;

/// Why a part of the ground is not there.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct GroundError(pub String);

impl GroundError {
    /// Makes an error of what another part says.
    pub fn of(error: impl std::fmt::Display) -> Self {
        Self(error.to_string())
    }
}

/// An API server of a world, whoever runs it.
#[async_trait]
pub trait Plane: Send + Sync {
    /// Its address, which stays the same while it is down.
    fn address(&self) -> SocketAddr;

    /// A client that works as `user`, and does not retry by itself.
    fn client(&self, user: &User) -> Result<kube::Client, ClientError>;

    /// A kubeconfig (YAML) for `user`.
    fn kubeconfig(&self, user: &User) -> Result<String, AuthorityError>;

    /// Whether it answers.
    fn is_up(&self) -> bool;

    /// Answers from now on.
    async fn up(&self) -> io::Result<()>;

    /// Refuses connections from now on, and cuts the open ones.
    fn down(&self);

    /// Ends it for good.
    async fn stop(&self);

    /// Whether it comes with controllers that end namespaces and collect garbage.
    fn has_controllers(&self) -> bool;

    /// The server itself, where it is the lab's own.
    fn own(&self) -> Option<&ApiServer>;
}

/// The databases of the hosted control planes of one management cluster: their etcds.
#[async_trait]
pub trait Databases: Send + Sync {
    /// What the kubelets of `cluster` run in etcd pods.
    fn image(&self, cluster: &Cluster) -> Arc<dyn Image>;

    /// The id of the etcd cluster that serves the control plane in `namespace`, while it has a quorum.
    fn serving(&self, namespace: &str) -> Option<u64>;

    /// Tells whenever [`Databases::serving`] changes.
    fn follow(&self, namespace: &str) -> watch::Receiver<Option<u64>>;

    /// Starts an API server over the database that serves now.
    ///
    /// Errors: none serves any more, or the server does not come up.
    async fn serve(&self, wanted: HostedPlane) -> Result<Arc<dyn Plane>, GroundError>;

    /// The etcds themselves, where they are the lab's own.
    fn own(&self) -> Option<&Etcd>;
}

/// The API server that is wanted for a hosted cluster.
pub struct HostedPlane {
    /// The namespace of its control plane.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Who signs the certificates of the server and of its users.
    pub authority: Authority,
    /// Names besides loopback that its certificate is good for.
    pub hostnames: Vec<String>,
    /// What runs in its pods.
    pub containers: Containers,
}

/// What every part of the ground goes by.
#[derive(Clone)]
pub struct Circumstances {
    /// The scenario.
    pub scenario: Arc<Scenario>,
    /// The lab's clock.
    pub clock: Clock,
    /// The lab's faults.
    pub faults: Faults,
    /// The lab's log.
    pub log: WorldLog,
}

/// S3 and Route53, and what they are asked with.
pub struct Cloud {
    /// The endpoint of S3.
    pub s3_endpoint: String,
    /// The endpoint of Route53.
    pub route53_endpoint: String,
    /// Who vouches for both.
    pub authority: Authority,
    /// Who may do everything there.
    pub credentials: Credentials,
    /// The zone of the hosted clusters, as Route53 holds it at this moment.
    pub zone: Zone,
    /// The servers themselves, where they are the lab's own.
    pub own: Option<OwnCloud>,
    /// What lives as long as the cloud does.
    pub held: Box<dyn Any + Send + Sync>,
}

/// What a management cluster stands on.
pub struct Management {
    /// Its API server; every kind of a management cluster is defined.
    pub plane: Arc<dyn Plane>,
    /// The etcds of its hosted control planes.
    pub databases: Arc<dyn Databases>,
    /// What runs in its pods.
    pub containers: Containers,
    /// What the statuses of its nodes say beside their conditions.
    pub node_status: Value,
}

/// What a cluster that stands alone stands on.
pub struct Standalone {
    /// Its API server; every kind of a standalone cluster is defined.
    pub plane: Arc<dyn Plane>,
    /// Who signs the certificates that the API server accepts.
    pub authority: Authority,
    /// What the statuses of its nodes say beside their conditions and addresses.
    pub node_status: Value,
}

/// Makes what a world stands on.
#[async_trait]
pub trait Ground: Send + Sync {
    /// Starts S3 and Route53, with the scenario's bucket and zone.
    async fn cloud(&self, around: &Circumstances, private_zone: &Zone) -> Result<Cloud, GroundError>;

    /// Starts the API server of the management cluster `name`; its etcds download snapshots from `cloud`.
    async fn management(
        &self,
        name: &str,
        around: &Circumstances,
        cloud: &Cloud,
    ) -> Result<Management, GroundError>;

    /// Starts the API server of the cluster `name`, which stands alone.
    async fn standalone(&self, name: &str, around: &Circumstances) -> Result<Standalone, GroundError>;
}
