//! A hosted zone: its record sets, and batches of changes that are done whole or not at all.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::name::DnsName;
use super::record::{Change, Record, RecordKey};
use super::validate;

/// How long Route53 lets a resolver remember that a name does not exist, in seconds.
pub const NEGATIVE_TTL: u32 = 900;

/// Why a batch of changes was refused: one message for each change that cannot be done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid change batch: {}", messages.join("; "))]
pub struct InvalidChangeBatch {
    /// The messages, in Route53's words.
    pub messages: Vec<String>,
}

/// A hosted zone. Clones share it.
#[derive(Debug, Clone)]
pub struct Zone {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    id: String,
    name: DnsName,
    private: bool,
    records: Mutex<BTreeMap<RecordKey, Record>>,
    revision: watch::Sender<u64>,
}

impl Zone {
    /// Makes a public zone that holds its `SOA` and `NS` records, as every new zone does.
    #[must_use]
    pub fn new(id: &str, name: &str) -> Self {
        Self::build(id, name, false)
    }

    /// Makes a private zone.
    #[must_use]
    pub fn private(id: &str, name: &str) -> Self {
        Self::build(id, name, true)
    }

    fn build(id: &str, name: &str, private: bool) -> Self {
        let soa = "ns-1.awsdns-01.org. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400";
        let servers = ["ns-1.awsdns-01.org.", "ns-2.awsdns-02.com."];
        let first =
            [Record::new(name, "SOA", NEGATIVE_TTL, [soa]), Record::new(name, "NS", 172_800, servers)];
        let records = first.into_iter().map(|record| (record.key(), record)).collect();
        let inner = Inner {
            id: id.to_owned(),
            name: DnsName::new(name),
            private,
            records: Mutex::new(records),
            revision: watch::Sender::new(0),
        };
        Self { inner: Arc::new(inner) }
    }

