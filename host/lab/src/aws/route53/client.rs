//! A client of Route53, as external-dns is one: whoever serves it.

use std::time::Duration;

use aws_sdk_route53::Client;
use aws_sdk_route53::config::timeout::TimeoutConfig;
use aws_sdk_route53::config::{BehaviorVersion, Credentials as Key, Region};
use aws_sdk_route53::error::{DisplayErrorContext, SdkError};
use aws_sdk_route53::types::{
    AliasTarget, Change as Asked, ChangeAction, ChangeBatch, ResourceRecord, ResourceRecordSet, RrType,
};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;

use super::name::DnsName;
use super::record::{Alias, Change, Record};
use crate::aws::Credentials;
use crate::faults::INHABITANT;

/// How long one request waits for its answer, on the machine's clock.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why Route53 did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ClientError(String);

/// The records of one hosted zone, over the wire. Clones share the connections.
#[derive(Debug, Clone)]
pub struct ZoneClient {
    client: Client,
    zone_id: String,
}

impl ZoneClient {
    /// Makes a client of the zone `zone_id` at `endpoint`, whose certificate `ca_pem` vouches for.
    ///
    /// Errors: the authority is not accepted.
    pub fn new(endpoint: &str, ca_pem: &str, who: &Credentials, zone_id: &str) -> Result<Self, ClientError> {
        let trust = TrustStore::empty().with_pem_certificate(ca_pem);
        let tls = TlsContext::builder().with_trust_store(trust).build();
        let tls = tls.map_err(|error| ClientError(error.to_string()))?;
        let http =
            Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).tls_context(tls).build_https();
        let key = Key::new(&who.access_key, &who.secret_key, who.session_token.clone(), None, "lab");
        let config = aws_sdk_route53::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(key)
            .endpoint_url(endpoint)
            .http_client(http)
            .timeout_config(TimeoutConfig::builder().operation_attempt_timeout(PATIENCE).build())
            .build();
        Ok(Self { client: Client::from_conf(config), zone_id: zone_id.to_owned() })
    }

    /// Every record set of the zone, all pages of them.
    pub async fn records(&self) -> Result<Vec<Record>, ClientError> {
        let mut found = Vec::new();
        let mut request = self.client.list_resource_record_sets().hosted_zone_id(&self.zone_id);
        loop {
            let page =
                request.customize().mutate_request(mark).send().await.map_err(|error| refusal(&error))?;
            found.extend(page.resource_record_sets().iter().map(read));
            if !page.is_truncated() {
                return Ok(found);
            }
            request = self
                .client
                .list_resource_record_sets()
                .hosted_zone_id(&self.zone_id)
                .set_start_record_name(page.next_record_name)
                .set_start_record_type(page.next_record_type)
                .set_start_record_identifier(page.next_record_identifier);
        }
    }

    /// Asks for a batch of changes, which is done whole or not at all.
    pub async fn change(&self, changes: &[Change]) -> Result<(), ClientError> {
        let wrong = |error: aws_sdk_route53::error::BuildError| ClientError(error.to_string());
        let changes = changes.iter().map(asked).collect::<Result<Vec<_>, _>>().map_err(wrong)?;
        let batch = ChangeBatch::builder().set_changes(Some(changes)).build().map_err(wrong)?;
        let request = self.client.change_resource_record_sets().hosted_zone_id(&self.zone_id);
        request
            .change_batch(batch)
            .customize()
            .mutate_request(mark)
            .send()
            .await
            .map_err(|error| refusal(&error))?;
        Ok(())
    }
}

/// Makes a request known as one of the lab's own.
fn mark(request: &mut HttpRequest) {
    request.headers_mut().insert(INHABITANT, "yes");
}

fn refusal<E: std::error::Error + Send + Sync + 'static>(error: &SdkError<E>) -> ClientError {
    ClientError(DisplayErrorContext(error).to_string())
}

fn read(set: &ResourceRecordSet) -> Record {
    let alias = set.alias_target().map(|alias| Alias {
        zone_id: alias.hosted_zone_id().to_owned(),
        target: DnsName::new(alias.dns_name()),
        evaluate_health: alias.evaluate_target_health(),
    });
    Record {
        name: DnsName::new(set.name()),
        kind: set.r#type().as_str().to_owned(),
        ttl: set.ttl().and_then(|ttl| u32::try_from(ttl).ok()),
        values: set.resource_records().iter().map(|one| one.value().to_owned()).collect(),
        alias,
        set_identifier: set.set_identifier().map(str::to_owned),
        weight: set.weight().and_then(|weight| u8::try_from(weight).ok()),
    }
}

fn asked(change: &Change) -> Result<Asked, aws_sdk_route53::error::BuildError> {
    let action = match change {
        Change::Create(_) => ChangeAction::Create,
        Change::Upsert(_) => ChangeAction::Upsert,
        Change::Delete(_) => ChangeAction::Delete,
    };
    let record = change.record();
    let values = record.values.iter().map(|value| ResourceRecord::builder().value(value).build());
    let values = values.collect::<Result<Vec<_>, _>>()?;
    let alias = record.alias.as_ref().map(|alias| {
        AliasTarget::builder()
            .hosted_zone_id(&alias.zone_id)
            .dns_name(alias.target.as_str())
            .evaluate_target_health(alias.evaluate_health)
            .build()
    });
    let set = ResourceRecordSet::builder()
        .name(record.name.as_str())
        .r#type(RrType::from(record.kind.as_str()))
        .set_ttl(record.ttl.map(i64::from))
        .set_resource_records((!values.is_empty()).then_some(values))
        .set_alias_target(alias.transpose()?)
        .set_set_identifier(record.set_identifier.clone())
        .set_weight(record.weight.map(i64::from))
        .build()?;
    Asked::builder().action(action).resource_record_set(set).build()
}
