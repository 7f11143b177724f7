//! The load balancer of the cluster's API: it answers while an API server runs on an etcd that has a quorum.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::Host;
use super::cluster::{Setup, Vips};
use super::members::Members;
use super::roster::Roster;
use crate::apiserver::tls::Switch;
use crate::apiserver::{ApiServer, Authority, ServerOptions, Store};
use crate::containers::Containers;
use crate::etcd::Database;

/// What the balancer is made of.
#[derive(Clone)]
pub(super) struct Balancer {
    pub(super) name: String,
    pub(super) setup: Arc<Setup>,
    pub(super) authority: Authority,
    pub(super) roster: Roster,
    pub(super) members: Members,
    /// What the cluster's own parts reach it by, and what everybody outside does.
    pub(super) inner: Switch,
    pub(super) outer: Outer,
    /// How often the API began to answer from more than one database.
    pub(super) splits: Arc<AtomicUsize>,
    /// The databases that the API answers from: more than one is the worst that can happen.
    pub(super) serving: Arc<watch::Sender<Vec<Backend>>>,
}

/// The way to the API from outside the cluster, which may be closed while the cluster's own parts reach it.
#[derive(Clone)]
pub(super) struct Outer {
    pub(super) switch: Switch,
    is_closed: Arc<AtomicBool>,
}

impl Outer {
    /// Binds a port.
    pub(super) fn bind() -> io::Result<Self> {
        Ok(Self { switch: Switch::bind()?, is_closed: Arc::default() })
    }

    /// Closes it, or opens it where the API answers.
    pub(super) fn set_closed(&self, closed: bool, answers: bool) -> io::Result<()> {
        self.is_closed.store(closed, Ordering::SeqCst);
        self.switch.down();
        if answers { self.open() } else { Ok(()) }
    }

    fn open(&self) -> io::Result<()> {
        if self.is_closed.load(Ordering::SeqCst) { Ok(()) } else { self.switch.up() }
    }
}

/// A database that the API answers from, with the server for it.
#[derive(Clone)]
pub(super) struct Backend {
    pub(super) cluster: u64,
    pub(super) store: Store,
    address: SocketAddr,
}

/// How long an API server takes from the start of its container until it is ready, in life.
const READY: Duration = Duration::from_secs(5);

impl Balancer {
    /// Follows the hosts, and opens and closes the port, until `end`.
    pub(super) async fn run(self, end: CancellationToken) {
        for switch in [&self.inner, &self.outer.switch] {
            let (front, switch, until) = (self.clone(), switch.clone(), end.clone());
            tokio::spawn(async move { until.run_until_cancelled(front.accept(&switch)).await });
        }
        end.run_until_cancelled(self.follow()).await;
    }

    async fn follow(&self) {
        let mut servers: BTreeMap<u64, ApiServer> = BTreeMap::new();
        let mut members = self.members.follow();
        loop {
            members.mark_unchanged();
            let mut hosts = self.roster.follower(|host| [host.pods().follow(), host.addresses().follow()]);
            if let Err(error) = self.update(&mut servers).await {
                tracing::error!(%error, "the API could not be served");
            }
            tokio::select! {
                _ = members.changed() => {}
                () = hosts.changed() => {}
            }
            if self.wanted().len() > self.serving.borrow().len() {
                self.setup.clock.sleep(READY).await;
            }
        }
    }

    /// The databases that the API answers from, as things stand.
    fn wanted(&self) -> Vec<Database> {
        if self.setup.vips.as_ref().is_some_and(|vips| self.holders(*vips) != 1) {
            return Vec::new();
        }
        let mut wanted: Vec<Database> = Vec::new();
        for (_, database) in self.by_host() {
            if wanted.iter().all(|other| other.cluster_id() != database.cluster_id()) {
                wanted.push(database);
            }
        }
        wanted
    }

