//! What the tests of hosts share: a cluster of them, and the system's own `ssh` to reach it.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "support of tests, each of which uses a part of it"
)]

use std::path::{Path, PathBuf};
use std::process::Stdio;

use drsh_lab::clock::Clock;
use drsh_lab::hosts::{Cluster, Host, Setup, Version};
use kube::api::{Api, DynamicObject};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::core::{ApiResource, GroupVersionKind};
use serde_json::json;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// How fast these clusters live.
const SPEED: f64 = 1000.0;

/// A cluster with the means to reach it.
pub struct Place {
    pub cluster: Cluster,
    pub folder: TempDir,
}

/// What a command over SSH came to.
#[derive(Debug)]
pub struct Said {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Place {
    /// Starts a cluster of this release; `None`, told in the test's output, where there is no `ssh`.
    pub async fn start(version: Version) -> Option<Self> {
        Self::with(version, |_| {}).await
    }

    pub async fn with(version: Version, change: impl FnOnce(&mut Setup)) -> Option<Self> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        if !std::env::split_paths(&path).any(|folder| folder.join("ssh").is_file()) {
            assert!(std::env::var_os("DRSH_TEST_SERVERS").is_none(), "not tested: no ssh is installed here");
            eprintln!("not tested: no ssh is installed here");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let mut setup = Setup::new(version, folder.path(), Clock::new(SPEED, 1));
        change(&mut setup);
        Some(Self { cluster: Cluster::start(setup).await.unwrap(), folder })
    }

    pub fn host(&self, name: &str) -> Host {
        self.cluster.host(name).unwrap()
    }

    /// `ssh` to a host, with nothing but what the description says.
    pub fn command(&self, host: &str) -> Command {
        let description = self.cluster.description();
        let host = description.hosts.iter().find(|one| one.name == host).unwrap();
        self.command_with(host.port, &host.user, &host.identity_file, &host.known_hosts)
    }

    #[allow(clippy::unused_self, reason = "it reads as what the place does")]
    pub fn command_with(&self, port: u16, user: &str, identity: &Path, known: &Path) -> Command {
        let mut command = Command::new("ssh");
        command.args(["-F", "none", "-T", "-p", &port.to_string(), "-l", user, "-i"]).arg(identity);
        let options = ["BatchMode=yes", "IdentitiesOnly=yes", "StrictHostKeyChecking=yes", "LogLevel=ERROR"];
        for option in options {
            command.args(["-o", option]);
        }
        command.arg("-o").arg(format!("UserKnownHostsFile={}", known.display())).arg("127.0.0.1");
        command.stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    /// Runs a line on a host, as somebody types it.
    pub async fn ssh(&self, host: &str, line: &str) -> Said {
        Said::of(self.command(host).arg(line)).await
    }

    /// Runs a line that must end well, and gives what it printed.
    pub async fn done(&self, host: &str, line: &str) -> String {
        let said = self.ssh(host, line).await;
        assert_eq!(said.code, Some(0), "{host}$ {line}\n{}{}", said.stdout, said.stderr);
        said.stdout
    }

    /// Config maps through the API, as the kubeconfig reaches it.
    pub async fn config_maps(&self) -> Api<DynamicObject> {
        let file = Kubeconfig::read_from(&self.cluster.description().kubeconfig).unwrap();
        let mut config =
            kube::Config::from_custom_kubeconfig(file, &KubeConfigOptions::default()).await.unwrap();
        config.default_retry = false;
        let kind =
            ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk("", "v1", "ConfigMap"), "configmaps");
        Api::namespaced_with(kube::Client::try_from(config).unwrap(), "default", &kind)
    }

    pub async fn make(&self, name: &str) {
        let object = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}});
        let object = serde_json::from_value(object).unwrap();
        self.config_maps().await.create(&kube::api::PostParams::default(), &object).await.unwrap();
    }

    pub async fn has(&self, name: &str) -> bool {
        self.config_maps().await.get_opt(name).await.unwrap().is_some()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

impl Said {
    pub async fn of(command: &mut Command) -> Self {
        let output = command.output().await.unwrap();
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Runs a command that reads `input`.
    pub async fn of_input(command: &mut Command, input: &[u8]) -> (Option<i32>, Vec<u8>) {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let writing = async move {
            stdin.write_all(input).await.unwrap();
            stdin.shutdown().await.unwrap();
        };
        let ((), output) = tokio::join!(writing, child.wait_with_output());
        let output = output.unwrap();
        (output.status.code(), output.stdout)
    }
}
