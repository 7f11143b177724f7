//! The load balancer of the cluster's API: it answers while an API server runs on an etcd that has a quorum.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
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
    pub(super) switch: Switch,
    /// How often the API began to answer from more than one database.
    pub(super) splits: Arc<AtomicUsize>,
    /// The databases that the API answers from: more than one is the worst that can happen.
    pub(super) serving: Arc<watch::Sender<Vec<Backend>>>,
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
        let front = self.clone();
        let until = end.clone();
        tokio::spawn(async move { until.run_until_cancelled(front.accept()).await });
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
        let hosts = self.roster.all();
        let serves = hosts.iter().filter(|host| host.pods().serves("kube-apiserver"));
        let all = self.members.serving();
        // An API server asks its own host's member first, and any other that answers where that does not.
        let own =
            |host: &Host| all.iter().find(|(_, members)| members.iter().any(|name| name == host.name()));
        let mut wanted: Vec<Database> = Vec::new();
        for host in serves {
            if let Some((database, _)) = own(host).or(all.first())
                && wanted.iter().all(|other| other.cluster_id() != database.cluster_id())
            {
                wanted.push(database.clone());
            }
        }
        wanted
    }

    /// How many hosts have the address of the API: with two of them, neither gets what is sent there.
    fn holders(&self, vips: Vips) -> usize {
        self.roster.all().iter().filter(|host| host.addresses().has(vips.api)).count()
    }

    async fn update(&self, servers: &mut BTreeMap<u64, ApiServer>) -> io::Result<()> {
        let mut backends = Vec::new();
        for database in self.wanted() {
            let cluster = database.cluster_id();
            let server = match servers.get(&cluster) {
                Some(server) => server.clone(),
                None => ApiServer::start(self.options(&database)).await?,
            };
            backends.push(Backend { cluster, store: database.store().clone(), address: server.address() });
            servers.insert(cluster, server);
        }
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
        self.switch.down();
        let answers = !backends.is_empty();
        // Whoever waits for an answer is told when the port is open.
        let opened = if answers { self.switch.up() } else { Ok(()) };
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

    async fn accept(&self) {
        let mut turn = 0;
        loop {
            let (mut client, ticket, _) = self.switch.accept().await;
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
