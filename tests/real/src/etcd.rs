//! An etcd of one member, for an API server of its own.

use std::io;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::plane::{PlaneError, Programs};
use crate::server::{Server, free_port};

const LOOPBACK: &str = "127.0.0.1";

/// A running etcd. Its data goes with it.
#[derive(Debug)]
pub struct Etcd {
    _server: Server,
    endpoint: String,
    _folder: TempDir,
}

impl Etcd {
    /// Starts an empty one, and waits until it listens.
    pub async fn start(programs: &Programs) -> Result<Self, PlaneError> {
        Self::start_in(programs, tempfile::Builder::new().prefix("drsh-real-").tempdir()?).await
    }

    /// Starts one that holds what a snapshot does; `etcdutl` restores it.
    ///
    /// Errors: what etcdutl says of a snapshot that it refuses.
    pub async fn restored(programs: &Programs, etcdutl: &Path, snapshot: &Path) -> Result<Self, PlaneError> {
        let folder = tempfile::Builder::new().prefix("drsh-real-").tempdir()?;
        let mut command = Command::new(etcdutl);
        command.args(["snapshot", "restore"]).arg(snapshot).arg("--data-dir").arg(folder.path().join("data"));
        let done = command.output()?;
        if !done.status.success() {
            return Err(io::Error::other(String::from_utf8_lossy(&done.stderr).into_owned()).into());
        }
        Self::start_in(programs, folder).await
    }

    async fn start_in(programs: &Programs, folder: TempDir) -> Result<Self, PlaneError> {
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
        let server = Server::start_in(folder.path(), "etcd.log", "etcd", &command)?;
        server.wait_for_port(LOOPBACK, port).await?;
        Ok(Self { _server: server, endpoint, _folder: folder })
    }

    /// The URL for clients.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The arguments with which an API server reaches it.
    #[must_use]
    pub fn reach(&self) -> Vec<String> {
        vec![format!("--etcd-servers={}", self.endpoint)]
    }
}
