//! What becomes of the kubelets' certificates when the data goes back in time, and the strangers who make use of that.

use std::sync::{Arc, Mutex, PoisonError};

use crate::actors::on_hosts::Credentials;
use crate::actors::{Cluster, Kind, certificates, kinds};
use crate::ground::GroundError;
use crate::hosts::{self, Host};
use crate::scenario::{Forgery, HostsPlan};
use crate::world::LabError;
use crate::world::standalone::forgeries::{self, Forged, Victims};
use crate::world::standalone::furniture;

/// What strangers ask for once kubelets have to ask anew.
const FORGERIES: [Forgery; 9] = [
    Forgery::UnknownNode,
    Forgery::WrongGroup,
    Forgery::ExtraOrganization,
    Forgery::WrongSigner,
    Forgery::WrongRequestor,
    Forgery::AddressOfAnotherNode,
    Forgery::ForeignName,
    Forgery::BrokenSignature,
    Forgery::VeryOld,
];

/// The certificates of a cluster on hosts, over all the lives of its API. Clones share them.
#[derive(Clone)]
pub(super) struct Certificates {
    is_stale_after_restore: bool,
    has_machines: bool,
    pub(super) credentials: Credentials,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    /// The etcd cluster that the API answered from last.
    cluster: Option<u64>,
    forged: Vec<Forged>,
}

impl Certificates {
    /// Those of a cluster of this plan.
    pub(super) fn new(plan: &HostsPlan) -> Self {
        Self {
            is_stale_after_restore: plan.stale_certificates,
            has_machines: plan.machines,
            credentials: Credentials::default(),
            inner: Arc::default(),
        }
    }

    /// The requests of strangers that were planted.
    pub(super) fn forged(&self) -> Vec<Forged> {
        self.lock().forged.clone()
    }

    /// Starts who signs, and looks whether the API went back in time.
    pub(super) fn inhabit(&self, cluster: &Cluster, hosts: &hosts::Cluster) {
        certificates::start(cluster, hosts.authority(), self.has_machines);
        let serving = hosts.serving().first().map(|(id, _)| *id);
        let before = std::mem::replace(&mut self.lock().cluster, serving);
        if !self.is_stale_after_restore || before.is_none() || before == serving {
            return;
        }
        let strangers = others(hosts, serving);
        self.credentials.refuse(&strangers);
        let (itself, hosts) = (self.clone(), hosts.for_inhabitants());
        cluster.run(async move {
            match plant(&hosts, &strangers).await {
                Ok(forged) => itself.lock().forged.extend(forged),
                Err(error) => tracing::error!(%error, "the forgeries could not be planted"),
            }
        });
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What kubelets need to ask for certificates, and with machines who approves theirs.
pub(super) fn furnishing(plan: &HostsPlan) -> Vec<(Kind, serde_json::Value)> {
    let approver = plan.machines.then(|| (kinds::DEPLOYMENT, furniture::approver()));
    furniture::roles().into_iter().chain(approver).collect()
}

/// The hosts that run no member of this etcd cluster.
fn others(hosts: &hosts::Cluster, cluster: Option<u64>) -> Vec<Host> {
    let runs = |host: &Host| cluster.is_some_and(|cluster| host.members().runs(host.name(), cluster));
    hosts.hosts().into_iter().filter(|host| host.is_on() && !runs(host)).collect()
}

async fn plant(hosts: &hosts::Cluster, strangers: &[Host]) -> Result<Vec<Forged>, LabError> {
    let waiting: Vec<_> =
        strangers.iter().map(|host| (host.name().to_owned(), host.ip().to_string())).collect();
    if waiting.len() < 2 {
        return Ok(Vec::new());
    }
    let store = hosts.serving().into_iter().next().map(|(_, store)| store);
    let victims = Victims { waiting, well: Vec::new(), used_key: String::new(), store };
    forgeries::plant(&FORGERIES, &victims, |user| hosts.client(user).map_err(GroundError::of)).await
}
