//! external-dns on a management cluster: records follow routes, and each says in a TXT record who owns it.
//! What another owner made is never touched.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use kube::api::DynamicObject;

use super::control_plane::network::INTERNAL_LABEL;
use super::hypershift::NAMESPACE;
use super::kinds::{DEPLOYMENT, POD, ROUTE};
use super::object::{is_dying, label, list, name, namespace, text};
use super::{Actor, Cluster, Key, Result, liveness};
use crate::aws::route53::{Change, DnsName, Record, ZoneClient};

/// The name of its deployment, and the `app` label of its pods.
pub const EXTERNAL_DNS: &str = "external-dns";
/// The hosted zone that load balancers' own names live in.
const BALANCER_ZONE: &str = "Z35SXDOTRQ7X7K";
/// How often it looks, in life.
const INTERVAL: Duration = Duration::from_mins(1);
/// The shortest time between two looks on the machine's clock, however fast the lab runs.
const SHORTEST: Duration = Duration::from_millis(250);

/// Starts external-dns on `management`; it works on `zone`.
pub fn start(management: &Cluster, zone: &ZoneClient) {
    let zone = zone.clone();
    management.spawn(EXTERNAL_DNS, move |actor| live(actor, zone.clone()));
}

async fn live(actor: Actor, zone: ZoneClient) -> Result<()> {
    let (pods, routes) = (actor.watch(&POD).await, actor.watch(&ROUTE).await);
    let deployments = actor.watch(&DEPLOYMENT).await;
    loop {
        tokio::time::sleep(actor.clock().scaled(INTERVAL).max(SHORTEST)).await;
        if !liveness::runs(&pods, NAMESPACE, EXTERNAL_DNS) || actor.is_on("external-dns: stuck") {
            continue;
        }
        let Some(own) = deployments.get(&Key::new(NAMESPACE, EXTERNAL_DNS)) else { continue };
        let registry = Registry::of(&own);
        let standing = match zone.records().await {
            Ok(standing) => standing,
            Err(error) => {
                actor.record("could not list the zone", error.to_string());
                continue;
            }
        };
        let changes = plan(&registry, &standing, &routes.all());
        if changes.is_empty() {
            continue;
        }
        match zone.change(&changes).await {
            Ok(()) => {
                for change in &changes {
                    let (verb, record) = match change {
                        Change::Create(record) => ("created", record),
                        Change::Upsert(record) => ("changed", record),
                        Change::Delete(record) => ("deleted", record),
                    };
                    actor
                        .record(format!("{verb} {} {}", record.kind, record.name.as_str()), "routes changed");
                }
            }
            Err(error) => actor.record("could not change the zone", error.to_string()),
        }
    }
}

/// How it marks what is its own, as the arguments of its deployment say.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Registry {
    owner: String,
    prefix: String,
    suffix: String,
    domain: String,
}

impl Registry {
    fn of(deployment: &DynamicObject) -> Self {
        let arguments = list(deployment, "/spec/template/spec/containers/0/args");
        let value = |flag: &str| {
            let found =
                arguments.iter().filter_map(|one| one.as_str()).find_map(|one| one.strip_prefix(flag));
            found.unwrap_or_default().to_owned()
        };
        Self {
            owner: value("--txt-owner-id="),
            prefix: value("--txt-prefix="),
            suffix: value("--txt-suffix="),
            domain: value("--domain-filter="),
        }
    }

    /// The names of the TXT records that say who owns the alias `host`: with and without the record's type.
    fn marks(&self, host: &str) -> [String; 2] {
        let (first, rest) = host.split_once('.').unwrap_or((host, ""));
        ["", "cname-"].map(|kind| format!("{}{kind}{first}{}.{rest}", self.prefix, self.suffix))
    }

    fn mark(&self, route: &DynamicObject) -> String {
        format!(
            "\"heritage=external-dns,external-dns/owner={},external-dns/resource=route/{}/{}\"",
            self.owner,
            namespace(route),
            name(route)
        )
    }

    fn is_own(&self, mark: &Record) -> bool {
        let own = format!("external-dns/owner={},", self.owner);
        mark.kind == "TXT"
            && mark.values.iter().any(|value| value.contains("heritage=external-dns") && value.contains(&own))
    }
}

