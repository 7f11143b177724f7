//! The HTTP client that spans are sent with: it works on the run's runtime, whichever thread asks for it.

use std::time::Duration;

use hyper_rustls::HttpsConnectorBuilder;
use opentelemetry_http::hyper::HyperClient;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use tokio::runtime::Handle;

type Connector = hyper_rustls::HttpsConnector<hyper_util::client::legacy::connect::HttpConnector>;

/// A client that trusts the system's authorities.
#[derive(Debug)]
pub struct Client {
    inner: HyperClient<Connector>,
    runtime: Handle,
}

impl Client {
    /// A client whose requests take no longer than `limit`. Errors: where the system's authorities cannot be read.
    pub fn new(runtime: Handle, limit: Duration) -> std::io::Result<Self> {
        let connector = HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(rustls::crypto::ring::default_provider())?
            .https_or_http()
            .enable_http1()
            .build();
        Ok(Self { inner: HyperClient::new(connector, limit, None), runtime })
    }
}

#[async_trait::async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let inner = self.inner.clone();
        self.runtime.spawn(async move { inner.send_bytes(request).await }).await?
    }
}
