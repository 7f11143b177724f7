//! The etcd members of hosted control planes: each pod runs a real etcd on the volume of its claim, restores a real
//! snapshot with etcdutl, and has etcdctl and etcdutl in its file system.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use drsh_lab::actors::kubelet::Image;
use drsh_lab::actors::{Cluster, Key, kinds};
use drsh_lab::apiserver::User;
use drsh_lab::apiserver::{Authority, crds};
use drsh_lab::etcd::Etcd as LabEtcd;
use drsh_lab::etcd::restore::Downloader;
use drsh_lab::ground::{Databases, GroundError, HostedPlane, Plane as WorldPlane};
use drsh_lab::log::WorldLog;
use tokio::sync::watch;

use super::api::RealApi;
use super::definitions;
use super::image::EtcdImage;
use crate::kubelet::Kubelet;
use crate::plane::{Options as PlaneOptions, Plane, Programs};
use crate::programs;
use crate::server::Server;
use crate::tools::Tools;

/// How often the members are asked whether they have a leader.
const GLANCE: Duration = Duration::from_millis(100);

/// The programs in the containers of etcd pods.
#[derive(Debug, Clone)]
pub(super) struct Kit {
    pub(super) etcdctl: PathBuf,
    pub(super) etcdutl: PathBuf,
    pub(super) busybox: Tools,
}

impl Kit {
    #[allow(clippy::similar_names, reason = "they are the names of the programs")]
    pub(super) fn find(what: &str) -> Option<Self> {
        let [etcdctl, etcdutl] = programs::all(["etcdctl", "etcdutl"], what)?;
        Some(Self { etcdctl, etcdutl, busybox: Tools::find(what)? })
    }
}

/// What the members of a management cluster are made with.
pub(super) struct Options {
    pub(super) name: String,
    pub(super) programs: Programs,
    pub(super) tools: Kit,
    pub(super) kubelet: Kubelet,
    pub(super) folder: PathBuf,
    pub(super) downloader: Downloader,
    pub(super) log: WorldLog,
}

/// The members of one management cluster. Clones share them.
#[derive(Clone)]
pub(super) struct Members {
    pub(super) options: Arc<Options>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    addresses: HashMap<Key, Ipv4Addr>,
    authorities: HashMap<String, Authority>,
    running: BTreeMap<Key, Running>,
    /// The etcd cluster that the volume of each claim belongs to, by the claim's UID.
    formed: HashMap<String, Formation>,
    /// How many clusters were formed.
    count: u64,
    serving: HashMap<String, watch::Sender<Option<u64>>>,
    watched: BTreeSet<String>,
}

/// An etcd cluster: who formed it, and from what.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Formation {
    namespace: String,
    source: String,
    id: u64,
}

struct Running {
    _server: Server,
    address: Ipv4Addr,
    id: u64,
}

impl Members {
    pub(super) fn new(options: Options) -> Self {
        Self { options: Arc::new(options), state: Arc::default() }
    }

    /// The address of a pod's member: a loopback address of its own, so that each has etcd's usual ports.
    pub(super) fn address(&self, pod: &Key) -> Ipv4Addr {
        let mut state = self.lock();
        *state.addresses.entry(pod.clone()).or_insert_with(crate::server::own_address)
    }

    /// Who signs the certificates of the etcd in `namespace`.
    pub(super) fn authority(&self, namespace: &str) -> Result<Authority, GroundError> {
        let mut state = self.lock();
        if let Some(known) = state.authorities.get(namespace) {
            return Ok(known.clone());
        }
        let made = Authority::new("etcd-signer").map_err(GroundError::of)?;
        state.authorities.insert(namespace.to_owned(), made.clone());
        Ok(made)
    }

    /// Takes in that the volume of a claim belongs to the cluster that is formed from `source` in `namespace`.
    pub(super) fn join(&self, claim_uid: &str, namespace: &str, source: &str) {
        let mut state = self.lock();
        let is_same = |one: &&Formation| one.namespace == namespace && one.source == source;
        let known = state.formed.values().find(is_same).cloned();
        let formed = known.unwrap_or_else(|| {
            state.count += 1;
            Formation { namespace: namespace.to_owned(), source: source.to_owned(), id: state.count }
        });
        state.formed.insert(claim_uid.to_owned(), formed);
    }

    /// Forgets the volume of a claim that was deleted, and all that was on it.
    pub(super) fn drop_volume(&self, claim_uid: &str) {
        self.lock().formed.remove(claim_uid);
        // A volume that was never mounted has no folder.
        let _ = std::fs::remove_dir_all(self.options.folder.join(claim_uid));
    }

