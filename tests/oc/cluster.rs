//! The API server that a test works with: the lab's, or a real one with a namespace that the test has to itself.

use std::net::SocketAddr;
use std::sync::Arc;

use drsh_lab::apiserver::{ApiServer, Authority, ServerOptions, Store, User, crds};
use drsh_lab::clock::Clock;
use drsh_lab::faults::Faults;
use tokio::runtime::Handle;

use super::real;
use super::words::Words;

/// A cluster.
pub enum Cluster {
    /// One that the lab plays, from when a test's runtime is there.
    Lab { name: String, authority: Authority, faults: Faults, server: Option<ApiServer> },
    /// One of the real ones that all tests share.
    Real { shared: &'static real::Shared, namespace: String },
}

impl Cluster {
    /// A cluster of the lab with an authority of its own.
    pub fn lab(name: &str) -> Self {
        let authority = Authority::new(name).unwrap();
        Self::Lab { name: name.to_owned(), authority, faults: Faults::default(), server: None }
    }

    /// Starts it, as far as it does not run.
    pub fn start(&mut self, runtime: &Handle) {
        if let Self::Lab { name, authority, faults, server } = self {
            let store = Store::new();
            crds::install(&store, crds::MANAGEMENT).map_err(|status| status.message).unwrap();
            let options = ServerOptions {
                name: name.clone(),
                authority: authority.clone(),
                hostnames: Vec::new(),
                store,
                runtime: Arc::new(Words),
                faults: faults.clone(),
                clock: Clock::new(100.0, 1),
            };
            *server = Some(runtime.block_on(ApiServer::start(options)).unwrap());
        }
    }

    /// Another cluster with the same namespace, whose certificate the same authority signs.
    pub fn another(&self, runtime: &Handle) -> Self {
        let mut other = match self {
            Self::Lab { authority, faults, .. } => Self::Lab {
                name: "other".to_owned(),
                authority: authority.clone(),
                faults: faults.clone(),
                server: None,
            },
            Self::Real { shared, namespace } => shared.another(namespace),
        };
        other.start(runtime);
        other
    }

    /// The namespace that belongs to the test.
    pub fn namespace(&self) -> &str {
        match self {
            Self::Lab { .. } => "default",
            Self::Real { namespace, .. } => namespace,
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        match self {
            Self::Lab { .. } => self.api().address(),
            Self::Real { shared, .. } => SocketAddr::from(([127, 0, 0, 1], shared.plane.port())),
        }
    }

    /// A kubeconfig for `user`.
    pub fn kubeconfig(&self, user: &User) -> String {
        match self {
            Self::Lab { .. } => self.api().kubeconfig(user).unwrap(),
            Self::Real { shared, .. } => shared.plane.kubeconfig(user).unwrap(),
        }
    }

    /// A client for an administrator.
    pub fn client(&self) -> kube::Client {
        match self {
            Self::Lab { .. } => self.api().client(&User::admin()).unwrap(),
            Self::Real { shared, .. } => shared.plane.client(&User::admin()).unwrap(),
        }
    }

    /// The faults of the lab.
    pub fn faults(&self) -> &Faults {
        match self {
            Self::Lab { faults, .. } => faults,
            Self::Real { .. } => panic!("a real server has no faults that can be armed"),
        }
    }

    /// The store of the lab.
    pub fn store(&self) -> Store {
        self.api().store()
    }

    fn api(&self) -> &ApiServer {
        match self {
            Self::Lab { server: Some(server), .. } => server,
            _ => panic!("no API server of the lab runs"),
        }
    }
}
