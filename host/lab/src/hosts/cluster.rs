//! A standalone cluster: its hosts, its API, and the folder with what a client needs to reach them.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::api::{Backend, Balancer, Outer};
use super::description::Description;
use super::files::Errno;
use super::joining::Joining;
use super::members::Members;
use super::ovn::Network;
use super::roster::{Follower, Role, Roster};
use super::version::Version;
use super::{Host, furniture, keepalived, layout, server};
use crate::apiserver::tls::Switch;
use crate::apiserver::{Authority, ClientError, Store, User, authority::AuthorityError, client_of};
use crate::clock::Clock;
use crate::etcd::Database;
use crate::faults::Faults;
use crate::log::WorldLog;

/// How large the file systems of each host are, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disks {
    /// The root file system.
    pub root: u64,
    /// `/tmp`, if it is a file system of its own.
    pub tmp: Option<u64>,
    /// `/var/lib/etcd`, if it is a file system of its own.
    pub etcd: Option<u64>,
}

impl Default for Disks {
    fn default() -> Self {
        Self { root: 120 << 30, tmp: None, etcd: None }
    }
}

/// The virtual addresses that keepalived holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vips {
    /// That of the API: without exactly one holder, nobody reaches it.
    pub api: Ipv4Addr,
    /// That of the routes.
    pub ingress: Ipv4Addr,
}

/// What a cluster is made of.
#[derive(Clone)]
pub struct Setup {
    /// Its name.
    pub name: String,
    /// How many control plane hosts it has.
    pub hosts: u8,
    /// How many workers it has.
    pub workers: u8,
    /// Its release.
    pub version: Version,
    /// Its network.
    pub network: Network,
    /// The virtual addresses, on clusters that have keepalived.
    pub vips: Option<Vips>,
    /// The proxy through which alone the hosts reach the outside.
    pub proxy: Option<String>,
    /// The file systems of each host.
    pub disks: Disks,
    /// How much longer etcd's files are than what is in them, in bytes.
    pub padding: u64,
    /// The folder for keys, `known_hosts` and kubeconfigs.
    pub folder: PathBuf,
    /// The lab's clock.
    pub clock: Clock,
    /// The lab's faults.
    pub faults: Faults,
    /// The lab's log.
    pub log: WorldLog,
}

impl Setup {
    /// Three control plane hosts and two workers of a release, without keepalived, with files in `folder`.
    #[must_use]
    pub fn new(version: Version, folder: impl Into<PathBuf>, clock: Clock) -> Self {
        Self {
            name: "standalone".to_owned(),
            hosts: 3,
            workers: 2,
            version,
            network: Network::OvnKubernetes,
            vips: None,
            proxy: None,
            disks: Disks::default(),
            padding: 0,
            folder: folder.into(),
            clock,
            faults: Faults::default(),
            log: WorldLog::default(),
        }
    }
}

