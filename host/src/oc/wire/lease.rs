//! The lease that keeps other operators off a cluster while a run changes it: `drsh` in `kube-system`.
//!
//! It is taken before the first change, renewed while the run lives, and given back at its end. A run that died keeps
//! others out until it expires, except those on its own machine, who can see that it is dead.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::{Method, Request};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::request::{Repeat, built, send};
use super::{Link, Reached};
use crate::environment::Target;
use crate::journal::Record;
use crate::problem::Problem;
use crate::run::{Event, Run, spoken};

const LEASES: &str = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases";
const LEASE: &str = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/drsh";
const ABOUT: &str = "lend its lease kube-system/drsh";

/// How long a lease holds after it was renewed last.
const DURATION: Duration = Duration::from_mins(1);

/// How often it is renewed; it is not relied on any more once the next renewal after it failed too.
const RENEWAL: Duration = Duration::from_secs(15);

/// A lease that expired longer ago than clocks can differ is dead; a younger one is watched for a renewal first.
const CLOCKS: SignedDuration = SignedDuration::from_mins(10);

/// How often others may be faster.
const TRIES: u32 = 8;

/// What this run knows of its lease of one cluster.
#[derive(Debug, Default)]
pub(super) enum Lease {
    /// It was not needed yet.
    #[default]
    Unasked,
    /// It was taken or renewed at this time.
    Held(Instant),
    /// It was held, and must be taken anew before the next change.
    Shaken,
    /// This account may not have one; the operator was told.
    Forbidden,
}

/// Makes sure that the run holds the cluster.
///
/// Errors: `held` with who holds it, and those of a request.
pub(super) async fn hold(cluster: &Reached, link: &Arc<Link>) -> Result<(), Problem> {
    let mut lease = link.lease.lock().await;
    let is_first = match *lease {
        Lease::Forbidden => return Ok(()),
        Lease::Held(at) if at.elapsed() < DURATION.saturating_sub(RENEWAL) => return Ok(()),
        Lease::Held(_) | Lease::Shaken => false,
        Lease::Unasked => true,
    };
    match take(cluster, link, is_first).await {
        Ok(at) => *lease = Lease::Held(at),
        Err(problem) if problem.kind == "denied" => {
            let text = format!("nobody else is kept off cluster {}: {}", cluster.name(), problem.message);
            cluster.run().tell(Event::Warned(text));
            *lease = Lease::Forbidden;
        }
        Err(problem) => return Err(problem),
    }
    if is_first && matches!(*lease, Lease::Held(_)) {
        keep(cluster, link);
    }
    Ok(())
}

/// Renews the lease until the run ends, and gives it back then.
fn keep(cluster: &Reached, link: &Arc<Link>) {
    let (again, its_link) = (cluster.clone(), link.clone());
    cluster.run().until_end(async move {
        loop {
            tokio::time::sleep(RENEWAL).await;
            let mut lease = its_link.lease.lock().await;
            *lease = match take(&again.anew(RENEWAL), &its_link, false).await {
                Ok(at) => Lease::Held(at),
                // The API may be away, which is what disasters are like: the next change asks again.
                Err(problem) if problem.kind != "held" => continue,
                Err(_) => Lease::Shaken,
            };
        }
    });
    let (last, link) = (cluster.clone(), link.clone());
    cluster.run().at_end(async move { give_back(&last.anew(RENEWAL), &link).await });
}

