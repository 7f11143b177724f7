//! Who drsh is to AWS: credentials from where the environment says, and nothing else from the process around it.

use std::path::Path;
use std::time::{Duration, SystemTime};

use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::checksum_config::{RequestChecksumCalculation, ResponseChecksumValidation};

use super::clock::{Clock, Listening};
use super::failure::innermost;
use super::trust::http_client;
use crate::environment::{CredentialsEntry, Environment};
use crate::problem::Problem;
use crate::run::Run;

/// How long a connection may take to come up.
const CONNECT: Duration = Duration::from_secs(10);

/// What the environment says of a service.
#[derive(Debug, Clone, Copy)]
pub struct Service<'a> {
    /// What it is called in messages, as `bucket backup`.
    pub place: &'a str,
    /// The environment that names it.
    pub environment: &'a Environment,
    /// Where its credentials come from.
    pub credentials: &'a CredentialsEntry,
    /// Its endpoint, if it is not AWS itself.
    pub endpoint: Option<&'a str>,
    /// The authority that signed the endpoint's certificate, if it is not a public one.
    pub ca_file: Option<&'a Path>,
    /// The region to sign for.
    pub region: &'a str,
}

/// A connected account.
#[derive(Debug, Clone)]
pub struct Account {
    /// What the clients of services are made with.
    pub config: SdkConfig,
    credentials: SharedCredentialsProvider,
    clock: Clock,
    place: String,
}

/// Makes ready to speak to a service: reads the credentials and the authority, and keeps the secrets of both.
///
/// Errors: `environment` for a file that cannot be used, `denied` without credentials, `expired_credentials`.
pub async fn connect(service: Service<'_>, run: &Run) -> Result<Account, Problem> {
    let ca_file = service.ca_file.map(|file| service.environment.resolve(file));
    let http = http_client(service.place, ca_file.as_deref())?;
    let region = Region::new(service.region.to_owned());
    let credentials = provider(service, &http, &region).await?;
    let clock = Clock::default();
    let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT).build();
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(region)
        .http_client(http)
        .credentials_provider(credentials.clone())
        .timeout_config(timeouts)
        // drsh tries again by itself, up to the call's deadline, and tells it.
        .retry_config(RetryConfig::disabled())
        // Stores other than AWS often refuse the newer checksums; drsh brings its own.
        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
        .response_checksum_validation(ResponseChecksumValidation::WhenRequired);
    config.set_endpoint_url(service.endpoint.map(str::to_owned));
    let account = Account { config: config.build(), credentials, clock, place: service.place.to_owned() };
    account.learn(run).await?;
    Ok(account)
}

impl Account {
    /// What a client must be made with besides, so that its answers put the clock right.
    #[must_use]
    pub fn listening(&self) -> Listening {
        Listening(self.clock.clone())
    }

    /// What time it is for the service.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        self.clock.now()
    }

    /// How long the credentials still live: `None` if they do not expire, or do not say so.
    ///
    /// Errors: `denied`, `expired_credentials`.
    pub async fn lives(&self) -> Result<Life, Problem> {
        let given = self.credentials.provide_credentials().await.map_err(|error| self.without(&error))?;
        Ok(match given.expiry() {
            Some(end) => Life::Until(end.duration_since(self.now()).unwrap_or_default()),
            None if given.session_token().is_some() => Life::Unsaid,
            None => Life::Lasting,
        })
    }

    async fn learn(&self, run: &Run) -> Result<(), Problem> {
        let given = self.credentials.provide_credentials().await.map_err(|error| self.without(&error))?;
        let _ = run.keep_secret(given.secret_access_key());
        if let Some(token) = given.session_token() {
            let _ = run.keep_secret(token);
        }
        match given.expiry() {
            Some(end) if end <= self.now() => Err(Problem::new(
                "expired_credentials",
                format!("the credentials for {} have expired", self.place),
            )
            .hint("log in again")),
            _ => Ok(()),
        }
    }

    fn without(&self, error: &(dyn std::error::Error + 'static)) -> Problem {
        Problem::new("denied", format!("there are no credentials for {}: {}", self.place, innermost(error))).hint(
            "name a credentials file and a profile for it in the environment file, or log in where the default \
             chain of AWS looks",
        )
    }
}

/// How long credentials live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// They do not expire.
    Lasting,
    /// They expire after this time.
    Until(Duration),
    /// They are temporary, and do not say until when.
    Unsaid,
}

async fn provider(
    service: Service<'_>,
    http: &SharedHttpClient,
    region: &Region,
) -> Result<SharedCredentialsProvider, Problem> {
    let config =
        ProviderConfig::without_region().with_region(Some(region.clone())).with_http_client(http.clone());
    let (file, profile) = (service.credentials.file.as_deref(), service.credentials.profile.as_deref());
    if file.is_none() && profile.is_none() {
        let chain = DefaultCredentialsChain::builder().configure(config).build().await;
        return Ok(SharedCredentialsProvider::new(chain));
    }
    let mut builder = ProfileFileCredentialsProvider::builder().configure(&config);
    if let Some(file) = file {
        let file = service.environment.resolve(file);
        std::fs::File::open(&file).map_err(|error| {
            let message = format!(
                "the credentials file {} for {} cannot be read: {error}",
                file.display(),
                service.place
            );
            Problem::new("environment", message).hint("mend its path or its mode")
        })?;
        let files = EnvConfigFiles::builder().with_file(EnvConfigFileKind::Credentials, file).build();
        builder = builder.profile_files(files);
    }
    // A profile is always named, so that AWS_PROFILE cannot choose another one.
    Ok(SharedCredentialsProvider::new(builder.profile_name(profile.unwrap_or("default")).build()))
}
