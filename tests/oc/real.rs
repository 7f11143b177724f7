//! The real clusters, shared by all tests of the process: two control planes of one authority, the first with a node.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use drsh_lab::apiserver::{Authority, User, crds};
use drsh_real::plane::Options;
use drsh_real::{Kubelet, Plane, Tools, plane};
use serde_json::json;
use tokio::runtime::Runtime;

use super::cluster::Cluster;
use super::kit;
use super::words;

/// One of them, and what its pods need.
pub struct Shared {
    pub plane: Plane,
    programs: plane::Programs,
    node: Option<(Kubelet, Tools)>,
}

/// The cluster with the node, and a new namespace in it; none where the servers are absent.
pub fn cluster() -> Option<Cluster> {
    static SHARED: OnceLock<Option<Shared>> = OnceLock::new();
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let shared = SHARED.get_or_init(start).as_ref()?;
    Some(shared.cluster(&format!("test-{}", COUNT.fetch_add(1, Ordering::Relaxed))))
}

fn start() -> Option<Shared> {
    let what = "the `oc` family on a real API server";
    let (programs, kubelet, tools) = (plane::Programs::find(what)?, Kubelet::find(what)?, Tools::find(what)?);
    let runtime = Runtime::new().unwrap();
    let mut shared = Shared::start(&runtime, &programs, Options::new("source").unwrap());
    let kubelet = runtime.block_on(Kubelet::start(&kubelet, &shared.plane, "node-1")).unwrap();
    shared.node = Some((kubelet, tools));
    Some(shared)
}

impl Shared {
    fn start(runtime: &Runtime, programs: &plane::Programs, options: Options) -> Self {
        let plane = runtime.block_on(async {
            let plane = Plane::start(programs, options).await.unwrap();
            let definitions = crds::definitions(crds::MANAGEMENT).map_err(|status| status.message).unwrap();
            kit::define(&plane.client(&User::admin()).unwrap(), definitions).await;
            plane
        });
        Self { plane, programs: programs.clone(), node: None }
    }

    fn cluster(&'static self, namespace: &str) -> Cluster {
        let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}});
        Runtime::new().unwrap().block_on(async {
            let client = self.plane.client(&User::admin()).unwrap();
            kit::create(&client, "/api/v1/namespaces", &object).await.unwrap();
        });
        Cluster::Real { shared: self, namespace: namespace.to_owned() }
    }

    /// The other cluster, with this namespace.
    pub fn another(&self, namespace: &str) -> Cluster {
        static OTHER: OnceLock<Shared> = OnceLock::new();
        let start = || {
            let authority: Authority = self.plane.authority().clone();
            let options = Options { authority, ..Options::new("other").unwrap() };
            Self::start(&Runtime::new().unwrap(), &self.programs, options)
        };
        OTHER.get_or_init(start).cluster(namespace)
    }

    /// Makes the containers of a pod.
    pub fn run(&self, namespace: &str, pod: &str) {
        let (kubelet, tools) = self.node.as_ref().unwrap();
        words::install(kubelet, tools, namespace, pod);
    }
}