/// Why a cluster could not be started.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// A port or a file of the folder.
    #[error("a port or a file of the cluster: {0}")]
    Io(#[from] io::Error),
    /// What a host is installed with does not fit on its disks.
    #[error("the files of a host: {0}")]
    Files(#[from] Errno),
    /// A key of SSH.
    #[error("an SSH key: {0}")]
    Key(#[from] russh::keys::ssh_key::Error),
    /// A certificate.
    #[error(transparent)]
    Certificate(#[from] AuthorityError),
    /// An object that the cluster begins with, or etcd's data.
    #[error("what the cluster begins with: {0}")]
    Content(String),
}

/// A running cluster. It ends when the last clone is dropped, but for those of [`Cluster::for_inhabitants`].
#[derive(Clone)]
pub struct Cluster {
    roster: Roster,
    joining: Arc<Joining>,
    description: Arc<Description>,
    serving: Arc<watch::Sender<Vec<Backend>>>,
    splits: Arc<AtomicUsize>,
    setup: Arc<Setup>,
    authority: Authority,
    address: SocketAddr,
    outer: Outer,
    _guard: Option<Arc<DropGuard>>,
}

impl Cluster {
    /// Installs the hosts, turns them on, and waits until the API answers.
    pub async fn start(setup: Setup) -> Result<Self, ClusterError> {
        let setup = Arc::new(setup);
        let end = CancellationToken::new();
        let guard = Arc::new(end.clone().drop_guard());
        let store = furniture::store(&setup).map_err(|status| ClusterError::Content(status.message))?;
        let members = Members::new(setup.padding);
        let places = furniture::places(&setup);
        let rules = places.iter().filter(|(_, _, role)| *role == Role::ControlPlane);
        let database = Database::new(store, rules.map(|(name, _, _)| name.clone()));
        let client = server::new_key("core")?;
        let joining = Joining::new(setup.clone(), members.clone(), client.public_key().clone(), end.clone());
        let roster = Roster::new();
        for (name, ip, role) in places {
            let host = joining.install(&name, Some(ip), role)?;
            if role == Role::ControlPlane {
                layout::bring_pods(host.files(), setup.version, &name)?;
                members.lay(&database, &host).map_err(ClusterError::Content)?;
            }
            if setup.network == Network::OvnKubernetes {
                host.make_ovn_databases(database.cluster_id())?;
            }
            roster.add(host);
        }
        let balancer = Balancer {
            name: setup.name.clone(),
            setup: setup.clone(),
            authority: Authority::new(&setup.name)?,
            roster: roster.clone(),
            members,
            inner: Switch::bind()?,
            outer: Outer::bind()?,
            splits: Arc::default(),
            serving: Arc::new(watch::Sender::new(Vec::new())),
        };
        balancer.inner.down();
        balancer.outer.switch.down();
        let (authority, address) = (balancer.authority.clone(), balancer.inner.address());
        let outer = balancer.outer.clone();
        let description = Description::write(&balancer, &client)?;
        let serving = balancer.serving.clone();
        let splits = balancer.splits.clone();
        tokio::spawn(balancer.run(end.child_token()));
        if let Some(vips) = &setup.vips {
            tokio::spawn(keepalived::run(roster.clone(), vec![vips.api, vips.ingress], end.child_token()));
        }
        for host in roster.all() {
            host.turn_on()?;
        }
        let description = Arc::new(description);
        let joining = Arc::new(joining);
        let cluster = Self {
            roster,
            joining,
            description,
            serving,
            splits,
            setup,
            authority,
            address,
            outer,
            _guard: Some(guard),
        };
        cluster.until(|clusters| clusters.len() == 1).await;
        if let Some(vips) = cluster.setup.vips {
            keepalived::settled(&cluster.roster, &[vips.api, vips.ingress]).await;
        }
        Ok(cluster)
    }

    /// The hosts that it has now, in the order in which they came: the control plane's first.
    #[must_use]
    pub fn hosts(&self) -> Vec<Host> {
        self.roster.all()
    }

    /// Follows the containers of the hosts of now, and which hosts it has.
    pub(crate) fn follow_pods(&self) -> Follower {
        self.roster.follower(|host| [host.pods().follow()])
    }

    /// Follows which hosts it has.
    #[must_use]
    pub fn follow_hosts(&self) -> watch::Receiver<Vec<Host>> {
        self.roster.follow()
    }

    /// Installs a new host under a new address, lets SSH know its key, and turns it on.
    ///
    /// A control plane host begins with nothing to run: bringing it its static pods is for the operators to do.
    ///
    /// Errors: its name is another's, or a port, a file or a key could not be made.
    pub fn add(&self, name: &str, role: Role) -> Result<Host, ClusterError> {
        let host = self.joining.install(name, None, role)?;
        if !self.roster.add(host.clone()) {
            host.destroy();
            return Err(ClusterError::Content(format!("there is a host {name} already")));
        }
        host.turn_on()?;
        host.log().record(name, format!("joined with the address {}", host.ip()), "a new host");
        Ok(host)
    }

    /// Turns a host off for good and forgets it; says whether there was one of this name.
    #[allow(clippy::must_use_candidate, reason = "that it is gone is all that most want")]
    pub fn remove(&self, name: &str) -> bool {
        let Some(host) = self.roster.get(name) else { return false };
        // Off before it is forgotten: whoever hears that it is gone must not find it running.
        host.destroy();
        host.log().record(name, "left for good", "its machine was ended");
        self.roster.remove(name).is_some()
    }

    /// The same cluster for those who live in it: this clone does not keep it from ending.
    #[must_use]
    pub fn for_inhabitants(&self) -> Self {
        Self { _guard: None, ..self.clone() }
    }

    /// The host of this name.
    #[must_use]
    pub fn host(&self, name: &str) -> Option<Host> {
        self.roster.get(name)
    }

    /// What a client has to know.
    #[must_use]
    pub fn description(&self) -> Description {
        self.description.with_hosts(&self.roster.all())
    }

    /// What it was made of: the clock, the faults and the log among it.
    #[must_use]
    pub fn setup(&self) -> &Setup {
        &self.setup
    }

    /// Who vouches for the API, and for those who speak to it.
    #[must_use]
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// Where the cluster's own parts reach the API.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Closes the way to the API from outside, or opens it again: the cluster's own parts reach it either way.
    ///
    /// Errors: the port could not be opened.
    pub fn close_to_outside(&self, closed: bool) -> io::Result<()> {
        self.outer.set_closed(closed, !self.serving.borrow().is_empty())
    }

    /// A client of `user` inside the cluster.
    ///
    /// Errors: no client can be made for that user.
    pub fn client(&self, user: &User) -> Result<kube::Client, ClientError> {
        client_of(self.address, &self.authority, user)
    }

    /// The etcd clusters that the API answers from, each with its objects: more than one is a split brain.
    #[must_use]
    pub fn serving(&self) -> Vec<(u64, Store)> {
        self.serving.borrow().iter().map(|backend| (backend.cluster, backend.store.clone())).collect()
    }

    /// How often the API began to answer from more than one etcd cluster.
    #[must_use]
    pub fn split_brains(&self) -> usize {
        self.splits.load(Ordering::Relaxed)
    }

    /// Waits until the etcd clusters that the API answers from are as `wanted`.
    pub async fn until(&self, wanted: impl Fn(&[u64]) -> bool) {
        let mut serving = self.serving.subscribe();
        let fits = |backends: &Vec<Backend>| {
            wanted(&backends.iter().map(|backend| backend.cluster).collect::<Vec<u64>>())
        };
        // It ends only with the cluster itself.
        let _ = serving.wait_for(fits).await;
    }
}