    pub(super) fn started(&self, pod: &Key, claim_uid: &str, server: Server) {
        let address = self.address(pod);
        let mut state = self.lock();
        let id = state.formed.get(claim_uid).map_or(0, |formed| formed.id);
        state.running.insert(pod.clone(), Running { _server: server, address, id });
    }

    pub(super) fn stopped(&self, pod: &Key) {
        let ended = self.lock().running.remove(pod);
        drop(ended);
        // A container that cannot be taken away answers until its member's volume goes.
        let _ = self.options.kubelet.remove_pod(&pod.namespace, &pod.name);
    }

    /// Asks the members of `namespace` for as long as the world lives whether they have a leader.
    async fn keep_asking(self, namespace: String) {
        loop {
            let running: Vec<(Ipv4Addr, u64)> = {
                let state = self.lock();
                let own = state.running.iter().filter(|(pod, _)| pod.namespace == namespace);
                own.map(|(_, running)| (running.address, running.id)).collect()
            };
            let mut serving = None;
            for (address, id) in running {
                if super::health::has_leader(address).await {
                    serving = Some(id);
                    break;
                }
            }
            if let Some(sender) = self.lock().serving.get(&namespace) {
                sender.send_if_modified(|known| std::mem::replace(known, serving) != serving);
            }
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// The arguments with which an API server reaches the members of `namespace`.
    fn reach(&self, namespace: &str) -> Result<Vec<String>, GroundError> {
        let folder = self.options.folder.join(format!("{namespace}-client"));
        std::fs::create_dir_all(&folder).map_err(GroundError::of)?;
        let authority = self.authority(namespace)?;
        let who = authority.issue_client(&User::new("kube-apiserver", [""; 0])).map_err(GroundError::of)?;
        let write = |name: &str, text: &str| {
            let file = folder.join(name);
            std::fs::write(&file, text).map(|()| file.display().to_string()).map_err(GroundError::of)
        };
        let addresses: Vec<String> = {
            let state = self.lock();
            let own = state.running.iter().filter(|(pod, _)| pod.namespace == namespace);
            own.map(|(_, running)| format!("https://{}:2379", running.address)).collect()
        };
        Ok(vec![
            format!("--etcd-servers={}", addresses.join(",")),
            format!("--etcd-cafile={}", write("ca.crt", authority.pem())?),
            format!("--etcd-certfile={}", write("tls.crt", &who.certificate_pem())?),
            format!("--etcd-keyfile={}", write("tls.key", &who.key_pem())?),
        ])
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Databases for Members {
    fn image(&self, cluster: &Cluster) -> Arc<dyn Image> {
        let claims = cluster.watch(&kinds::PERSISTENT_VOLUME_CLAIM);
        let members = self.clone();
        claims.listen(move |change| {
            if change.gone {
                members.drop_volume(drsh_lab::actors::object::uid(&change.object));
            }
            true
        });
        Arc::new(EtcdImage::new(self.clone(), claims, cluster.clock().clone()))
    }

    fn serving(&self, namespace: &str) -> Option<u64> {
        *self.follow(namespace).borrow()
    }

    fn follow(&self, namespace: &str) -> watch::Receiver<Option<u64>> {
        let mut state = self.lock();
        let receiver =
            state.serving.entry(namespace.to_owned()).or_insert_with(|| watch::Sender::new(None)).subscribe();
        if state.watched.insert(namespace.to_owned()) {
            tokio::spawn(self.clone().keep_asking(namespace.to_owned()));
        }
        receiver
    }

    async fn serve(&self, wanted: HostedPlane) -> Result<Arc<dyn WorldPlane>, GroundError> {
        let mut options = PlaneOptions::new(&wanted.name).map_err(GroundError::of)?;
        options.signing_key = Some(wanted.authority.key_pem() + wanted.authority.pem());
        options.authority = wanted.authority;
        options.hostnames = wanted.hostnames;
        options.etcd = Some(self.reach(&wanted.namespace)?);
        let started = Plane::start(&self.options.programs, options).await;
        let mut plane = started.map_err(GroundError::of)?;
        let client = plane.client(&User::admin()).map_err(GroundError::of)?;
        definitions::install(client, crds::HOSTED).await?;
        plane.start_controllers().map_err(GroundError::of)?;
        Ok(Arc::new(RealApi::new(self.options.programs.clone(), plane, None)))
    }

    fn own(&self) -> Option<&LabEtcd> {
        None
    }
}
