//! What a hosted zone holds: record sets, and the changes that are asked of it.

use super::name::DnsName;

/// One resource record set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The name it answers for.
    pub name: DnsName,
    /// Its type, such as `A`, `CNAME` or `TXT`, in capitals.
    pub kind: String,
    /// How long a resolver may keep it, in seconds; an alias has none.
    pub ttl: Option<u32>,
    /// Its values, as Route53 writes them (a `TXT` in quotation marks).
    pub values: Vec<String>,
    /// Where an alias points; then there are no values.
    pub alias: Option<Alias>,
    /// What tells record sets of one name and type apart, if they are weighted.
    pub set_identifier: Option<String>,
    /// The weight among those.
    pub weight: Option<u8>,
}

/// Where an alias record points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    /// The hosted zone of the target, such as that of the load balancers of a region.
    pub zone_id: String,
    /// The target's name.
    pub target: DnsName,
    /// Whether the target's health counts.
    pub evaluate_health: bool,
}

impl Record {
    /// A plain record set.
    #[must_use]
    pub fn new<'a>(name: &str, kind: &str, ttl: u32, values: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            name: DnsName::new(name),
            kind: kind.to_owned(),
            ttl: Some(ttl),
            values: values.into_iter().map(str::to_owned).collect(),
            alias: None,
            set_identifier: None,
            weight: None,
        }
    }

    /// An `A` record set that is an alias of `target`, in the hosted zone `zone_id`.
    #[must_use]
    pub fn alias(name: &str, zone_id: &str, target: &str) -> Self {
        let alias =
            Alias { zone_id: zone_id.to_owned(), target: DnsName::new(target), evaluate_health: false };
        Self { ttl: None, alias: Some(alias), ..Self::new(name, "A", 0, []) }
    }

    /// The place of the record set in a listing, which is also what makes it one and not another.
    pub(crate) fn key(&self) -> RecordKey {
        let identifier = self.set_identifier.clone().unwrap_or_default();
        RecordKey { name: self.name.clone(), kind: self.kind.clone(), identifier }
    }
}

/// Name, type and set identifier, in the order of Route53's listings.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RecordKey {
    pub(crate) name: DnsName,
    pub(crate) kind: String,
    pub(crate) identifier: String,
}

/// One change of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Adds a record set that must not be there.
    Create(Record),
    /// Adds a record set or puts it in the place of the one that is there.
    Upsert(Record),
    /// Takes away a record set, which must be there exactly as given.
    Delete(Record),
}

impl Change {
    /// The record set that the change is about.
    #[must_use]
    pub fn record(&self) -> &Record {
        match self {
            Self::Create(record) | Self::Upsert(record) | Self::Delete(record) => record,
        }
    }
}
