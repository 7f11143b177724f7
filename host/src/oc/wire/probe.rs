//! Looks whether an API server answers, as one of its users would find it: a new connection each time, no account, the
//! certificate checked by the kubeconfig's authority.

use std::time::Duration;

use http::Request;
use kube::Client;
use kube::client::Body;
use kube::config::{AuthInfo, Config};

use super::link::config;
use super::{Reached, trouble};
use crate::problem::Problem;

/// How long one look may take.
const LIMIT: Duration = Duration::from_secs(5);

/// What is asked of an API server.
#[derive(Clone)]
pub(crate) struct Door {
    config: Config,
}

impl Door {
    /// Reads the way to the cluster from its kubeconfig; nothing is contacted.
    ///
    /// Errors: `environment`.
    pub(crate) async fn of(cluster: &Reached) -> Result<Self, Problem> {
        let (mut config, _) = config(cluster, None).await?;
        // Whether it answers at all needs no account, and a plugin that logs in must not be run every second.
        config.auth_info = AuthInfo::default();
        config.connect_timeout = Some(LIMIT);
        Ok(Self { config })
    }

    /// The address as users write it, without what may be secret in it.
    pub(crate) fn address(&self) -> String {
        let url = &self.config.cluster_url;
        let port = url.port_u16().map_or(String::new(), |port| format!(":{port}"));
        format!("{}{port}", self.host())
    }

    /// The name or address of the server.
    pub(crate) fn host(&self) -> String {
        self.config.cluster_url.host().unwrap_or_default().trim_matches(['[', ']']).to_owned()
    }

    /// Whether a proxy finds the server, and not this machine's resolver.
    pub(crate) fn is_behind_proxy(&self) -> bool {
        self.config.proxy_url.is_some()
    }

    /// Looks once: says why it does not answer, or is not ready.
    pub(crate) async fn look(&self) -> Result<(), String> {
        let asked = tokio::time::timeout(LIMIT, self.ask()).await;
        asked.unwrap_or_else(|_| Err("no answer within 5s".to_owned()))
    }

    async fn ask(&self) -> Result<(), String> {
        let client = Client::try_from(self.config.clone()).map_err(|error| trouble::chain(&error))?;
        let request = Request::get("/readyz").body(Body::empty()).map_err(|error| error.to_string())?;
        let answer = client.send(request).await.map_err(|error| trouble::silence(&error).why)?;
        // Whoever is told to log in has been answered.
        match answer.status() {
            status if status.is_server_error() => Err(format!("it answers {}: not ready", status.as_u16())),
            _ => Ok(()),
        }
    }
}
