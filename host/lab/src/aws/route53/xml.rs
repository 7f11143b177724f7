//! The XML of Route53's requests and answers, and the way between it and the zone.

use axum::body::Body;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response};
use serde::{Deserialize, Serialize};

use super::name::DnsName;
use super::record::{Alias, Change, Record};
use super::refusal::Refused;
use super::zone::Zone;

/// The namespace of every answer.
pub(super) const NAMESPACE: &str = "https://route53.amazonaws.com/doc/2013-04-01/";

/// A body that asks for changes.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ChangeRequest {
    pub(super) change_batch: ChangeBatch,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ChangeBatch {
    comment: Option<String>,
    changes: Changes,
}

#[derive(Debug, Deserialize)]
struct Changes {
    #[serde(rename = "Change", default)]
    changes: Vec<WireChange>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct WireChange {
    action: String,
    resource_record_set: WireRecord,
}

/// A record set on the wire.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct WireRecord {
    name: String,
    r#type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    set_identifier: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    weight: Option<u8>,
    #[serde(rename = "TTL", skip_serializing_if = "Option::is_none")]
    ttl: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_records: Option<Values>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alias_target: Option<WireAlias>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Values {
    #[serde(rename = "ResourceRecord", default)]
    values: Vec<Value>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Value {
    value: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct WireAlias {
    hosted_zone_id: String,
    #[serde(rename = "DNSName")]
    dns_name: String,
    evaluate_target_health: bool,
}

impl ChangeBatch {
    /// What the batch asks for, and the comment that came with it.
    ///
    /// # Errors
    /// `InvalidInput` for an empty batch, one of more than 1000 changes, or an action that there is not.
    pub(super) fn read(self) -> Result<(Vec<Change>, Option<String>), Refused> {
        let count = self.changes.changes.len();
        if !(1..=1000).contains(&count) {
            return Err(Refused::invalid_input(format!("A batch has 1 to 1000 changes, not {count}")));
        }
        let read = self.changes.changes.into_iter().map(|change| {
            let record = change.resource_record_set.read();
            match change.action.as_str() {
                "CREATE" => Ok(Change::Create(record)),
                "UPSERT" => Ok(Change::Upsert(record)),
                "DELETE" => Ok(Change::Delete(record)),
                other => Err(Refused::invalid_input(format!(
                    "Value '{other}' at 'changeBatch.changes.member.action' failed to satisfy constraint: \
                     Member must satisfy enum value set: [CREATE, DELETE, UPSERT]"
                ))),
            }
        });
        Ok((read.collect::<Result<_, _>>()?, self.comment))
    }
}

impl WireRecord {
    fn read(self) -> Record {
        let values = self.resource_records.map(|records| records.values).unwrap_or_default();
        Record {
            name: DnsName::new(&self.name),
            kind: self.r#type,
            ttl: self.ttl,
            values: values.into_iter().map(|value| value.value).collect(),
            alias: self.alias_target.map(|alias| Alias {
                zone_id: alias.hosted_zone_id,
                target: DnsName::new(&alias.dns_name),
                evaluate_health: alias.evaluate_target_health,
            }),
            set_identifier: self.set_identifier,
            weight: self.weight,
        }
    }

    pub(super) fn write(record: &Record) -> Self {
        let values = record.values.iter().map(|value| Value { value: value.clone() }).collect();
        Self {
            name: record.name.escaped(),
            r#type: record.kind.clone(),
            set_identifier: record.set_identifier.clone(),
            weight: record.weight,
            ttl: record.ttl,
            resource_records: record.alias.is_none().then_some(Values { values }),
            alias_target: record.alias.as_ref().map(|alias| WireAlias {
                hosted_zone_id: alias.zone_id.clone(),
                dns_name: alias.target.escaped(),
                evaluate_target_health: alias.evaluate_health,
            }),
        }
    }
}

/// A hosted zone on the wire.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct WireZone {
    id: String,
    name: String,
    caller_reference: String,
    config: ZoneConfig,
    resource_record_set_count: usize,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ZoneConfig {
    private_zone: bool,
}

impl WireZone {
    pub(super) fn write(zone: &Zone) -> Self {
        Self {
            id: format!("/hostedzone/{}", zone.id()),
            name: zone.name().escaped(),
            caller_reference: format!("lab-{}", zone.id()),
            config: ZoneConfig { private_zone: zone.is_private() },
            resource_record_set_count: zone.records().len(),
        }
    }
}

/// Writes an answer whose root element is `root`.
///
/// # Errors
/// `InternalFailure` if the answer has no XML form.
pub(super) fn answer<T: Serialize>(root: &str, content: &T) -> Result<Response<Body>, Refused> {
    #[derive(Serialize)]
    struct Root<'c, T> {
        #[serde(rename = "@xmlns")]
        namespace: &'static str,
        #[serde(flatten)]
        content: &'c T,
    }
    let xml = quick_xml::se::to_string_with_root(root, &Root { namespace: NAMESPACE, content });
    xml.map(|xml| document(&xml)).map_err(|error| {
        tracing::error!(%error, root, "an answer has no XML form");
        Refused::of_status(500)
    })
}

/// A whole XML document as an answer.
pub(super) fn document(root: &str) -> Response<Body> {
    let mut response =
        Response::new(Body::from(String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n") + root));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/xml"));
    response
}