    /// The hosts whose API servers answer, each with the database.
    fn by_host(&self) -> Vec<(Host, Database)> {
        let hosts = self.roster.all();
        let serves = hosts.iter().filter(|host| host.pods().serves("kube-apiserver"));
        let all = self.members.serving();
        // An API server asks its own host's member first, and any other that answers where that does not.
        let own =
            |host: &Host| all.iter().find(|(_, members)| members.iter().any(|name| name == host.name()));
        serves
            .filter_map(|host| {
                let (database, _) = own(host).or(all.first())?;
                Some((host.clone(), database.clone()))
            })
            .collect()
    }

    /// How many hosts have the address of the API: with two of them, neither gets what is sent there.
    fn holders(&self, vips: Vips) -> usize {
        self.roster.all().iter().filter(|host| host.addresses().has(vips.api)).count()
    }

    async fn update(&self, servers: &mut BTreeMap<u64, ApiServer>) -> io::Result<()> {
        let by_host = self.by_host();
        for (_, database) in &by_host {
            let cluster = database.cluster_id();
            if !servers.contains_key(&cluster) {
                servers.insert(cluster, ApiServer::start(self.options(database)).await?);
            }
        }
        let address = |database: &Database| servers.get(&database.cluster_id()).map(ApiServer::address);
        for host in self.roster.all() {
            let own = by_host.iter().find(|(other, _)| other.name() == host.name());
            host.set_local_api(own.and_then(|(_, database)| address(database)));
        }
        let backend = |database: Database| {
            let address = address(&database)?;
            Some(Backend { cluster: database.cluster_id(), store: database.store().clone(), address })
        };
        let backends: Vec<Backend> = self.wanted().into_iter().filter_map(backend).collect();
        let ids = |all: &[Backend]| all.iter().map(|one| one.cluster).collect::<Vec<_>>();
        let before = self.serving.borrow().clone();
        if ids(&before) == ids(&backends) {
            return Ok(());
        }
        if backends.len() > 1 && before.len() <= 1 {
            self.splits.fetch_add(1, Ordering::Relaxed);
        }
        let what = match backends.as_slice() {
            [] => "the API ceased to answer".to_owned(),
            [one] => format!("the API answers from cluster {:x}", one.cluster),
            several => format!("the API answers from {} clusters at once", several.len()),
        };
        self.setup.log.record(&self.name, what, "kube-apiserver and etcd");
        // Connections to what answers no more are cut.
        self.inner.down();
        self.outer.switch.down();
        let answers = !backends.is_empty();
        // Whoever waits for an answer is told when the port is open.
        let opened = if answers { self.inner.up().and_then(|()| self.outer.open()) } else { Ok(()) };
        self.serving.send_replace(backends);
        opened
    }

    fn options(&self, database: &Database) -> ServerOptions {
        ServerOptions {
            name: self.name.clone(),
            authority: self.authority.clone(),
            hostnames: vec![format!("api.{}.lab", self.name)],
            store: database.store().clone(),
            runtime: Arc::new(Containers::new()),
            faults: self.setup.faults.clone(),
            clock: self.setup.clock.clone(),
        }
    }

    async fn accept(&self, switch: &Switch) {
        let mut turn = 0;
        loop {
            let (mut client, ticket, _) = switch.accept().await;
            let mut serving = self.serving.subscribe();
            let Ok(backends) = serving.wait_for(|backends| !backends.is_empty()).await.map(|all| all.clone())
            else {
                return;
            };
            turn += 1;
            let backend = backends[turn % backends.len()].clone();
            tokio::spawn(async move {
                let carried = async {
                    let mut server = TcpStream::connect(backend.address).await?;
                    server.set_nodelay(true)?;
                    tokio::io::copy_bidirectional(&mut client, &mut server).await
                };
                if let Err(error) = carried.await {
                    tracing::debug!(%error, "a connection to the API ended early");
                }
                drop(ticket);
            });
        }
    }
}
