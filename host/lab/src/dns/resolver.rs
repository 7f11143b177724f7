//! Resolves host names through the hosted zones, as a client's resolver does: chains, time to live, absence.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Balancers;
use crate::aws::route53::{DnsName, NEGATIVE_TTL, Record, Zone};
use crate::clock::Clock;

/// How many CNAMEs and aliases a resolver follows before it gives up.
const LONGEST_CHAIN: usize = 8;

/// The time to live of an alias and of a load balancer's own name, in seconds.
const BALANCER_TTL: u32 = 60;

/// Why a name leads to no server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unresolved {
    /// No zone has the name, or the zone has no such record (NXDOMAIN).
    #[error("{name}: no such host")]
    NoSuchHost {
        /// The name that is missing: the asked one, or one that it leads to.
        name: String,
    },
    /// The chain of CNAMEs and aliases does not end.
    #[error("{name}: more than {LONGEST_CHAIN} names lead to one another")]
    Loop {
        /// The name that was asked for.
        name: String,
    },
    /// The record holds an address behind which the lab has nothing.
    #[error("{name}: no load balancer has the address {address}")]
    NoSuchAddress {
        /// The name that was asked for.
        name: String,
        /// The address that its record holds.
        address: IpAddr,
    },
}

/// A resolver. Clones share its cache.
#[derive(Debug, Clone)]
pub struct Resolver {
    zones: Vec<Zone>,
    balancers: Balancers,
    cache: Option<Cache>,
}

#[derive(Debug, Clone)]
struct Cache {
    clock: Clock,
    answers: Arc<Mutex<BTreeMap<DnsName, (Instant, Found)>>>,
}

/// Where a chain ends: a balancer's name or an address, or nowhere. Balancers are looked at anew each
/// time, because a load balancer whose server moves keeps its address.
#[derive(Debug, Clone)]
enum Found {
    Balancer(DnsName),
    Address(IpAddr),
    Nowhere(Unresolved),
}

impl Resolver {
    /// Makes a resolver that asks `zones` anew each time.
    #[must_use]
    pub fn new(zones: Vec<Zone>, balancers: Balancers) -> Self {
        Self { zones, balancers, cache: None }
    }

    /// A resolver of its own that keeps answers, also that there is none, for their time to live on `clock`.
    #[must_use]
    pub fn caching(&self, clock: Clock) -> Self {
        Self { cache: Some(Cache { clock, answers: Arc::default() }), ..self.clone() }
    }

    /// Forgets what the cache holds.
    pub fn flush(&self) {
        if let Some(cache) = &self.cache {
            cache.lock().clear();
        }
    }

    /// Finds the loopback socket that `host` leads to; `port` counts only where an address is a loopback's own.
    ///
    /// # Errors
    /// [`Unresolved`], by what an operator would look at.
    pub fn resolve(&self, host: &str, port: u16) -> Result<SocketAddr, Unresolved> {
        let name = DnsName::new(host);
        match self.find(&name) {
            Found::Balancer(balancer) => self
                .balancers
                .get(balancer.as_str())
                .ok_or_else(|| Unresolved::NoSuchHost { name: plain(&balancer) }),
            Found::Address(address) => self
                .balancers
                .get(&address.to_string())
                .or_else(|| address.is_loopback().then(|| SocketAddr::new(address, port)))
                .ok_or_else(|| Unresolved::NoSuchAddress { name: plain(&name), address }),
            Found::Nowhere(reason) => Err(reason),
        }
    }

    fn find(&self, name: &DnsName) -> Found {
        let Some(cache) = &self.cache else { return self.follow(name).0 };
        let now = Instant::now();
        if let Some((until, found)) = cache.lock().get(name)
            && now < *until
        {
            return found.clone();
        }
        let (found, ttl) = self.follow(name);
        let life = cache.clock.scaled(Duration::from_secs(u64::from(ttl)));
        cache.lock().insert(name.clone(), (now + life, found.clone()));
        found
    }

    /// Follows the chain from `name` to its end, and says for how many seconds the answer holds.
    fn follow(&self, name: &DnsName) -> (Found, u32) {
        let mut here = name.clone();
        let mut ttl = u32::MAX;
        for _ in 0..LONGEST_CHAIN {
            if self.balancers.get(here.as_str()).is_some() {
                return (Found::Balancer(here), ttl.min(BALANCER_TTL));
            }
            let records = self.answering(&here);
            if let Some(cname) = records.iter().find(|record| record.kind == "CNAME") {
                ttl = ttl.min(cname.ttl.unwrap_or(BALANCER_TTL));
                here = DnsName::new(cname.values.first().map_or("", String::as_str));
                continue;
            }
            let Some(record) = records.iter().find(|record| record.kind == "A" || record.kind == "AAAA")
            else {
                let reason = Unresolved::NoSuchHost { name: plain(&here) };
                return (Found::Nowhere(reason), ttl.min(NEGATIVE_TTL));
            };
            if let Some(alias) = &record.alias {
                ttl = ttl.min(BALANCER_TTL);
                here = alias.target.clone();
                continue;
            }
            ttl = ttl.min(record.ttl.unwrap_or(BALANCER_TTL));
            let address = record.values.first().and_then(|value| value.parse().ok());
            return match address {
                Some(address) => (Found::Address(address), ttl),
                None => (Found::Nowhere(Unresolved::NoSuchHost { name: plain(&here) }), ttl),
            };
        }
        (Found::Nowhere(Unresolved::Loop { name: plain(name) }), ttl)
    }

