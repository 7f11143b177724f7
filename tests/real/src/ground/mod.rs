//! A world's ground of real servers: kube-apiserver over real etcds, with real controllers for namespaces and
//! garbage, and etcd members in the pods of hosted control planes that real snapshots come from.

mod api;
mod cloud;
mod definitions;
mod health;
mod image;
mod members;

use std::path::PathBuf;
use std::sync::Arc;

use self::api::RealApi;
use self::members::{Members, Options as MemberOptions};
use crate::etcd::Etcd;
use crate::kubelet::Kubelet;
use crate::moto;
use crate::plane::{Options, Plane, Programs};
use async_trait::async_trait;
use drsh_lab::apiserver::User;
use drsh_lab::apiserver::crds;
use drsh_lab::aws::route53::Zone;
use drsh_lab::containers::Containers;
use drsh_lab::etcd::restore::Downloader;
use drsh_lab::ground::{Circumstances, Cloud, Ground, GroundError, Management, Standalone};

/// What a world needs of the machine to stand on real servers.
pub struct RealGround {
    programs: Programs,
    tools: members::Kit,
    kubelet: PathBuf,
    moto: moto::Programs,
    folder: PathBuf,
}

impl RealGround {
    /// Finds the programs, or says in the test's output that `what` is not tested. Files go into `folder`.
    #[must_use]
    pub fn find(what: &str, folder: PathBuf) -> Option<Self> {
        let programs = Programs::find(what)?;
        let tools = members::Kit::find(what)?;
        let kubelet = Kubelet::find(what)?;
        let moto = moto::Programs::find(what)?;
        Some(Self { programs, tools, kubelet, moto, folder })
    }
}

#[async_trait]
impl Ground for RealGround {
    async fn cloud(&self, around: &Circumstances, _private_zone: &Zone) -> Result<Cloud, GroundError> {
        cloud::start(&self.moto, &around.scenario).await
    }

    async fn management(
        &self,
        name: &str,
        around: &Circumstances,
        cloud: &Cloud,
    ) -> Result<Management, GroundError> {
        let folder = self.folder.join(name);
        std::fs::create_dir_all(&folder).map_err(GroundError::of)?;
        let etcd = Etcd::start(&self.programs).await.map_err(GroundError::of)?;
        let own = Options::new(name).map_err(GroundError::of)?;
        let signing_key = Some(own.authority.key_pem() + own.authority.pem());
        let options = Options { etcd: Some(etcd.reach()), signing_key, ..own };
        let mut plane = Plane::start(&self.programs, options).await.map_err(GroundError::of)?;
        let client = plane.client(&User::admin()).map_err(GroundError::of)?;
        definitions::install(client, crds::MANAGEMENT).await?;
        plane.start_controllers().map_err(GroundError::of)?;
        let kubelet = Kubelet::launch(&self.kubelet, plane.access(), name).await.map_err(GroundError::of)?;
        let node_status = kubelet.node_status();
        let downloader = Downloader::new([cloud.authority.certificate()]).map_err(GroundError::of)?;
        let databases = Members::new(MemberOptions {
            name: name.to_owned(),
            programs: self.programs.clone(),
            tools: self.tools.clone(),
            kubelet,
            folder: folder.join("volumes"),
            downloader,
            log: around.log.clone(),
        });
        Ok(Management {
            plane: Arc::new(RealApi::new(self.programs.clone(), plane, Some(etcd))),
            databases: Arc::new(databases),
            containers: Containers::new(),
            node_status,
        })
    }

    async fn standalone(&self, name: &str, _around: &Circumstances) -> Result<Standalone, GroundError> {
        let options = Options::new(name).map_err(GroundError::of)?;
        let authority = options.authority.clone();
        let mut plane = Plane::start(&self.programs, options).await.map_err(GroundError::of)?;
        let client = plane.client(&User::admin()).map_err(GroundError::of)?;
        definitions::install(client, crds::STANDALONE).await?;
        plane.start_controllers().map_err(GroundError::of)?;
        let plane = Arc::new(RealApi::new(self.programs.clone(), plane, None));
        Ok(Standalone { plane, authority, node_status: serde_json::json!({}) })
    }
}
