//! An etcd of one member, for an API server of its own.

use std::process::Command;

use tempfile::TempDir;

use crate::plane::{PlaneError, Programs};
use crate::server::{Server, free_port};

const LOOPBACK: &str = "127.0.0.1";

/// A running etcd. Its data goes with it.
#[derive(Debug)]
pub struct Etcd {
    server: Server,
    endpoint: String,
    _folder: TempDir,
}

impl Etcd {
    /// Starts it, and waits until it listens.
    pub async fn start(programs: &Programs) -> Result<Self, PlaneError> {
        let folder = tempfile::Builder::new().prefix("drsh-real-").tempdir()?;
        let (port, peer) = (free_port(LOOPBACK)?, free_port(LOOPBACK)?);
        let (endpoint, peers) = (format!("http://{LOOPBACK}:{port}"), format!("http://{LOOPBACK}:{peer}"));
        let mut command = Command::new(&programs.etcd);
        command.args([
            &format!("--data-dir={}", folder.path().join("data").display()),
            &format!("--listen-client-urls={endpoint}"),
            &format!("--advertise-client-urls={endpoint}"),
            &format!("--listen-peer-urls={peers}"),
            &format!("--initial-advertise-peer-urls={peers}"),
            &format!("--initial-cluster=default={peers}"),
            "--unsafe-no-fsync",
            "--log-level=warn",
        ]);
        let server = Server::start("etcd", &command, &folder.path().join("etcd.log"))?;
        server.wait_for_port(LOOPBACK, port).await?;
        Ok(Self { server, endpoint, _folder: folder })
    }

    /// The arguments with which an API server reaches it.
    #[must_use]
    pub fn reach(&self) -> Vec<String> {
        vec![format!("--etcd-servers={}", self.endpoint)]
    }

    /// The process.
    #[must_use]
    pub fn server(&self) -> &Server {
        &self.server
    }
}