    /// The records that answer for `name`: its own, or those of the nearest wildcard above it.
    fn answering(&self, name: &DnsName) -> Vec<Record> {
        let holding = self.zones.iter().filter(|zone| name.is_within(zone.name()));
        let Some(zone) = holding.max_by_key(|zone| zone.name().as_str().len()) else { return Vec::new() };
        let own = zone.records_of(name.as_str());
        if !own.is_empty() {
            return own;
        }
        let mut above = name.as_str();
        while let Some((_, rest)) = above.split_once('.')
            && DnsName::new(rest).is_within(zone.name())
        {
            let wild = zone.records_of(&format!("*.{rest}"));
            if !wild.is_empty() {
                return wild;
            }
            above = rest;
        }
        Vec::new()
    }
}

impl Cache {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<DnsName, (Instant, Found)>> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn plain(name: &DnsName) -> String {
    name.as_str().trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::route53::Change;

    fn world() -> (Zone, Balancers, Resolver) {
        let zone = Zone::new("Z1", "hc.lab");
        let balancers = Balancers::default();
        balancers.set("lb-source.elb.lab", ([127, 0, 0, 1], 6443).into());
        balancers.set("203.0.113.10", ([127, 0, 0, 1], 7443).into());
        let resolver = Resolver::new(vec![zone.clone()], balancers.clone());
        (zone, balancers, resolver)
    }

    fn put(zone: &Zone, record: Record) {
        zone.change(&[Change::Upsert(record)]).unwrap();
    }

    fn port(resolver: &Resolver, name: &str) -> Result<u16, Unresolved> {
        resolver.resolve(name, 443).map(|server| server.port())
    }

    #[test]
    fn names_lead_through_cnames_aliases_and_wildcards_to_a_balancer() {
        let (zone, _, resolver) = world();
        put(&zone, Record::new("api.hc.lab", "CNAME", 60, ["inner.hc.lab"]));
        put(&zone, Record::alias("inner.hc.lab", "ZELB", "lb-source.elb.lab"));
        put(&zone, Record::new("plain.hc.lab", "A", 60, ["203.0.113.10"]));
        put(&zone, Record::new("*.apps.hc.lab", "CNAME", 60, ["plain.hc.lab"]));
        assert_eq!(port(&resolver, "API.hc.lab"), Ok(6443));
        assert_eq!(port(&resolver, "plain.hc.lab"), Ok(7443));
        assert_eq!(port(&resolver, "console.apps.hc.lab"), Ok(7443));
    }

    #[test]
    fn what_leads_nowhere_says_at_which_name_it_ends() {
        let (zone, balancers, resolver) = world();
        put(&zone, Record::new("api.hc.lab", "CNAME", 60, ["lb-gone.elb.lab"]));
        put(&zone, Record::new("round.hc.lab", "CNAME", 60, ["round.hc.lab"]));
        put(&zone, Record::new("far.hc.lab", "A", 60, ["198.51.100.1"]));
        let absent = |name: &str| Err(Unresolved::NoSuchHost { name: name.to_owned() });
        assert_eq!(port(&resolver, "api.hc.lab"), absent("lb-gone.elb.lab"));
        assert_eq!(port(&resolver, "nobody.hc.lab"), absent("nobody.hc.lab"));
        assert_eq!(port(&resolver, "www.example.com"), absent("www.example.com"));
        assert_eq!(port(&resolver, "round.hc.lab"), Err(Unresolved::Loop { name: "round.hc.lab".into() }));
        assert!(matches!(port(&resolver, "far.hc.lab"), Err(Unresolved::NoSuchAddress { .. })));
        balancers.set("lb-gone.elb.lab", ([127, 0, 0, 1], 1).into());
        assert_eq!(port(&resolver, "api.hc.lab"), Ok(1));
    }

    #[test]
    fn a_cache_keeps_answers_and_absence_for_their_time_to_live() {
        let (zone, balancers, resolver) = world();
        balancers.set("lb-destination.elb.lab", ([127, 0, 0, 1], 8443).into());
        put(&zone, Record::new("api.hc.lab", "CNAME", 60, ["lb-source.elb.lab"]));
        let slow = resolver.caching(Clock::new(1.0, 0));
        let fast = resolver.caching(Clock::new(1e12, 0));
        for resolver in [&slow, &fast] {
            assert_eq!(port(resolver, "api.hc.lab"), Ok(6443));
            assert!(port(resolver, "late.hc.lab").is_err());
        }
        put(&zone, Record::new("api.hc.lab", "CNAME", 60, ["lb-destination.elb.lab"]));
        put(&zone, Record::new("late.hc.lab", "CNAME", 60, ["lb-destination.elb.lab"]));
        assert_eq!(port(&slow, "api.hc.lab"), Ok(6443));
        assert!(port(&slow, "late.hc.lab").is_err());
        assert_eq!(port(&fast, "api.hc.lab"), Ok(8443));
        assert_eq!(port(&fast, "late.hc.lab"), Ok(8443));
        slow.flush();
        assert_eq!(port(&slow, "api.hc.lab"), Ok(8443));
    }
}
