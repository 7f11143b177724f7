//! The certificate that a server shows: its own, or for a time another.

use std::io;
use std::sync::{Arc, PoisonError, RwLock};

use rustls::ServerConfig;
use rustls::crypto::ring;
use tokio_rustls::TlsAcceptor;

use super::verify::LenientVerifier;
use crate::apiserver::authority::{Authority, Credentials};

/// What a server greets its clients with. Clones are the same face.
#[derive(Clone)]
pub struct Face {
    verifier: Arc<LenientVerifier>,
    shown: Arc<RwLock<TlsAcceptor>>,
}

impl Face {
    /// Shows this certificate; clients of `authority` are known by theirs.
    ///
    /// Errors: a certificate cannot be used.
    pub fn new(authority: &Authority, server: &Credentials) -> io::Result<Self> {
        let verifier = Arc::new(LenientVerifier::new(authority.certificate()).map_err(io::Error::other)?);
        let shown = Arc::new(RwLock::new(acceptor(&verifier, server)?));
        Ok(Self { verifier, shown })
    }

    /// Shows another certificate from the next connection on.
    ///
    /// Errors: it cannot be used.
    pub fn show(&self, server: &Credentials) -> io::Result<()> {
        let acceptor = acceptor(&self.verifier, server)?;
        *self.shown.write().unwrap_or_else(PoisonError::into_inner) = acceptor;
        Ok(())
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        self.shown.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn verifier(&self) -> &Arc<LenientVerifier> {
        &self.verifier
    }
}

fn acceptor(verifier: &Arc<LenientVerifier>, server: &Credentials) -> io::Result<TlsAcceptor> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_client_cert_verifier(Arc::clone(verifier) as _)
        .with_single_cert(vec![server.certificate()], server.key())
        .map_err(io::Error::other)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
