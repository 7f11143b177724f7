//! One API server: a store behind a port.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::task::JoinHandle;

use super::authority::{Authority, AuthorityError};
use super::exec::PodRuntime;
use super::http;
use super::identity::User;
use super::kubeconfig::{KubeconfigOptions, kubeconfig};
use super::store::Store;
use super::tls::{Connection, Face, Listener, Switch};
use super::tokens::Tokens;
use crate::clock::Clock;
use crate::faults::{Faults, mark_inhabitant};

/// What a server is made of.
#[derive(Clone)]
pub struct ServerOptions {
    /// The name that faults and kubeconfigs know it by.
    pub name: String,
    /// Who signs its certificate and those of its users.
    pub authority: Authority,
    /// Names besides loopback that its certificate is good for.
    pub hostnames: Vec<String>,
    /// The objects that it serves.
    pub store: Store,
    /// What runs behind pods.
    pub runtime: Arc<dyn PodRuntime>,
    /// The faults that strike its requests.
    pub faults: Faults,
    /// The clock that slow answers go by.
    pub clock: Clock,
}

/// Why no client could be made.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The user's certificate could not be issued.
    #[error(transparent)]
    Certificate(#[from] AuthorityError),
    /// The client refused its configuration.
    #[error("cannot make a client: {0}")]
    Client(#[from] Box<kube::Error>),
}

/// A running API server. Clones are the same server.
#[derive(Clone)]
pub struct ApiServer {
    shared: Arc<Shared>,
}

struct Shared {
    options: ServerOptions,
    switch: Switch,
    face: Face,
    tokens: Tokens,
    task: JoinHandle<()>,
}

impl ApiServer {
    /// Binds a free port of loopback and serves HTTPS on it.
    ///
    /// Errors: no port could be bound, or the certificate could not be made.
    #[allow(clippy::unused_async, reason = "must be called within a runtime, which a future says best")]
    pub async fn start(options: ServerOptions) -> io::Result<Self> {
        let switch = Switch::bind()?;
        let certificate =
            options.authority.issue_server(&options.name, &options.hostnames).map_err(io::Error::other)?;
        let face = Face::new(&options.authority, &certificate)?;
        let listener = Listener::new(switch.clone(), face.clone());
        let tokens = Tokens::default();
        let router = http::router(http::Context {
            name: options.name.clone(),
            store: options.store.clone(),
            runtime: options.runtime.clone(),
            faults: options.faults.clone(),
            clock: options.clock.clone(),
            tokens: tokens.clone(),
            address: switch.address(),
        });
        let service = router.into_make_service_with_connect_info::<Connection>();
        let name = options.name.clone();
        let task = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, service).await {
                tracing::error!(name, %error, "the API server ended");
            }
        });
        Ok(Self { shared: Arc::new(Shared { options, switch, face, tokens, task }) })
    }

    /// The server's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.shared.options.name
    }

    /// The address, which stays the same while the server is down.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.shared.switch.address()
    }

    /// The objects, without the wire.
    #[must_use]
    pub fn store(&self) -> Store {
        self.shared.options.store.clone()
    }

    /// The bearer tokens that the server knows.
    #[must_use]
    pub fn tokens(&self) -> &Tokens {
        &self.shared.tokens
    }

    /// A kubeconfig (YAML) for `user`, with a new client certificate.
    pub fn kubeconfig(&self, user: &User) -> Result<String, AuthorityError> {
        self.kubeconfig_at(user, &self.url(), &KubeconfigOptions::default())
    }

    /// A kubeconfig (YAML) for `user` that reaches the server under another URL, or through a proxy.
    pub fn kubeconfig_at(
        &self,
        user: &User,
        url: &str,
        options: &KubeconfigOptions,
    ) -> Result<String, AuthorityError> {
        kubeconfig(self.name(), url, &self.shared.options.authority, user, options)
    }

    /// A real client that works over the wire as `user`, as the lab's actors do. It does not retry by itself.
    pub fn client(&self, user: &User) -> Result<kube::Client, ClientError> {
        client_of(self.address(), &self.shared.options.authority, user)
    }

    /// Refuses new connections and cuts the open ones.
    pub fn down(&self) {
        self.shared.switch.down();
    }

    /// Accepts connections again, on the same port.
    ///
    /// Errors: the port could not be opened.
    #[allow(clippy::unused_async, reason = "must be called within a runtime, which a future says best")]
    pub async fn up(&self) -> io::Result<()> {
        self.shared.switch.up()
    }

    /// Cuts the open connections and shows new ones a certificate of an authority that nobody knows.
    ///
    /// Errors: there is no such certificate, or the port could not be opened again.
    pub async fn disguise(&self) -> io::Result<()> {
        self.show(&Authority::new("stranger").map_err(io::Error::other)?).await
    }

    /// Cuts the open connections and shows new ones a certificate of its own authority again.
    ///
    /// Errors: as of [`Self::disguise`].
    pub async fn undisguise(&self) -> io::Result<()> {
        self.show(&self.shared.options.authority).await
    }

    async fn show(&self, authority: &Authority) -> io::Result<()> {
        let Shared { options, switch, face, .. } = &*self.shared;
        let certificate =
            authority.issue_server(&options.name, &options.hostnames).map_err(io::Error::other)?;
        let was_up = switch.is_up();
        switch.down();
        face.show(&certificate)?;
        if was_up { self.up().await } else { Ok(()) }
    }

    /// Whether connections are accepted.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.shared.switch.is_up()
    }

    /// Ends the server for good; every clone is dead afterwards.
    #[allow(clippy::unused_async, reason = "must be called within a runtime, which a future says best")]
    pub async fn stop(self) {
        self.shared.switch.down();
        self.shared.task.abort();
    }

    fn url(&self) -> String {
        format!("https://{}", self.address())
    }
}

impl std::fmt::Debug for ApiServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApiServer").field("name", &self.name()).field("address", &self.address()).finish()
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.switch.down();
        self.task.abort();
    }
}

/// A client of `user` of the server at `address`, which `authority` vouches for.
///
/// Errors: no client can be made for that user.
pub fn client_of(
    address: SocketAddr,
    authority: &Authority,
    user: &User,
) -> Result<kube::Client, ClientError> {
    let credentials = authority.issue_client(user)?;
    let url = format!("https://{address}")
        .parse()
        .map_err(|error| Box::new(kube::Error::HttpError(::http::Error::from(error))))?;
    let mut config = kube::Config::new(url);
    config.root_cert = Some(vec![authority.certificate().to_vec()]);
    config.auth_info.client_certificate_data = Some(STANDARD.encode(credentials.certificate_pem()));
    config.auth_info.client_key_data = Some(STANDARD.encode(credentials.key_pem()).into());
    config.default_retry = false;
    mark_inhabitant(&mut config);
    Ok(kube::Client::try_from(config).map_err(Box::new)?)
}
