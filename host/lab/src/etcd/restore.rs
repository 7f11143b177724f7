//! What the init container of an etcd pod does: download a snapshot, check it, and make a database of it.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::BodyExt;
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};

use super::snapshot::{Broken, Snapshot};
use crate::apiserver::Store;

/// How long a server may take to begin its answer, on the machine's clock.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why a restore ended badly: exit code and last words of the init container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The exit code: those of `curl` where the download failed.
    pub code: i32,
    /// What it said. It never holds the URL, which is a credential.
    pub message: String,
}

impl Failure {
    fn new(code: i32, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

/// Downloads over HTTPS, trusting one authority only.
#[derive(Clone)]
pub struct Downloader {
    tls: Arc<ClientConfig>,
}

impl Downloader {
    /// Makes a downloader that trusts `authorities`.
    pub fn new(
        authorities: impl IntoIterator<Item = CertificateDer<'static>>,
    ) -> Result<Self, rustls::Error> {
        let mut roots = RootCertStore::empty();
        for authority in authorities {
            roots.add(authority)?;
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        Ok(Self { tls: Arc::new(config.with_root_certificates(roots).with_no_client_auth()) })
    }

    /// The body of whatever the server answers: like `curl` without `--fail`, an error page too.
    ///
    /// Errors: a [`Failure`] with the exit code and the words of `curl`.
    pub async fn fetch(&self, url: &str) -> Result<Vec<u8>, Failure> {
        let address: http::Uri = url.parse().map_err(|_| Failure::new(3, "curl: (3) URL rejected"))?;
        match address.scheme_str() {
            Some("https") => {}
            Some(other) => {
                return Err(Failure::new(1, format!("curl: (1) Protocol \"{other}\" not supported")));
            }
            None => return Err(Failure::new(3, "curl: (3) URL rejected: no scheme")),
        }
        let host = address.host().unwrap_or_default().to_owned();
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config((*self.tls).clone())
            .https_only()
            .enable_http1()
            .build();
        let client =
            Client::builder(TokioExecutor::new()).build::<_, http_body_util::Empty<&[u8]>>(connector);
        let answer = tokio::time::timeout(PATIENCE, client.get(address)).await;
        let answer = answer.map_err(|_| Failure::new(28, "curl: (28) Operation timed out"))?;
        let answer = answer.map_err(|error| {
            let cause = deepest(&error);
            Failure::new(7, format!("curl: (7) Failed to connect to {host}: {cause}"))
        })?;
        let body = answer.into_body().collect().await;
        let body = body
            .map_err(|error| Failure::new(18, format!("curl: (18) transfer closed: {}", deepest(&error))))?;
        Ok(body.to_bytes().to_vec())
    }

    /// Downloads the snapshot at `url`, and makes a store of it.
    pub async fn restore(&self, url: &str) -> Result<Store, Failure> {
        let file = self.fetch(url).await?;
        // The script looks at the first line only: this is how an S3 error page is told from a snapshot.
        if file.starts_with(b"<?xml") {
            let page = String::from_utf8_lossy(&file[..file.len().min(1024)]);
            return Err(Failure::new(1, format!("failed to download the snapshot: {page}")));
        }
        let snapshot = Snapshot::read(&file).map_err(|broken| {
            let hint =
                if broken == Broken::Invalid { "snapshot missing hash or not a snapshot: " } else { "" };
            Failure::new(1, format!("Error: {hint}{broken}"))
        })?;
        snapshot.store().map_err(|reason| Failure::new(1, format!("Error: {reason}")))
    }
}

fn deepest(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}
