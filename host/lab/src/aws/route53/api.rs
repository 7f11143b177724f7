//! The operations of Route53: zones, their records page by page, changes and what became of them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Body;
use http::request::Parts;
use http::{Method, Response};
use jiff::Timestamp;
use serde::Serialize;

use super::name::DnsName;
use super::record::RecordKey;
use super::refusal::Refused;
use super::xml::{ChangeRequest, WireRecord, WireZone, answer};
use super::zone::Zone;
use crate::aws::scope::query_value;
use crate::clock::Clock;

/// How many records stand on a page, unless the client asks for another number.
const PAGE: usize = 100;

/// The most records on a page, whatever the client asks for.
const LARGEST_PAGE: usize = 300;

/// How long a change takes to reach every name server.
const SPREAD: Duration = Duration::from_secs(30);

/// The zones, and the changes that were asked of them; clones share both.
#[derive(Debug, Clone)]
pub(super) struct Api {
    zones: Vec<Zone>,
    clock: Clock,
    changes: Arc<Mutex<BTreeMap<String, Submitted>>>,
}

#[derive(Debug, Clone)]
struct Submitted {
    at: Timestamp,
    in_sync: Instant,
    comment: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ZonePage {
    #[serde(rename = "HostedZones")]
    zones: ZoneList,
    is_truncated: bool,
    max_items: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
    #[serde(rename = "NextDNSName", skip_serializing_if = "Option::is_none")]
    next_dns_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_hosted_zone_id: Option<String>,
}

#[derive(Serialize)]
struct ZoneList {
    #[serde(rename = "HostedZone")]
    zones: Vec<WireZone>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct OneZone {
    hosted_zone: WireZone,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Records {
    resource_record_sets: RecordList,
    is_truncated: bool,
    max_items: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_record_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_record_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_record_identifier: Option<String>,
}

#[derive(Serialize)]
struct RecordList {
    #[serde(rename = "ResourceRecordSet")]
    records: Vec<WireRecord>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ChangeAnswer {
    change_info: ChangeInfo,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ChangeInfo {
    id: String,
    status: &'static str,
    submitted_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
}

impl Api {
    pub(super) fn new(zones: Vec<Zone>, clock: Clock) -> Self {
        Self { zones, clock, changes: Arc::default() }
    }

    /// Answers one request whose signature holds.
    pub(super) fn call(&self, head: &Parts, body: &[u8]) -> Result<Response<Body>, Refused> {
        let path = head.uri.path().trim_end_matches('/');
        let Some(path) = path.strip_prefix("/2013-04-01/") else { return Err(unknown(path)) };
        let query = head.uri.query().unwrap_or_default();
        match (&head.method, path.split('/').collect::<Vec<_>>().as_slice()) {
            (&Method::GET, ["hostedzone"]) => self.list_zones(query),
            (&Method::GET, ["hostedzonesbyname"]) => self.list_zones_by_name(query),
            (&Method::GET, ["hostedzone", id]) => {
                answer("GetHostedZoneResponse", &OneZone { hosted_zone: WireZone::write(self.zone(id)?) })
            }
            (&Method::GET, ["hostedzone", id, "rrset"]) => list_records(self.zone(id)?, query),
            (&Method::POST, ["hostedzone", id, "rrset"]) => self.change(self.zone(id)?, body),
            (&Method::GET, ["change", id]) => self.get_change(id),
            _ => Err(unknown(path)),
        }
    }

    fn zone(&self, id: &str) -> Result<&Zone, Refused> {
        let found = self.zones.iter().find(|zone| zone.id() == id);
        found.ok_or_else(|| {
            Refused::new(404, "NoSuchHostedZone", format!("No hosted zone found with ID: {id}"))
        })
    }

    fn list_zones(&self, query: &str) -> Result<Response<Body>, Refused> {
        let limit = max_items(query)?;
        let marker = query_value(query, "marker").unwrap_or_default();
        let mut zones: Vec<_> = self.zones.iter().filter(|zone| zone.id() >= marker.as_ref()).collect();
        zones.sort_by_key(|zone| zone.id());
        let next_marker = zones.get(limit).map(|zone| zone.id().to_owned());
        answer(
            "ListHostedZonesResponse",
            &ZonePage {
                zones: zone_list(&zones, limit),
                is_truncated: next_marker.is_some(),
                max_items: limit,
                next_marker,
                next_dns_name: None,
                next_hosted_zone_id: None,
            },
        )
    }

    fn list_zones_by_name(&self, query: &str) -> Result<Response<Body>, Refused> {
        let limit = max_items(query)?;
        let from = query_value(query, "dnsname").map(|name| DnsName::new(&name));
        let from_id = query_value(query, "hostedzoneid").unwrap_or_default();
        let mut zones: Vec<_> = self.zones.iter().collect();
        zones.retain(|zone| {
            from.as_ref().is_none_or(|from| (zone.name(), zone.id()) >= (from, from_id.as_ref()))
        });
        zones.sort_by_key(|zone| (zone.name(), zone.id()));
        let next = zones.get(limit);
        answer(
            "ListHostedZonesByNameResponse",
            &ZonePage {
                zones: zone_list(&zones, limit),
                is_truncated: next.is_some(),
                max_items: limit,
                next_marker: None,
                next_dns_name: next.map(|zone| zone.name().escaped()),
                next_hosted_zone_id: next.map(|zone| zone.id().to_owned()),
            },
        )
    }

    fn change(&self, zone: &Zone, body: &[u8]) -> Result<Response<Body>, Refused> {
        let text = str::from_utf8(body).map_err(|error| Refused::invalid_input(error.to_string()))?;
        let request: ChangeRequest =
            quick_xml::de::from_str(text).map_err(|error| Refused::invalid_input(error.to_string()))?;
        let (changes, comment) = request.change_batch.read()?;
        zone.change(&changes)?;
        let in_sync = Instant::now() + self.clock.scaled(SPREAD);
        let submitted = Submitted { at: Timestamp::now(), in_sync, comment };
        let mut known = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        let id = format!("C{:013}", known.len() + 1);
        known.insert(id.clone(), submitted.clone());
        drop(known);
        answer("ChangeResourceRecordSetsResponse", &submitted.answer(&id))
    }

    fn get_change(&self, id: &str) -> Result<Response<Body>, Refused> {
        let found = self.changes.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned();
        let submitted = found.ok_or_else(|| {
            Refused::new(404, "NoSuchChange", format!("Could not find resource with ID: {id}"))
        })?;
        answer("GetChangeResponse", &submitted.answer(id))
    }
}

impl Submitted {
    fn answer(&self, id: &str) -> ChangeAnswer {
        let status = if Instant::now() < self.in_sync { "PENDING" } else { "INSYNC" };
        let change_info = ChangeInfo {
            id: format!("/change/{id}"),
            status,
            submitted_at: self.at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
            comment: self.comment.clone(),
        };
        ChangeAnswer { change_info }
    }
}

fn list_records(zone: &Zone, query: &str) -> Result<Response<Body>, Refused> {
    let limit = max_items(query)?;
    let ask = |name| query_value(query, name).filter(|value| !value.is_empty());
    let from = match (ask("name"), ask("type"), ask("identifier")) {
        (None, None, None) => None,
        (None, ..) => {
            return Err(Refused::invalid_input("A record type or identifier needs a record name as well"));
        }
        (Some(_), None, Some(_)) => {
            return Err(Refused::invalid_input("A record identifier needs a record type as well"));
        }
        (Some(name), kind, identifier) => Some(RecordKey {
            name: DnsName::new(&name),
            kind: kind.unwrap_or_default().into_owned(),
            identifier: identifier.unwrap_or_default().into_owned(),
        }),
    };
    let mut records = zone.records();
    records.retain(|record| from.as_ref().is_none_or(|from| record.key() >= *from));
    let next = records.get(limit);
    answer(
        "ListResourceRecordSetsResponse",
        &Records {
            is_truncated: next.is_some(),
            max_items: limit,
            next_record_name: next.map(|record| record.name.escaped()),
            next_record_type: next.map(|record| record.kind.clone()),
            next_record_identifier: next.and_then(|record| record.set_identifier.clone()),
            resource_record_sets: RecordList {
                records: records.iter().take(limit).map(WireRecord::write).collect(),
            },
        },
    )
}

fn zone_list(zones: &[&Zone], limit: usize) -> ZoneList {
    ZoneList { zones: zones.iter().take(limit).map(|zone| WireZone::write(zone)).collect() }
}

fn max_items(query: &str) -> Result<usize, Refused> {
    let Some(asked) = query_value(query, "maxitems") else { return Ok(PAGE) };
    match asked.parse() {
        Ok(number) if number > 0 => Ok(LARGEST_PAGE.min(number)),
        _ => Err(Refused::invalid_input(format!("maxitems must be a number above 0, not '{asked}'"))),
    }
}

fn unknown(path: &str) -> Refused {
    Refused::new(404, "UnknownOperationException", format!("No operation is at {path}"))
}