/// The changes that make `records` follow `routes`.
fn plan(registry: &Registry, records: &[Record], routes: &[std::sync::Arc<DynamicObject>]) -> Vec<Change> {
    let known: BTreeMap<(&str, &str), &Record> =
        records.iter().map(|record| ((record.name.as_str(), record.kind.as_str()), record)).collect();
    let domain = DnsName::new(&registry.domain);
    let mut wanted = BTreeSet::new();
    let mut changes = Vec::new();
    for route in routes {
        let (host, target) =
            (text(route, "/spec/host"), text(route, "/status/ingress/0/routerCanonicalHostname"));
        let is_internal = label(route, INTERNAL_LABEL).is_some();
        if is_internal || is_dying(route) || target.is_empty() || !DnsName::new(host).is_within(&domain) {
            continue;
        }
        // A name that two routes claim goes to the first.
        if !wanted.insert(DnsName::new(host)) {
            continue;
        }
        let alias = Record::alias(host, BALANCER_ZONE, target);
        let marks =
            registry.marks(host).map(|mark| Record::new(&mark, "TXT", 300, [registry.mark(route).as_str()]));
        let standing = known.get(&(alias.name.as_str(), "A"));
        let is_ours = marks.iter().any(|mark| {
            known.get(&(mark.name.as_str(), "TXT")).is_some_and(|record| registry.is_own(record))
        });
        match standing {
            Some(_) if !is_ours => {}
            Some(record) if **record == alias => {}
            Some(_) => changes.push(Change::Upsert(alias)),
            None => {
                changes.push(Change::Create(alias));
                changes.extend(marks.into_iter().map(Change::Upsert));
            }
        }
    }
    for record in records.iter().filter(|record| record.alias.is_some() && !wanted.contains(&record.name)) {
        let host = record.name.as_str().trim_end_matches('.').to_owned();
        let marks = registry.marks(&host).map(|mark| DnsName::new(&mark));
        let marks: Vec<_> = marks.iter().filter_map(|mark| known.get(&(mark.as_str(), "TXT"))).collect();
        if marks.iter().any(|mark| registry.is_own(mark)) {
            changes.push(Change::Delete(record.clone()));
            changes.extend(marks.into_iter().map(|mark| Change::Delete((*mark).clone())));
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::aws::route53::Zone;

    fn registry(owner: &str) -> Registry {
        let suffix = "-external-dns".to_owned();
        Registry { owner: owner.to_owned(), prefix: String::new(), suffix, domain: "hc.lab".to_owned() }
    }

    fn route(host: &str, target: &str) -> Arc<DynamicObject> {
        let route = json!({
            "apiVersion": "route.openshift.io/v1", "kind": "Route",
            "metadata": {"name": "kube-apiserver", "namespace": "clusters-demo"},
            "spec": {"host": host},
            "status": {"ingress": [{"routerCanonicalHostname": target}]},
        });
        Arc::new(serde_json::from_value(route).unwrap())
    }

    #[test]
    fn a_record_comes_with_its_marks_and_goes_with_its_route() {
        let zone = Zone::new("Z1", "hc.lab");
        let source = registry("source");
        zone.change(&plan(&source, &zone.records(), &[route("api-demo.hc.lab", "a1.elb.lab")])).unwrap();
        let names: Vec<_> =
            zone.records().iter().map(|one| (one.name.as_str().to_owned(), one.kind.clone())).collect();
        assert!(names.contains(&("api-demo.hc.lab.".to_owned(), "A".to_owned())), "{names:?}");
        assert!(
            names.contains(&("cname-api-demo-external-dns.hc.lab.".to_owned(), "TXT".to_owned())),
            "{names:?}"
        );

        let other = registry("destination");
        assert!(plan(&other, &zone.records(), &[]).is_empty(), "another owner deletes nothing");
        let theirs = [route("api-demo.hc.lab", "a2.elb.lab")];
        assert!(plan(&other, &zone.records(), &theirs).is_empty(), "another owner changes nothing");

        zone.change(&plan(&source, &zone.records(), &[])).unwrap();
        assert!(zone.records_of("api-demo.hc.lab").is_empty());
        assert_eq!(plan(&other, &zone.records(), &theirs).len(), 3);
    }
}
