//! AWS's own clients of a server on loopback, be it the lab's or moto.

use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region, SharedHttpClient};
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};

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

/// Why there is no client: the certificate.
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
