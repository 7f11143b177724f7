//! The two ports of a service of the cloud: http, and https with a certificate of the lab's authority.

use std::io;
use std::sync::Arc;

use axum::body::Body;
use http::{Request, Response};
use hyper::body::Incoming;
use rustls::ServerConfig;
use rustls::crypto::ring;

use crate::apiserver::authority::Authority;
use crate::loopback::{Closed, Loopback};

/// The ports; they close when the last clone is dropped.
#[derive(Debug, Clone)]
pub(super) struct Endpoint {
    plain: Loopback,
    secure: Option<Loopback>,
}

impl Endpoint {
    /// Opens both ports, the secure one only with an authority, and lets `answer` answer on either.
    pub(super) async fn open<A, F>(name: &str, authority: Option<&Authority>, answer: A) -> io::Result<Self>
    where
        A: Fn(Request<Incoming>) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Result<Response<Body>, Closed>> + Send + 'static,
    {
        let plain = Loopback::serve(None, answer.clone()).await?;
        let secure = match authority {
            Some(authority) => Some(Loopback::serve(Some(tls(name, authority)?), answer).await?),
            None => None,
        };
        Ok(Self { plain, secure })
    }

    /// Where clients go: https if there is a certificate.
    pub(super) fn url(&self) -> String {
        let secure = self.secure.as_ref().map(|server| format!("https://{}", server.address()));
        secure.unwrap_or_else(|| self.plain_url())
    }

    /// Where clients go over http.
    pub(super) fn plain_url(&self) -> String {
        format!("http://{}", self.plain.address())
    }
}

fn tls(name: &str, authority: &Authority) -> io::Result<Arc<ServerConfig>> {
    let issued = authority.issue_server(name, &[]).map_err(io::Error::other)?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_no_client_auth()
        .with_single_cert(vec![issued.certificate(), authority.certificate()], issued.key())
        .map_err(io::Error::other)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
