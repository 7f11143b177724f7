//! Client certificates are judged after the handshake, as a kube-apiserver does: a bad one is a 401, not an alert.

use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{VerifierBuilderError, WebPkiClientVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, Error, RootCertStore, SignatureScheme};

use crate::apiserver::identity::{Peer, User};

/// Takes any client certificate whose key the client proves to hold, and says later whose it is.
#[derive(Debug)]
pub struct LenientVerifier {
    strict: Arc<dyn ClientCertVerifier>,
}

impl LenientVerifier {
    /// Makes a verifier that knows users of the authority with this certificate.
    pub fn new(authority: CertificateDer<'static>) -> Result<Self, VerifierBuilderError> {
        let mut roots = RootCertStore::empty();
        // A certificate that is no root leaves the store empty, which the builder reports.
        roots.add_parsable_certificates([authority]);
        let provider = Arc::new(ring::default_provider());
        let strict = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build()?;
        Ok(Self { strict })
    }

    /// Says whom a chain names, if the authority signed it and it is valid now.
    pub fn peer(&self, chain: Option<&[CertificateDer<'_>]>) -> Peer {
        let Some((leaf, intermediates)) = chain.and_then(<[_]>::split_first) else {
            return Peer::Unknown;
        };
        match self.strict.verify_client_cert(leaf, intermediates, UnixTime::now()) {
            Ok(_) => User::of_certificate(leaf).map_or(Peer::Refused, Peer::Known),
            Err(reason) => {
                tracing::debug!(%reason, "client certificate refused");
                Peer::Refused
            }
        }
    }
}

impl ClientCertVerifier for LenientVerifier {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        // Without hints a client sends the certificate it has, also one of another authority.
        &[]
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.strict.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.strict.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.strict.supported_verify_schemes()
    }
}
