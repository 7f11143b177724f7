//! What the tests of the cloud share: servers on loopback, and real AWS clients that trust their certificate.
#![allow(clippy::unwrap_used, reason = "a test whose world cannot be set up has failed")]
#![allow(dead_code, reason = "each test binary uses a part of it")]

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};
use drsh_lab::apiserver::authority::Authority;
use drsh_lab::aws::Keyring;
use drsh_lab::aws::route53::{Route53Options, Route53Server, Zone};
use drsh_lab::aws::s3::{S3Options, S3Server};
use drsh_lab::clock::Clock;
use drsh_lab::faults::{Fault, Faults, Rule};
use tempfile::TempDir;

/// The bucket that most tests use, in `REGION`.
pub const BUCKET: &str = "etcd-snapshots";
/// The region of that bucket.
pub const REGION: &str = "eu-west-1";

/// An S3 and a Route53 server, with the faults that strike both.
pub struct Cloud {
    pub authority: Authority,
    pub keyring: Keyring,
    pub faults: Faults,
    pub s3: S3Server,
    pub route53: Route53Server,
    pub zone: Zone,
    _folder: TempDir,
}

impl Cloud {
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let authority = Authority::new("lab").unwrap();
        let keyring = Keyring::new([drsh_lab::aws::Credentials::lasting("AKIALAB", "lab/secret+key")]);
        let faults = Faults::default();
        let clock = Clock::new(1000.0, 1);
        let buckets =
            vec![(BUCKET.to_owned(), REGION.to_owned()), ("logs".to_owned(), "us-east-1".to_owned())];
        let s3 = S3Server::start(S3Options {
            folder: folder.path().to_owned(),
            keyring: keyring.clone(),
            buckets,
            authority: Some(authority.clone()),
            faults: faults.clone(),
            clock: clock.clone(),
        });
        let zone = Zone::new("Z0LAB", "hc.lab");
        let zones = vec![zone.clone(), Zone::private("Z1LAB", "hypershift.local")];
        let route53 = Route53Server::start(Route53Options {
            keyring: keyring.clone(),
            zones,
            authority: Some(authority.clone()),
            faults: faults.clone(),
            clock,
        });
        let (s3, route53) = (s3.await.unwrap(), route53.await.unwrap());
        Self { authority, keyring, faults, s3, route53, zone, _folder: folder }
    }

    pub fn arm(&self, server: &str, method: &str, path: &str, fault: Fault) {
        let (server, method, path) = (server.to_owned(), method.to_owned(), path.to_owned());
        self.faults.arm(Rule { server, method, path, fault, times: None });
    }

    pub fn s3(&self) -> aws_sdk_s3::Client {
        self.s3_as(("AKIALAB", "lab/secret+key", None), REGION)
    }

    pub fn s3_as(&self, who: (&str, &str, Option<&str>), region: &str) -> aws_sdk_s3::Client {
        aws_sdk_s3::Client::new(&self.config(&self.s3.endpoint(), who, region))
    }

    pub fn route53(&self) -> aws_sdk_route53::Client {
        self.route53_as(("AKIALAB", "lab/secret+key", None))
    }

    pub fn route53_as(&self, who: (&str, &str, Option<&str>)) -> aws_sdk_route53::Client {
        aws_sdk_route53::Client::new(&self.config(&self.route53.endpoint(), who, "us-east-1"))
    }

    /// One attempt for each call, so that a fault is seen as it is.
    fn config(&self, endpoint: &str, who: (&str, &str, Option<&str>), region: &str) -> SdkConfig {
        let trust = TrustStore::empty().with_pem_certificate(self.authority.pem());
        let tls = TlsContext::builder().with_trust_store(trust).build().unwrap();
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .tls_context(tls)
            .build_https();
        let (key, secret, token) = who;
        let credentials =
            aws_sdk_s3::config::Credentials::new(key, secret, token.map(str::to_owned), None, "test");
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(region.to_owned()))
            .credentials_provider(aws_sdk_s3::config::SharedCredentialsProvider::new(credentials))
            .endpoint_url(endpoint)
            .retry_config(aws_config::retry::RetryConfig::disabled())
            .http_client(http)
            .build()
    }
}
