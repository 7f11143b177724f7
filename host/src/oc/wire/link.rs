//! The open connection to a cluster: made once a run from the kubeconfig that the environment names.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kube::Client;
use kube::config::{Config, KubeConfigOptions, Kubeconfig};
use tokio::sync::{Mutex as AsyncMutex, OnceCell};

use super::identity::{self, Identity};
use super::lease::{self, Lease};
use super::{Reached, trouble};
use crate::declare::Effect;
use crate::environment::Target;
use crate::oc::kinds::Kinds;
use crate::problem::Problem;

/// How long a connection may take to come about.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// What the run holds open, by the cluster's name.
#[derive(Default)]
struct Links {
    open: Mutex<HashMap<String, Arc<Link>>>,
    /// Where another way than the kubeconfig's leads to a cluster.
    detours: Mutex<HashMap<String, Detour>>,
}

/// Another way to the API of a cluster: an address of this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Detour(pub(crate) SocketAddr);

/// The connection to one cluster.
pub(crate) struct Link {
    /// The client; the network is touched only when it is used.
    pub(super) client: Client,
    /// Where it leads, for messages.
    pub(super) server: String,
    /// The kubeconfig and context, for messages.
    pub(super) origin: String,
    /// Who the cluster is, once it was met.
    pub(super) identity: OnceCell<Identity>,
    /// The kinds that it serves, once asked for.
    pub(super) kinds: AsyncMutex<Option<Arc<Kinds>>>,
    /// What keeps other operators off the cluster while this run changes it.
    pub(super) lease: AsyncMutex<Lease>,
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link").field("server", &self.server).finish_non_exhaustive()
    }
}

/// Gives the connection to the permitted cluster, after making sure that it is the cluster that it should be and, for
/// a change, that no other operator works on it.
///
/// Errors: `environment` for a kubeconfig that is of no use, `unreachable`, `denied`, `wrong_cluster`, `held`.
pub(crate) async fn reach(cluster: &Reached) -> Result<Arc<Link>, Problem> {
    let link = open(cluster).await?;
    identity::pin(cluster, &link).await?;
    if cluster.effect() >= Effect::Change && cluster.run().is_recorded() {
        lease::hold(cluster, &link).await?;
    }
    Ok(link)
}

/// Does as [`reach`], and asks the cluster again who it is: before what cannot be undone.
pub(crate) async fn reach_to_destroy(cluster: &Reached) -> Result<Arc<Link>, Problem> {
    let link = reach(cluster).await?;
    identity::check_again(cluster, &link).await?;
    Ok(link)
}

/// Reaches the cluster by another way from now on, or by that of its kubeconfig again.
pub(crate) fn detour(cluster: &Reached, way: Option<Detour>) {
    let links = cluster.run().connections().of::<Links>();
    let mut detours = links.detours.lock().unwrap_or_else(PoisonError::into_inner);
    let before = match way {
        Some(way) => detours.insert(cluster.name().to_owned(), way),
        None => detours.remove(cluster.name()),
    };
    drop(detours);
    if before != way {
        links.open.lock().unwrap_or_else(PoisonError::into_inner).remove(cluster.name());
    }
}

async fn open(cluster: &Reached) -> Result<Arc<Link>, Problem> {
    let links = cluster.run().connections().of::<Links>();
    let known = |links: &Links| {
        links.open.lock().unwrap_or_else(PoisonError::into_inner).get(cluster.name()).cloned()
    };
    if let Some(link) = known(&links) {
        return Ok(link);
    }
    let detour = links.detours.lock().unwrap_or_else(PoisonError::into_inner).get(cluster.name()).copied();
    let made = make(cluster, detour).await?;
    let mut open = links.open.lock().unwrap_or_else(PoisonError::into_inner);
    // Another branch may have been faster; its link is the one that everybody shares.
    Ok(open.entry(cluster.name().to_owned()).or_insert(made).clone())
}

async fn make(cluster: &Reached, detour: Option<Detour>) -> Result<Arc<Link>, Problem> {
    let (config, origin) = config(cluster, detour).await?;
    let server = config.cluster_url.to_string();
    let client = Client::try_from(config).map_err(|error| match error {
        kube::Error::Auth(cause) => trouble::no_credentials(cluster, &cause),
        error => unfit(cluster, &origin, &error),
    })?;
    let (identity, kinds) = (OnceCell::new(), AsyncMutex::new(None));
    Ok(Arc::new(Link { client, server, origin, identity, kinds, lease: AsyncMutex::default() }))
}

/// A kubeconfig that no client can be made of.
fn unfit(cluster: &Reached, origin: &str, error: &dyn std::error::Error) -> Problem {
    let declared = cluster.declared();
    let said = trouble::without_content(&trouble::chain(error));
    Problem::new("environment", format!("the kubeconfig {origin} of {declared} is of no use: {said}"))
        .hint(format!("see [clusters.{}] in {}", declared.name(), declared.environment().file.display()))
}

/// Reads the way to the cluster; gives the kubeconfig and context too, for messages.
pub(super) async fn config(cluster: &Reached, detour: Option<Detour>) -> Result<(Config, String), Problem> {
    let declared = cluster.declared();
    let entry = declared.entry();
    let file = declared.environment().resolve(&entry.kubeconfig);
    let origin = match &entry.context {
        Some(context) => format!("{} (context {context})", file.display()),
        None => file.display().to_string(),
    };
    let unfit = |error: &dyn std::error::Error| unfit(cluster, &origin, error);
    let useless = |what: String, hint: String| {
        let table = format!("[clusters.{}] in {}", declared.name(), declared.environment().file.display());
        Err(Problem::new("environment", format!("the kubeconfig {} of {declared} {what}", file.display()))
            .hint(format!("{hint} {table}")))
    };
    match std::fs::metadata(&file) {
        Err(error) => return useless(format!("cannot be read: {error}"), "mend".to_owned()),
        Ok(found) if found.is_dir() => return useless("is a folder".to_owned(), "name a file in".to_owned()),
        Ok(_) => {}
    }
    let kubeconfig = Kubeconfig::read_from(&file).map_err(|error| unfit(&error))?;
    if let Some(context) = &entry.context
        && !kubeconfig.contexts.iter().any(|known| known.name == *context)
    {
        let known: Vec<&str> = kubeconfig.contexts.iter().map(|known| known.name.as_str()).collect();
        let hint = format!(
            "it has {}: mend the context of",
            if known.is_empty() { "none".to_owned() } else { known.join(", ") }
        );
        return useless(format!("has no context `{context}`"), hint);
    }
    let options = KubeConfigOptions { context: entry.context.clone(), ..KubeConfigOptions::default() };
    let mut config =
        Config::from_custom_kubeconfig(kubeconfig, &options).await.map_err(|error| unfit(&error))?;
    // drsh repeats by itself: with a deadline, and only what may be repeated.
    config.default_retry = false;
    config.connect_timeout = Some(CONNECT_LIMIT);
    if let Some(Detour(address)) = detour {
        // Who answers still has to be the server that the kubeconfig names.
        let name = config.cluster_url.host().map(str::to_owned);
        config.tls_server_name = config.tls_server_name.or(name);
        config.cluster_url =
            format!("https://{address}/").parse().map_err(|error: http::uri::InvalidUri| unfit(&error))?;
        config.proxy_url = None;
    }
    Ok((config, origin))
}