/// Takes the lease, or renews it; returns since when it counts.
async fn take(cluster: &Reached, link: &Link, is_first: bool) -> Result<Instant, Problem> {
    let run = cluster.run();
    let mut expired = None;
    for _ in 0..TRIES {
        let at = Instant::now();
        let found = match ask(cluster, link, Method::GET, LEASE, None).await {
            Ok(found) => Found::of(&found),
            Err(problem) if problem.kind == "not_found" => {
                match ask(cluster, link, Method::POST, LEASES, Some(&claimed(run, None))).await {
                    Ok(_) => return noted(cluster, is_first, None).map(|()| at),
                    Err(problem) if problem.kind == "already_exists" => continue,
                    Err(problem) => return Err(problem),
                }
            }
            Err(problem) => return Err(problem),
        };
        let because = match found.standing(run, Timestamp::now(), expired.as_ref()) {
            Standing::Own => None,
            Standing::Free(because) => Some(because),
            Standing::Held(age) => return Err(held(cluster, &found.holder, age)),
            Standing::Expired => {
                let what = format!("whether cluster {} is still held", cluster.name());
                run.tell(Event::Waiting { what, seen: found.holder.clone() });
                tokio::time::sleep(RENEWAL + RENEWAL / 4).await;
                expired = Some(found.version);
                continue;
            }
        };
        match ask(cluster, link, Method::PUT, LEASE, Some(&claimed(run, Some(&found)))).await {
            Ok(_) => {
                let from = because.map(|because| (found.holder, because));
                return noted(cluster, is_first, from).map(|()| at);
            }
            Err(problem) if problem.kind == "conflict" || problem.kind == "not_found" => {}
            Err(problem) => return Err(problem),
        }
    }
    Err(Problem::new("held", format!("the lease of cluster {} changes hands all the time", cluster.name()))
        .hint("several operators seem to be at work: look with `kubectl -n kube-system get lease drsh`"))
}

/// A lease that somebody has or had.
struct Found {
    holder: String,
    version: String,
    uid: String,
    renewed: Option<Timestamp>,
    lasts: SignedDuration,
    changes: i64,
}

/// What a lease that was found means to this run.
#[derive(Debug, PartialEq, Eq)]
enum Standing {
    /// It is this run's.
    Own,
    /// It can be taken, for this reason.
    Free(&'static str),
    /// It looks expired, but the other clock may be slow: a renewal would show it.
    Expired,
    /// Somebody else holds it, and renewed it so long ago.
    Held(SignedDuration),
}

impl Found {
    fn of(lease: &Value) -> Self {
        let text = |pointer: &str| lease.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let seconds = lease["spec"]["leaseDurationSeconds"].as_i64().unwrap_or_default();
        Self {
            holder: text("/spec/holderIdentity").to_owned(),
            version: text("/metadata/resourceVersion").to_owned(),
            uid: text("/metadata/uid").to_owned(),
            renewed: text("/spec/renewTime").parse().ok(),
            lasts: SignedDuration::from_secs(seconds.clamp(0, 86_400)),
            changes: lease["spec"]["leaseTransitions"].as_i64().unwrap_or_default(),
        }
    }

    fn standing(&self, run: &Run, now: Timestamp, expired: Option<&String>) -> Standing {
        let id = self.holder.split_whitespace().next().unwrap_or_default();
        if id == run.id() {
            return Standing::Own;
        }
        if run.is_known_dead(id) {
            return Standing::Free("nobody carries that run out any more");
        }
        self.of_another(now, expired, run.takes_over())
    }

