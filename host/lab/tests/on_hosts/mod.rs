//! What the tests of the world on hosts share: such a world, a client of its API, and hands on its hosts.

#![allow(dead_code, clippy::unwrap_used, reason = "support of tests, each of which uses a part of it")]

use std::process::Stdio;
use std::sync::Arc;

use drsh_lab::actors::{Cluster, Key, Kind};
use drsh_lab::hosts::Version;
use drsh_lab::scenario::{HostsPlan, Scenario};
use drsh_lab::world::OnHosts;
use kube::api::{DeleteParams, DynamicObject, Patch, PatchParams, PostParams};
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;

/// How fast these worlds live.
const SPEED: f64 = 1000.0;

/// Whether there is an `ssh`; told in the test's output where there is none.
#[allow(clippy::print_stderr, reason = "a test says that it tests nothing")]
pub fn has_ssh() -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).any(|folder| folder.join("ssh").is_file());
    if !found {
        assert!(std::env::var_os("DRSH_TEST_SERVERS").is_none(), "not tested: no ssh is installed here");
        eprintln!("not tested: no ssh is installed here");
    }
    found
}

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

    /// Waits until an object is there and `holds` is true of it, across whatever the API goes through.
    pub async fn until(
        &self,
        kind: &Kind,
        key: &Key,
        holds: impl Fn(&DynamicObject) -> bool,
    ) -> Arc<DynamicObject> {
        loop {
            let actors = self.actors().await;
            let watched = actors.watch(kind);
            tokio::select! {
                found = watched.wait_for(key, &holds) => return found,
                () = actors.ended() => {}
            }
        }
    }

    /// Merges into an object, tried again while the API is between two etcds.
    pub async fn patch(&self, kind: &Kind, key: &Key, patch: Value) {
        let api = || async { kind.api(self.actors().await.client(), &key.namespace) };
        let params = PatchParams::default();
        while let Err(error) = api().await.patch(&key.name, &params, &Patch::Merge(&patch)).await {
            assert!(!matches!(error, kube::Error::Api(_)), "{error}");
            tokio::task::yield_now().await;
        }
    }

    pub async fn has(&self, kind: &Kind, key: &Key) -> bool {
        let api = kind.api(self.actors().await.client(), &key.namespace);
        api.get_opt(&key.name).await.unwrap().is_some()
    }

    /// Runs a line on a host, as somebody types it into `ssh`, and gives what it printed; it must end well.
    pub async fn done(&self, host: &str, line: &str) -> String {
        let known = self.lab.hosts().description();
        let host = known.hosts.iter().find(|one| one.name == host).unwrap();
        let mut command = Command::new("ssh");
        command.args(["-F", "none", "-T", "-p", &host.port.to_string(), "-l", &host.user, "-i"]);
        command.arg(&host.identity_file);
        for option in ["BatchMode=yes", "IdentitiesOnly=yes", "StrictHostKeyChecking=yes", "LogLevel=ERROR"] {
            command.args(["-o", option]);
        }
        command.arg("-o").arg(format!("UserKnownHostsFile={}", host.known_hosts.display()));
        let output = command.args([&host.address, line]).stdin(Stdio::null()).output().await.unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let words = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{}$ {line}\n{text}{words}", host.name);
        text
    }

    pub async fn delete(&self, kind: &Kind, key: &Key) {
        let api = kind.api(self.actors().await.client(), &key.namespace);
        api.delete(&key.name, &DeleteParams::default()).await.unwrap();
    }
}
