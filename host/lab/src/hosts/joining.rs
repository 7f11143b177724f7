//! How a host comes to be: its files, its SSH server, and the line of `known_hosts` that vouches for it.

use std::fs;
use std::io;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use russh::keys::PublicKey;
use tokio_util::sync::CancellationToken;

use super::cluster::{ClusterError, Setup};
use super::members::Members;
use super::roster::Role;
use super::{Host, furniture, server};
use crate::apiserver::tls::Switch;

/// What every new host of a cluster shares with the others.
pub(super) struct Joining {
    setup: Arc<Setup>,
    members: Members,
    client: PublicKey,
    end: CancellationToken,
    /// Every address that a host ever had: none is given twice.
    given: Mutex<Vec<Ipv4Addr>>,
}

impl Joining {
    /// The key of `client` is let in on every host; all ends with `end`.
    pub(super) fn new(
        setup: Arc<Setup>,
        members: Members,
        client: PublicKey,
        end: CancellationToken,
    ) -> Self {
        Self { setup, members, client, end, given: Mutex::default() }
    }

    /// Installs a host that is turned off yet, with an address that none had before if none is given.
    pub(super) fn install(&self, name: &str, ip: Option<Ipv4Addr>, role: Role) -> Result<Host, ClusterError> {
        // Held to the end: the file of known hosts is one for all, too.
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        let free = ip.or_else(|| furniture::free_ip(&given));
        let ip = free.ok_or_else(|| ClusterError::Content("no address is left".to_owned()))?;
        given.push(ip);
        let (members, end) = (self.members.clone(), self.end.child_token());
        let host = Host::new(&self.setup, (name, ip, role), (members, Switch::bind()?), end)?;
        let key = server::new_key(name)?;
        self.vouch(&format!("[127.0.0.1]:{}", host.port()), &key.public_key().to_openssh()?)?;
        server::serve(host.clone(), key, self.client.clone(), host.end().clone());
        Ok(host)
    }

    /// Notes the key of a new host; a host that is gone may have had its port.
    fn vouch(&self, place: &str, key: &str) -> io::Result<()> {
        let path = known_hosts(&self.setup);
        let before = if path.exists() { fs::read_to_string(&path)? } else { String::new() };
        let kept = before.lines().filter(|line| line.split(' ').next() != Some(place));
        let line = format!("{place} {key}");
        let lines: Vec<&str> = kept.chain([line.as_str()]).collect();
        // Whoever reads it meanwhile must not find half of it.
        let new = path.with_extension("new");
        fs::write(&new, lines.join("\n") + "\n")?;
        fs::rename(new, path)
    }
}

/// The file with the hosts' keys.
pub(super) fn known_hosts(setup: &Setup) -> PathBuf {
    setup.folder.join("known_hosts")
}