    fn of_another(&self, now: Timestamp, expired: Option<&String>, takes_over: bool) -> Standing {
        let Some(renewed) = self.renewed.filter(|_| !self.holder.is_empty()) else {
            return Standing::Free("nobody held it");
        };
        let age = now.duration_since(renewed);
        match age - self.lasts {
            over if over > CLOCKS => Standing::Free("it had expired"),
            over if over > SignedDuration::ZERO && expired == Some(&self.version) => {
                Standing::Free("it had expired and was not renewed")
            }
            _ if takes_over => Standing::Free("the operator asked to take it over"),
            over if over > SignedDuration::ZERO => Standing::Expired,
            _ => Standing::Held(age),
        }
    }
}

/// The lease as this run wants it.
fn claimed(run: &Run, found: Option<&Found>) -> Value {
    let now = format!("{:.6}", Timestamp::now());
    let mut lease = json!({
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": { "name": "drsh", "namespace": "kube-system" },
        "spec": {
            "holderIdentity": run.holder(),
            "leaseDurationSeconds": DURATION.as_secs(),
            "acquireTime": now,
            "renewTime": now,
        },
    });
    if let Some(found) = found {
        lease["metadata"]["resourceVersion"] = found.version.clone().into();
        lease["metadata"]["uid"] = found.uid.clone().into();
        lease["spec"]["leaseTransitions"] = (found.changes + 1).into();
    }
    lease
}

/// Records who has the cluster from now on; a renewal leaves no record.
fn noted(cluster: &Reached, is_first: bool, from: Option<(String, &str)>) -> Result<(), Problem> {
    let (run, name) = (cluster.run(), cluster.name());
    if !is_first && from.is_none() {
        return Ok(());
    }
    let (from, because) = from.filter(|(holder, _)| !holder.is_empty()).unzip();
    if let (Some(from), Some(because)) = (&from, because) {
        run.tell(Event::Warned(format!("cluster {name} was taken over from run {from}: {because}")));
    }
    let because = because.map(str::to_owned);
    run.record(Record::LeaseTaken { cluster: name.to_owned(), from, because }).map(drop)
}

fn held(cluster: &Reached, holder: &str, age: SignedDuration) -> Problem {
    let name = cluster.name();
    let ago = spoken(Duration::try_from(age).unwrap_or_default());
    let id = holder.split_whitespace().next().unwrap_or_default();
    Problem::new("held", format!("cluster {name} is held by run {holder}, which renewed its lease {ago} ago"))
        .hint(format!(
            "wait for that run, or resume it where it was begun (`drsh resume {id}`); if it surely works no more, \
             take the cluster from it with --take-over"
        ))
}

async fn give_back(cluster: &Reached, link: &Link) {
    let Ok(found) = ask(cluster, link, Method::GET, LEASE, None).await.map(|found| Found::of(&found)) else {
        return;
    };
    if found.holder != cluster.run().holder() {
        return;
    }
    let exactly = json!({ "preconditions": { "uid": found.uid, "resourceVersion": found.version } });
    if let Err(problem) = ask(cluster, link, Method::DELETE, LEASE, Some(&exactly)).await {
        tracing::debug!(cluster = cluster.name(), %problem, "the lease was not given back; it expires");
    }
}

async fn ask(
    cluster: &Reached,
    link: &Link,
    method: Method,
    path: &str,
    body: Option<&Value>,
) -> Result<Value, Problem> {
    let bytes = body.map(ToString::to_string).unwrap_or_default().into_bytes();
    let build = || {
        let request = Request::builder().method(method.clone()).uri(path);
        let request = request.header(http::header::CONTENT_TYPE, "application/json").body(bytes.clone());
        built(request.map_err(kube::core::request::Error::BuildRequest))
    };
    send(cluster, link, ABOUT, Repeat::Freely, build).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(renewed_seconds_ago: i64, seen: Option<&str>, takes_over: bool) -> Standing {
        let now: Timestamp = "2026-01-01T12:00:00Z".parse().unwrap();
        let renewed = now - SignedDuration::from_secs(renewed_seconds_ago);
        let found = Found::of(&json!({
            "metadata": { "resourceVersion": "7" },
            "spec": {
                "holderIdentity": "0badcafe x by y@z",
                "leaseDurationSeconds": 60,
                "renewTime": format!("{renewed:.6}"),
            },
        }));
        found.of_another(now, seen.map(str::to_owned).as_ref(), takes_over)
    }

    #[test]
    fn a_lease_is_taken_when_it_is_surely_dead_or_by_the_operators_word() {
        assert_eq!(standing(20, None, false), Standing::Held(SignedDuration::from_secs(20)));
        assert_eq!(standing(-300, None, false), Standing::Held(SignedDuration::from_secs(-300)));
        assert_eq!(standing(20, None, true), Standing::Free("the operator asked to take it over"));
        assert_eq!(standing(3600, None, false), Standing::Free("it had expired"));
    }

    /// A holder whose clock is three minutes slow looks expired all the time, and renews nevertheless.
    #[test]
    fn a_lease_that_seems_to_have_expired_lately_is_watched_for_a_renewal_first() {
        assert_eq!(standing(180, None, false), Standing::Expired);
        assert_eq!(standing(180, Some("6"), false), Standing::Expired);
        assert_eq!(standing(180, Some("7"), false), Standing::Free("it had expired and was not renewed"));
    }

    #[test]
    fn a_lease_without_a_holder_is_free() {
        let found = Found::of(&json!({ "spec": { "holderIdentity": "" } }));
        assert_eq!(found.of_another(Timestamp::now(), None, false), Standing::Free("nobody held it"));
    }
}
