//! The lab's own ground: everything in its process, with faults that can be switched.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::json;
use tokio::sync::watch;

use super::{
    Circumstances, Cloud, Databases, Ground, GroundError, HostedPlane, Management, Plane, Standalone,
};
use crate::actors::Cluster;
use crate::actors::kubelet::Image;
use crate::apiserver::authority::AuthorityError;
use crate::apiserver::{ApiServer, Authority, ClientError, ServerOptions, Store, User, crds};
use crate::aws::route53::{Route53Options, Route53Server, Zone};
use crate::aws::s3::{S3Options, S3Server};
use crate::aws::{Credentials, Keyring};
use crate::containers::Containers;
use crate::etcd::restore::Downloader;
use crate::etcd::{self, Database, Etcd};
use crate::scenario::objects;

/// The lab's own ground.
#[derive(Debug, Clone)]
pub struct OwnGround {
    /// Where S3 keeps its objects.
    pub s3_folder: PathBuf,
    /// The credentials that S3 and Route53 know at the start.
    pub credentials: Credentials,
}

/// The lab's own S3 and Route53.
pub struct OwnCloud {
    /// The S3 server.
    pub s3: S3Server,
    /// The Route53 server.
    pub route53: Route53Server,
    /// The credentials that both know.
    pub keyring: Keyring,
}

#[async_trait]
impl Ground for OwnGround {
    async fn cloud(&self, around: &Circumstances, private_zone: &Zone) -> Result<Cloud, GroundError> {
        let scenario = &around.scenario;
        let authority = Authority::new("lab-cloud-ca").map_err(GroundError::of)?;
        let keyring = Keyring::new([self.credentials.clone()]);
        let zone = Zone::new(objects::ZONE_ID, &scenario.domain);
        let s3 = S3Server::start(S3Options {
            folder: self.s3_folder.clone(),
            keyring: keyring.clone(),
            buckets: vec![(scenario.bucket.clone(), scenario.bucket_region.clone())],
            authority: Some(authority.clone()),
            faults: around.faults.clone(),
            clock: around.clock.clone(),
        });
        let route53 = Route53Server::start(Route53Options {
            keyring: keyring.clone(),
            zones: vec![zone.clone(), private_zone.clone()],
            authority: Some(authority.clone()),
            faults: around.faults.clone(),
            clock: around.clock.clone(),
        });
        let (s3, route53) = tokio::try_join!(s3, route53).map_err(GroundError::of)?;
        Ok(Cloud {
            s3_endpoint: s3.endpoint(),
            route53_endpoint: route53.endpoint(),
            authority,
            credentials: self.credentials.clone(),
            zone,
            own: Some(OwnCloud { s3, route53, keyring }),
            held: Box::new(()),
        })
    }

    async fn management(
        &self,
        name: &str,
        around: &Circumstances,
        cloud: &Cloud,
    ) -> Result<Management, GroundError> {
        let store = Store::new();
        crds::install(&store, crds::MANAGEMENT).map_err(GroundError::of)?;
        let containers = Containers::new();
        let server = ApiServer::start(ServerOptions {
            name: name.to_owned(),
            authority: Authority::new(&format!("{name}-ca")).map_err(GroundError::of)?,
            hostnames: Vec::new(),
            store,
            runtime: Arc::new(containers.clone()),
            faults: around.faults.clone(),
            clock: around.clock.clone(),
        });
        let server = server.await.map_err(GroundError::of)?;
        let downloader = Downloader::new([cloud.authority.certificate()]).map_err(GroundError::of)?;
        let etcd = Etcd::new(etcd::Options {
            name: name.to_owned(),
            clock: around.clock.clone(),
            log: around.log.clone(),
            downloader,
            padding: around.scenario.snapshot_padding,
        });
        let databases = Arc::new(OwnDatabases { etcd, around: around.clone() });
        Ok(Management { plane: Arc::new(server), databases, containers, node_status: json!({}) })
    }

    async fn standalone(&self, name: &str, around: &Circumstances) -> Result<Standalone, GroundError> {
        let store = Store::new();
        crds::install(&store, crds::STANDALONE).map_err(GroundError::of)?;
        let authority = Authority::new(&format!("{name}-ca")).map_err(GroundError::of)?;
        let server = ApiServer::start(ServerOptions {
            name: name.to_owned(),
            authority: authority.clone(),
            hostnames: Vec::new(),
            store,
            runtime: Arc::new(Containers::new()),
            faults: around.faults.clone(),
            clock: around.clock.clone(),
        });
        let server = server.await.map_err(GroundError::of)?;
        Ok(Standalone { plane: Arc::new(server), authority, node_status: json!({}) })
    }
}

#[async_trait]
impl Plane for ApiServer {
    fn address(&self) -> SocketAddr {
        Self::address(self)
    }

    fn client(&self, user: &User) -> Result<kube::Client, ClientError> {
        Self::client(self, user)
    }

    fn kubeconfig(&self, user: &User) -> Result<String, AuthorityError> {
        Self::kubeconfig(self, user)
    }

    fn is_up(&self) -> bool {
        Self::is_up(self)
    }

    async fn up(&self) -> io::Result<()> {
        Self::up(self).await
    }

    fn down(&self) {
        Self::down(self);
    }

    async fn stop(&self) {
        self.clone().stop().await;
    }

    fn has_controllers(&self) -> bool {
        false
    }

    fn own(&self) -> Option<&ApiServer> {
        Some(self)
    }
}

/// The lab's own etcds, and the servers over them.
struct OwnDatabases {
    etcd: Etcd,
    around: Circumstances,
}

#[async_trait]
impl Databases for OwnDatabases {
    fn image(&self, cluster: &Cluster) -> Arc<dyn Image> {
        self.etcd.image(cluster)
    }

    fn serving(&self, namespace: &str) -> Option<u64> {
        self.etcd.serving(namespace).as_ref().map(Database::cluster_id)
    }

    fn follow(&self, namespace: &str) -> watch::Receiver<Option<u64>> {
        self.etcd.follow(namespace)
    }

    async fn serve(&self, wanted: HostedPlane) -> Result<Arc<dyn Plane>, GroundError> {
        let serving = self.etcd.serving(&wanted.namespace);
        let database = serving.ok_or_else(|| GroundError("etcd has no quorum".to_owned()))?;
        define_kinds(&database).map_err(GroundError::of)?;
        let server = ApiServer::start(ServerOptions {
            name: wanted.name,
            authority: wanted.authority,
            hostnames: wanted.hostnames,
            store: database.store().clone(),
            runtime: Arc::new(wanted.containers),
            faults: self.around.faults.clone(),
            clock: self.around.clock.clone(),
        });
        Ok(Arc::new(server.await.map_err(GroundError::of)?))
    }

    fn own(&self) -> Option<&Etcd> {
        Some(&self.etcd)
    }
}

/// A new etcd knows no custom kinds: what brings up a hosted cluster defines them first.
fn define_kinds(database: &Database) -> Result<(), String> {
    let store = database.store();
    if store.kind("clusterversions.config.openshift.io").is_some() {
        return Ok(());
    }
    crds::install(store, crds::HOSTED).map_err(|status| status.message)
}