    /// The zone's id, without `/hostedzone/`.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.inner.id
    }

    /// The zone's name.
    #[must_use]
    pub fn name(&self) -> &DnsName {
        &self.inner.name
    }

    /// Says whether the zone is private.
    #[must_use]
    pub fn is_private(&self) -> bool {
        self.inner.private
    }

    /// Every record set, in the order of Route53's listings.
    #[must_use]
    pub fn records(&self) -> Vec<Record> {
        self.lock().values().cloned().collect()
    }

    /// The record sets of one name, of every type.
    #[must_use]
    pub fn records_of(&self, name: &str) -> Vec<Record> {
        let name = DnsName::new(name);
        self.lock().values().filter(|record| record.name == name).cloned().collect()
    }

    /// Does all of `changes`, or none of them.
    ///
    /// # Errors
    /// [`InvalidChangeBatch`] with Route53's message for each change that cannot be done.
    pub fn change(&self, changes: &[Change]) -> Result<(), InvalidChangeBatch> {
        let mut records = self.lock();
        let mut next = records.clone();
        let mut messages = Vec::new();
        for change in changes {
            match validate::change(&self.inner.name, &next, change) {
                Ok(()) => apply(&mut next, change),
                Err(message) => messages.push(message),
            }
        }
        if !messages.is_empty() {
            return Err(InvalidChangeBatch { messages });
        }
        *records = next;
        drop(records);
        self.inner.revision.send_modify(|revision| *revision += 1);
        Ok(())
    }

    /// Takes in what another Route53 holds in this zone, in place of what is known of it.
    pub fn mirror(&self, records: Vec<Record>) {
        let next: BTreeMap<_, _> = records.into_iter().map(|record| (record.key(), record)).collect();
        let mut records = self.lock();
        if *records == next {
            return;
        }
        *records = next;
        drop(records);
        self.inner.revision.send_modify(|revision| *revision += 1);
    }

    /// Tells of every batch that was done, by a number that grows.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.inner.revision.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<RecordKey, Record>> {
        self.inner.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn apply(records: &mut BTreeMap<RecordKey, Record>, change: &Change) {
    match change {
        Change::Create(record) | Change::Upsert(record) => records.insert(record.key(), record.clone()),
        Change::Delete(record) => records.remove(&record.key()),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn a(name: &str, address: &str) -> Record {
        Record::new(name, "A", 60, [address])
    }

    fn refusal(zone: &Zone, change: Change) -> String {
        zone.change(&[change]).unwrap_err().messages.join("\n")
    }

    #[test]
    fn a_batch_with_one_bad_change_does_nothing() {
        let zone = Zone::new("Z1", "hc.lab");
        let bad = Change::Delete(a("gone.hc.lab", "192.0.2.2"));
        let refused = zone.change(&[Change::Create(a("api.hc.lab", "192.0.2.1")), bad]).unwrap_err();
        assert_eq!(
            refused.messages,
            ["Tried to delete resource record set [name='gone.hc.lab.', type='A'] but it was not found"]
        );
        assert_eq!(zone.records().len(), 2);
    }

    #[test]
    fn create_refuses_what_exists_and_upsert_replaces_it() {
        let zone = Zone::new("Z1", "hc.lab");
        zone.change(&[Change::Create(a("api.hc.lab", "192.0.2.1"))]).unwrap();
        let again = refusal(&zone, Change::Create(a("API.hc.lab.", "192.0.2.2")));
        assert!(again.ends_with("[name='api.hc.lab.', type='A'] but it already exists"), "{again}");
        zone.change(&[Change::Upsert(a("api.hc.lab", "192.0.2.2"))]).unwrap();
        assert_eq!(zone.records_of("api.hc.lab"), [a("api.hc.lab", "192.0.2.2")]);
    }

    #[test]
    fn a_delete_must_name_the_values_that_are_there() {
        let zone = Zone::new("Z1", "hc.lab");
        zone.change(&[Change::Create(a("api.hc.lab", "192.0.2.1"))]).unwrap();
        let wrong = refusal(&zone, Change::Delete(a("api.hc.lab", "192.0.2.9")));
        assert!(wrong.ends_with("but the values provided do not match the current values"), "{wrong}");
        zone.change(&[Change::Delete(a("api.hc.lab", "192.0.2.1"))]).unwrap();
        assert_eq!(zone.records_of("api.hc.lab"), []);
    }

    #[test]
    fn what_dns_forbids_is_refused() {
        let zone = Zone::new("Z1", "hc.lab");
        zone.change(&[Change::Create(a("api.hc.lab", "192.0.2.1"))]).unwrap();
        let cname = |name| Change::Create(Record::new(name, "CNAME", 60, ["lb.elb.lab"]));
        assert!(refusal(&zone, cname("api.hc.lab")).contains("conflicts with other records"));
        assert!(refusal(&zone, cname("hc.lab")).contains("is not permitted at apex"));
        assert!(refusal(&zone, cname("api.other.lab")).contains("is not permitted in zone hc.lab."));
        assert!(refusal(&zone, Change::Create(a("b.hc.lab", "300.1.1.1"))).contains("illegal IPv4"));
        let bare = Change::Create(Record::new("b.hc.lab", "TXT", 60, ["heritage=external-dns"]));
        assert!(refusal(&zone, bare).contains("enclosed in quotation marks"));
        let ns = zone.records().into_iter().find(|record| record.kind == "NS").unwrap();
        assert!(refusal(&zone, Change::Delete(ns)).contains("must contain"));
    }

    #[test]
    fn who_watches_hears_of_a_change() {
        let zone = Zone::new("Z1", "hc.lab");
        let changes = zone.changes();
        assert!(!changes.has_changed().unwrap());
        zone.change(&[Change::Create(a("api.hc.lab", "192.0.2.1"))]).unwrap();
        assert!(changes.has_changed().unwrap());
    }
}
