//! The databases of OVN-Kubernetes on a host: under which etcd cluster each was made, and when.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Host;
use super::files::Errno;
use super::roster::Role;
use super::user::User;
use super::version::Version;

/// The network of a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Network {
    /// OVN-Kubernetes, with databases on hosts.
    OvnKubernetes,
    /// The older network, which keeps nothing but what the API has.
    OpenShiftSdn,
}

impl Network {
    /// Its name in `networkType`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::OvnKubernetes => "OVNKubernetes",
            Self::OpenShiftSdn => "OpenShiftSDN",
        }
    }
}

/// A database of OVN as it lies on a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OvnDatabase {
    /// Where it lies.
    pub path: String,
    /// The etcd cluster under which it was made, and the moment; `None` where it is not there, or is no database.
    pub made: Option<(u64, Timestamp)>,
}

/// How the file of a database begins.
const MAGIC: &str = "OVSDB CLUSTER";

/// Where a host keeps its databases: before 4.14 the control plane alone has any, later each node its own.
fn paths(version: Version, role: Role) -> Vec<String> {
    let folder = match (version, role) {
        (Version::V4_12, Role::Worker) => return Vec::new(),
        (Version::V4_12, Role::ControlPlane) => "/var/lib/ovn/etc",
        _ => "/var/lib/ovn-ic/etc",
    };
    ["ovnnb_db.db", "ovnsb_db.db"].iter().map(|file| format!("{folder}/{file}")).collect()
}

impl Host {
    /// The databases of OVN that belong on this host, there or not.
    #[must_use]
    pub fn ovn_databases(&self) -> Vec<OvnDatabase> {
        let view = self.files().view(User::Root);
        let read = |path: String| {
            let text = view.read(&path).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            OvnDatabase { made: text.and_then(|text| parse(&text)), path }
        };
        paths(self.version(), self.role()).into_iter().map(read).collect()
    }

    /// Makes the databases that are not there, as the pods that hold them do when they start.
    ///
    /// Errors: the disk is full, or a folder is missing.
    pub fn make_ovn_databases(&self, cluster: u64) -> Result<(), Errno> {
        let view = self.files().view(User::Root);
        for database in self.ovn_databases() {
            if view.meta(&database.path).is_ok() {
                continue;
            }
            let mut text = format!("{MAGIC}\n");
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{cluster:x} {}", Timestamp::now());
            view.write(&database.path, text.as_bytes())?;
            view.set_mode(&database.path, 0o600)?;
            self.log().record(self.name(), format!("made {}", database.path), "OVN found no database");
        }
        Ok(())
    }
}

fn parse(text: &str) -> Option<(u64, Timestamp)> {
    let mut lines = text.lines();
    if lines.next() != Some(MAGIC) {
        return None;
    }
    let (cluster, made) = lines.next()?.split_once(' ')?;
    Some((u64::from_str_radix(cluster, 16).ok()?, made.parse().ok()?))
}
