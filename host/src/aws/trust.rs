//! Whom drsh trusts on the other end: the system's authorities, or the one that the environment names.

use std::path::Path;

use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::problem::Problem;

/// Makes the HTTP client of the service called `place`.
///
/// Errors: `environment` if the authority's file cannot be read or holds no certificate.
pub(super) fn http_client(place: &str, ca_file: Option<&Path>) -> Result<SharedHttpClient, Problem> {
    let builder = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring));
    let Some(file) = ca_file else { return Ok(builder.build_https()) };
    let unusable = |reason: String| {
        Problem::new("environment", format!("the ca_file {} of {place} {reason}", file.display()))
            .hint("it must hold the PEM certificate of the authority that signed the endpoint's certificate")
    };
    let pem = std::fs::read(file).map_err(|error| unusable(format!("cannot be read: {error}")))?;
    check(&pem).map_err(|reason| unusable(reason.to_owned()))?;
    let trust = TrustStore::empty().with_pem_certificate(pem);
    let context = TlsContext::builder().with_trust_store(trust).build();
    let context = context.map_err(|error| unusable(format!("is not accepted: {error}")))?;
    Ok(builder.tls_context(context).build_https())
}

/// The client would end the process on a file that it cannot use, so it is looked at before.
fn check(pem: &[u8]) -> Result<(), &'static str> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|_| "is not PEM")?;
        roots.add(certificate).map_err(|_| "holds a certificate that cannot be used as an authority")?;
    }
    if roots.is_empty() { Err("holds no certificate") } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_certificate_is_refused_and_ends_nothing() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for (text, reason) in [
            ("", "holds no certificate"),
            ("not PEM at all", "holds no certificate"),
            ("-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n", "is not PEM"),
            (
                "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
                "holds a certificate that cannot be used as an authority",
            ),
        ] {
            std::fs::write(file.path(), text).unwrap();
            let problem = http_client("bucket backup", Some(file.path())).unwrap_err();
            assert!(problem.kind == "environment" && problem.message.ends_with(reason), "{problem}");
        }
    }
}
