//! AWS's own clients of a server on loopback, be it the lab's or moto.

use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region, SharedHttpClient};
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A server that speaks AWS's protocols, and who asks it. Each call is tried once, so that its answer is seen.
#[derive(Debug, Clone)]
pub struct Access {
    /// The URL of the server.
    pub endpoint: String,
    /// The certificate (PEM) of who signed the server's.
    pub ca_pem: String,
    /// The region that is asked.
    pub region: String,
    /// The access key, its secret, and the token of a temporary one.
    pub credentials: Credentials,
}

/// Why there is no client, or no answer to a request.
#[derive(Debug, thiserror::Error)]
#[error("a client of {endpoint}: {reason}")]
pub struct AccessError {
    endpoint: String,
    reason: String,
}

impl Access {
    /// A client of S3, which names buckets in paths.
    pub fn s3(&self) -> Result<aws_sdk_s3::Client, AccessError> {
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(self.region.clone()))
            .credentials_provider(self.credentials.clone())
            .endpoint_url(&self.endpoint)
            .force_path_style(true)
            .retry_config(aws_sdk_s3::config::retry::RetryConfig::disabled())
            .http_client(self.http()?)
            .build();
        Ok(aws_sdk_s3::Client::from_conf(config))
    }

    /// A client of Route53.
    pub fn route53(&self) -> Result<aws_sdk_route53::Client, AccessError> {
        let config = aws_sdk_route53::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(self.region.clone()))
            .credentials_provider(self.credentials.clone())
            .endpoint_url(&self.endpoint)
            .retry_config(aws_sdk_route53::config::retry::RetryConfig::disabled())
            .http_client(self.http()?)
            .build();
        Ok(aws_sdk_route53::Client::from_conf(config))
    }

    /// A client of STS.
    pub fn sts(&self) -> Result<aws_sdk_sts::Client, AccessError> {
        let config = aws_sdk_sts::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(self.region.clone()))
            .credentials_provider(self.credentials.clone())
            .endpoint_url(&self.endpoint)
            .retry_config(aws_sdk_sts::config::retry::RetryConfig::disabled())
            .http_client(self.http()?)
            .build();
        Ok(aws_sdk_sts::Client::from_conf(config))
    }

    fn http(&self) -> Result<SharedHttpClient, AccessError> {
        let trust = TrustStore::empty().with_pem_certificate(self.ca_pem.as_bytes());
        let tls = TlsContext::builder().with_trust_store(trust).build();
        let tls =
            tls.map_err(|error| AccessError { endpoint: self.endpoint.clone(), reason: error.to_string() })?;
        let provider = Provider::Rustls(CryptoMode::Ring);
        Ok(aws_smithy_http_client::Builder::new().tls_provider(provider).tls_context(tls).build_https())
    }
}

/// Asks for `url` as anybody could who holds it, and returns the status and the body of the answer.
pub async fn fetch(
    method: &str,
    url: &str,
    ca_pem: &str,
    body: Vec<u8>,
) -> Result<(u16, Vec<u8>), AccessError> {
    let failed =
        |reason: &dyn std::fmt::Display| AccessError { endpoint: url.to_owned(), reason: reason.to_string() };
    let uri: http::Uri = url.parse().map_err(|error| failed(&error))?;
    let base64: String = ca_pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let place = format!(
        "{}://{}",
        uri.scheme_str().unwrap_or_default(),
        uri.authority().map_or("", |at| at.as_str())
    );
    let mut config = kube::Config::new(place.parse().map_err(|error| failed(&error))?);
    config.root_cert = Some(vec![STANDARD.decode(base64).map_err(|error| failed(&error))?]);
    config.default_retry = false;
    let client = kube::Client::try_from(config).map_err(|error| failed(&error))?;
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    let request = http::Request::builder().method(method).uri(target).body(kube::client::Body::from(body));
    let answer =
        client.send(request.map_err(|error| failed(&error))?).await.map_err(|error| failed(&error))?;
    let status = answer.status().as_u16();
    let bytes = answer.into_body().collect_bytes().await.map_err(|error| failed(&error))?;
    Ok((status, bytes.to_vec()))
}
