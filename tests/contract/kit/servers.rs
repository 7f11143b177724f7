//! The two servers that every case of this process shares.

use std::sync::{Arc, LazyLock};

use drsh_lab::actors::{Cluster, garbage, namespaces};
use drsh_lab::apiserver::{ApiServer, Authority, ServerOptions, Store, User};
use drsh_lab::clock::Clock;
use drsh_lab::containers::Containers;
use drsh_lab::faults::Faults;
use drsh_lab::log::WorldLog;
use drsh_real::Plane;
use drsh_real::plane::{Options, Programs};
use kube::Client;
use tokio::runtime::Runtime;

/// A server under test.
pub struct Server {
    pub name: &'static str,
    admin: Client,
    connect: Box<dyn Fn(&User) -> Client + Send + Sync>,
}

impl Server {
    /// The client that may do everything; cases share its connections.
    pub fn admin(&self) -> Client {
        self.admin.clone()
    }

    /// A client that works as `user`.
    pub fn client(&self, user: &User) -> Client {
        (self.connect)(user)
    }
}

/// Both servers, and what they run on.
pub struct Servers {
    pub runtime: Runtime,
    pub lab: Server,
    pub real: Option<Server>,
}

/// The servers of this process, started with its first case.
pub static SERVERS: LazyLock<Servers> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let lab = runtime.block_on(start_lab());
    let plane = Programs::find("that the lab answers as a real API server does, beyond what is recorded")
        .map(|programs| runtime.block_on(start_real(&programs)));
    let real = plane.map(|plane| Server {
        name: "the real server",
        admin: runtime.block_on(async { plane.client(&User::admin()).unwrap() }),
        connect: Box::new(move |user| plane.client(user).unwrap()),
    });
    Servers { runtime, lab, real }
});

async fn start_lab() -> Server {
    let (clock, faults) = (Clock::new(1000.0, 7), Faults::default());
    let server = ApiServer::start(ServerOptions {
        name: "contract".to_owned(),
        authority: Authority::new("contract").unwrap(),
        hostnames: Vec::new(),
        store: Store::new(),
        runtime: Arc::new(Containers::new()),
        faults: faults.clone(),
        clock: clock.clone(),
    })
    .await
    .unwrap();
    let admin = server.client(&User::admin()).unwrap();
    let cluster = Cluster::new("contract", admin.clone(), clock, faults, WorldLog::default());
    cluster.spawn("namespace-controller", namespaces::live);
    cluster.spawn("garbage-collector", garbage::live);
    let connect = move |user: &User| {
        // The actors live as long as their cluster does.
        let _alive = &cluster;
        server.client(user).unwrap()
    };
    Server { name: "the lab", admin, connect: Box::new(connect) }
}

async fn start_real(programs: &Programs) -> Plane {
    let mut plane = Plane::start(programs, Options::new("contract").unwrap()).await.unwrap();
    plane.start_controllers().unwrap();
    plane
}
