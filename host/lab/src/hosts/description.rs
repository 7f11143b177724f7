//! What a client of the cluster has to know, and the files in which it finds that.

use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use russh::keys::PrivateKey;
use serde::Serialize;

use super::Host;
use super::api::Balancer;
use super::cluster::ClusterError;
use super::joining::known_hosts;
use super::roster::Role;
use super::server::private_text;
use super::user::User;
use crate::apiserver::User as ApiUser;
use crate::apiserver::kubeconfig::{KubeconfigOptions, kubeconfig};

/// A host, as SSH reaches it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HostDescription {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// The address that it is reached at.
    pub address: String,
    /// The port.
    pub port: u16,
    /// Its address in the cluster's network.
    pub ip: Ipv4Addr,
    /// The user to log in as.
    pub user: String,
    /// The private key to log in with.
    pub identity_file: PathBuf,
    /// The file with the hosts' keys.
    pub known_hosts: PathBuf,
}

/// What a client of the cluster has to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Description {
    /// The cluster's name.
    pub name: String,
    /// Its release.
    pub release: String,
    /// The kubeconfig of a user who may do everything.
    pub kubeconfig: PathBuf,
    /// The private key to log in on its hosts with.
    pub identity_file: PathBuf,
    /// The file with the hosts' keys.
    pub known_hosts: PathBuf,
    /// The hosts that it has now.
    pub hosts: Vec<HostDescription>,
}

impl Description {
    /// Writes the files, and says where they are.
    pub(super) fn write(balancer: &Balancer, client: &PrivateKey) -> Result<Self, ClusterError> {
        let folder = &balancer.setup.folder;
        let identity = folder.join("id_ed25519");
        let config = folder.join("standalone.kubeconfig");
        private(&identity, &private_text(client)?)?;
        fs::write(folder.join("id_ed25519.pub"), client.public_key().to_openssh()?)?;
        let url = format!("https://{}", balancer.outer.switch.address());
        let options = KubeconfigOptions::default();
        private(
            &config,
            &kubeconfig(&balancer.name, &url, &balancer.authority, &ApiUser::admin(), &options)?,
        )?;
        Ok(Self {
            name: balancer.name.clone(),
            release: balancer.setup.version.release().to_owned(),
            kubeconfig: config,
            identity_file: identity,
            known_hosts: known_hosts(&balancer.setup),
            hosts: Vec::new(),
        })
    }

    /// The same with these hosts.
    pub(super) fn with_hosts(&self, hosts: &[Host]) -> Self {
        let described = hosts.iter().map(|host| HostDescription {
            name: host.name().to_owned(),
            role: host.role(),
            address: "127.0.0.1".to_owned(),
            port: host.port(),
            ip: host.ip(),
            user: User::Core.name().to_owned(),
            identity_file: self.identity_file.clone(),
            known_hosts: self.known_hosts.clone(),
        });
        Self { hosts: described.collect(), ..self.clone() }
    }
}

/// Writes a file that nobody else may read: ssh takes no other key.
fn private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())
}
