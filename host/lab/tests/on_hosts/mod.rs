//! What the tests of the world on hosts share: such a world, a client of its API, and hands on its hosts.

#![allow(dead_code, clippy::unwrap_used, reason = "support of tests, each of which uses a part of it")]

use drsh_lab::actors::{Cluster, Kind};
use drsh_lab::hosts::Version;
use drsh_lab::scenario::{HostsPlan, Scenario};
use drsh_lab::world::OnHosts;
use kube::api::{DynamicObject, PostParams};
use serde_json::Value;
use tempfile::TempDir;

/// How fast these worlds live.
const SPEED: f64 = 1000.0;

/// A world with the means to reach it.
pub struct World {
    pub lab: OnHosts,
    pub folder: TempDir,
}

impl World {
    /// Three control plane hosts of a release, without workers.
    pub async fn start(release: Version) -> Self {
        Self::of(HostsPlan { release, workers: 0, ..HostsPlan::default() }).await
    }

    pub async fn of(plan: HostsPlan) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let scenario =
            Scenario { speed: SPEED, snapshot_padding: 0, hosts: Some(plan), ..Scenario::default() };
        Self { lab: OnHosts::start(scenario, folder.path()).await.unwrap(), folder }
    }

    /// Those who live in the API, as soon as they do.
    pub async fn actors(&self) -> Cluster {
        self.lab.inhabited().await.unwrap()
    }

    pub async fn create(&self, kind: &Kind, mut object: Value) {
        object["apiVersion"] = kind.api_version().into();
        object["kind"] = kind.kind.clone().into();
        let object: DynamicObject = serde_json::from_value(object).unwrap();
        let api =
            kind.api(self.actors().await.client(), object.metadata.namespace.as_deref().unwrap_or_default());
        match api.create(&PostParams::default(), &object).await {
            Err(kube::Error::Api(status)) if status.code == 409 => {}
            made => drop(made.unwrap()),
        }
    }
}
