//! How an API server is reached: its port, and who signs the certificates of its users.

use std::net::{Ipv4Addr, SocketAddr};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use drsh_lab::apiserver::authority::AuthorityError;
use drsh_lab::apiserver::kubeconfig::{KubeconfigOptions, kubeconfig};
use drsh_lab::apiserver::{Authority, ClientError, User};

/// The way to an API server on loopback.
#[derive(Debug, Clone)]
pub struct Access {
    /// The server's name, for kubeconfigs.
    pub name: String,
    /// Its port.
    pub port: u16,
    /// Who signs the certificates of the server and of its users.
    pub authority: Authority,
}

impl Access {
    /// The address of the API.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }

    /// The URL of the API.
    #[must_use]
    pub fn url(&self) -> String {
        format!("https://{}", self.address())
    }

    /// A kubeconfig (YAML) for `user`.
    pub fn kubeconfig(&self, user: &User) -> Result<String, AuthorityError> {
        kubeconfig(&self.name, &self.url(), &self.authority, user, &KubeconfigOptions::default())
    }

    /// A client that works as `user`. It does not retry by itself.
    pub fn client(&self, user: &User) -> Result<kube::Client, ClientError> {
        let credentials = self.authority.issue_client(user)?;
        let wrong = |error: http::uri::InvalidUri| Box::new(kube::Error::HttpError(http::Error::from(error)));
        let mut config = kube::Config::new(self.url().parse().map_err(wrong)?);
        config.root_cert = Some(vec![self.authority.certificate().to_vec()]);
        config.auth_info.client_certificate_data = Some(STANDARD.encode(credentials.certificate_pem()));
        config.auth_info.client_key_data = Some(STANDARD.encode(credentials.key_pem()).into());
        config.default_retry = false;
        Ok(kube::Client::try_from(config).map_err(Box::new)?)
    }
}
