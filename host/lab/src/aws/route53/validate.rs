//! What Route53 refuses in a change, in its own words.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, Ipv6Addr};

use super::name::DnsName;
use super::record::{Change, Record, RecordKey};

const KINDS: [&str; 13] =
    ["A", "AAAA", "CAA", "CNAME", "DS", "HTTPS", "MX", "NAPTR", "NS", "PTR", "SOA", "SRV", "TXT"];

/// Says why `change` cannot be done to `records` of the zone called `zone`.
pub(super) fn change(
    zone: &DnsName,
    records: &BTreeMap<RecordKey, Record>,
    change: &Change,
) -> Result<(), String> {
    let record = change.record();
    let (name, kind) = (record.name.escaped(), record.kind.as_str());
    let set = format!("[name='{name}', type='{kind}'{}]", identifier(record));
    if !record.name.is_within(zone) {
        return Err(format!("RRSet with DNS name {name} is not permitted in zone {zone}"));
    }
    let current = records.get(&record.key());
    match change {
        Change::Delete(_) => {
            return match current {
                None => Err(format!("Tried to delete resource record set {set} but it was not found")),
                Some(current) if !same(current, record) => Err(format!(
                    "Tried to delete resource record set {set} but the values provided do not match the current values"
                )),
                Some(_) => deletable(zone, record),
            };
        }
        Change::Create(_) if current.is_some() => {
            return Err(format!("Tried to create resource record set {set} but it already exists"));
        }
        Change::Create(_) | Change::Upsert(_) => {}
    }
    well_formed(record)?;
    if kind == "CNAME" && record.name == *zone {
        return Err(format!(
            "RRSet of type CNAME with DNS name {name} is not permitted at apex in zone {zone}"
        ));
    }
    let of_the_name = records.values().filter(|other| other.name == record.name);
    if of_the_name.into_iter().any(|other| (other.kind == "CNAME") != (kind == "CNAME")) {
        return Err(format!(
            "RRSet of type {kind} with DNS name {name} is not permitted as it conflicts with other records \
             with the same DNS name in zone {zone}"
        ));
    }
    mixes_policies(records, record)
}

fn identifier(record: &Record) -> String {
    record.set_identifier.as_ref().map(|id| format!(", set-identifier='{id}'")).unwrap_or_default()
}

fn same(current: &Record, given: &Record) -> bool {
    let values = |record: &Record| record.values.iter().cloned().collect::<BTreeSet<_>>();
    current.ttl == given.ttl
        && values(current) == values(given)
        && current.alias == given.alias
        && current.weight == given.weight
}

fn deletable(zone: &DnsName, record: &Record) -> Result<(), String> {
    match record.kind.as_str() {
        "SOA" => Err("A HostedZone must contain exactly one SOA record.".to_owned()),
        "NS" if record.name == *zone => {
            Err("A HostedZone must contain at least one NS record for the zone itself.".to_owned())
        }
        _ => Ok(()),
    }
}

/// Simple and weighted record sets of one name and type cannot stand side by side.
fn mixes_policies(records: &BTreeMap<RecordKey, Record>, record: &Record) -> Result<(), String> {
    let mixed = records.values().any(|other| {
        other.name == record.name
            && other.kind == record.kind
            && other.set_identifier.is_some() != record.set_identifier.is_some()
    });
    if mixed {
        let (name, kind) = (record.name.escaped(), &record.kind);
        return Err(format!(
            "RRSet with DNS name {name}, type {kind} cannot be created as other RRSets exist with the same name \
             and type, but a different routing policy"
        ));
    }
    Ok(())
}

fn well_formed(record: &Record) -> Result<(), String> {
    let kind = record.kind.as_str();
    if !KINDS.contains(&kind) {
        return Err(format!("Invalid Resource Record Set: type '{kind}' is not supported"));
    }
    if record.weight.is_some() != record.set_identifier.is_some() {
        return Err(format!("Missing field 'SetIdentifier' or 'Weight' in RRSet {}", record.name.escaped()));
    }
    if record.alias.is_some() {
        let bare = record.values.is_empty() && record.ttl.is_none();
        return bare.then_some(()).ok_or_else(|| "An alias has neither TTL nor ResourceRecords".to_owned());
    }
    if record.values.is_empty() || record.ttl.is_none() {
        return Err("Invalid Resource Record Set: it needs a TTL and at least one resource record".to_owned());
    }
    if matches!(kind, "CNAME" | "SOA") && record.values.len() > 1 {
        return Err(format!("Invalid Resource Record Set: a {kind} has exactly one resource record"));
    }
    let mut seen = BTreeSet::new();
    for value in &record.values {
        if !seen.insert(value) {
            return Err(format!("Duplicate Resource Record: '{value}'"));
        }
        value_fits(kind, value).map_err(|problem| {
            format!("Invalid Resource Record: 'FATAL problem: {problem} encountered with '{value}''")
        })?;
    }
    Ok(())
}

fn value_fits(kind: &str, value: &str) -> Result<(), &'static str> {
    match kind {
        "A" if value.parse::<Ipv4Addr>().is_err() => Err("ARRDATAIllegalIPv4Address (illegal IPv4 address)"),
        "AAAA" if value.parse::<Ipv6Addr>().is_err() => {
            Err("AAAARRDATAIllegalIPv6Address (illegal IPv6 address)")
        }
        "TXT" if !(value.len() >= 2 && value.starts_with('"') && value.ends_with('"')) => {
            Err("InvalidCharacterString (Value should be enclosed in quotation marks)")
        }
        "CNAME" | "NS" | "PTR" if value.is_empty() || value.contains(char::is_whitespace) => {
            Err("DomainLabelEmpty (the value is not a domain name)")
        }
        _ => Ok(()),
    }
}
