//! The lease that keeps other operators off a cluster while a run changes it: `drsh` in `kube-system`.
//!
//! It is taken before the first change, renewed while the run lives, and given back at its end. A run that died keeps
//! others out until it expires, except those on its own machine, who can see that it is dead.

mod found;

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::{Method, Request};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use self::found::{Found, Standing};
use super::request::{Repeat, built, send};
use super::{Link, Reached};
use crate::environment::Target;
use crate::journal::Record;
use crate::problem::Problem;
use crate::run::{Event, Run, Waiting, spoken};

const LEASES: &str = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases";
const LEASE: &str = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/drsh";
const ABOUT: &str = "lend its lease kube-system/drsh";

/// How long a lease holds after it was renewed last.
const DURATION: Duration = Duration::from_mins(1);

/// How often it is renewed, and how soon a run notices that another took the cluster from it.
const RENEWAL: Duration = Duration::from_secs(5);

/// How long it is relied on after it was renewed last: a change may take a while to arrive.
const RELIED_ON: Duration = Duration::from_secs(45);

/// How long a run can take to renew its lease, or to notice that it has none any more.
const NOTICE: Duration = Duration::from_millis(6500);

/// How often others may be faster.
const TRIES: u32 = 8;

/// How long a server that answers may fail to write a lease: a webhook that nobody answers for must not keep a cluster
/// from being rescued.
const PATIENCE: Duration = Duration::from_secs(10);

/// The pause before it is asked again.
const PAUSE: Duration = Duration::from_millis(500);

/// What this run knows of its lease of one cluster.
#[derive(Debug, Default)]
pub(super) enum Lease {
    /// It was not needed yet.
    #[default]
    Unasked,
    /// It was taken or renewed at this time.
    Held(Instant),
    /// Another run took the cluster, as this says; this run changes nothing there any more, whatever becomes of the
    /// other.
    Lost(Problem),
    /// There is none to be had; the operator was told.
    Without,
}

/// Makes sure that the run holds the cluster.
///
/// Errors: `held` with who holds it, and those of a request.
pub(super) async fn hold(cluster: &Reached, link: &Arc<Link>) -> Result<(), Problem> {
    let mut lease = link.lease.lock().await;
    let is_first = match *lease {
        Lease::Without => return Ok(()),
        Lease::Held(at) if at.elapsed() < RELIED_ON => return Ok(()),
        Lease::Lost(ref problem) => return Err(problem.clone()),
        Lease::Held(_) => false,
        Lease::Unasked => true,
    };
    match take(cluster, link, is_first, Repeat::Freely).await {
        Ok(at) => *lease = Lease::Held(at),
        Err(problem) if problem.kind == "held" && !is_first => {
            let problem = lost(problem);
            *lease = Lease::Lost(problem.clone());
            return Err(problem);
        }
        Err(problem) if matches!(&*problem.kind, "denied" | "no_lease") => {
            let text = format!("nobody else is kept off cluster {}: {}", cluster.name(), problem.message);
            cluster.run().tell(Event::Warned(text));
            *lease = Lease::Without;
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
            // Nobody waits for it: it is tried once each time, and nothing is told of it.
            *lease = match take(&again.anew(RENEWAL), &its_link, false, Repeat::Never).await {
                Ok(at) => Lease::Held(at),
                // The API may be away, which is what disasters are like: the next change asks again.
                Err(problem) if problem.kind != "held" => continue,
                Err(problem) => {
                    let problem = lost(problem);
                    again.run().tell(Event::Warned(problem.message.clone()));
                    *lease = Lease::Lost(problem);
                    return;
                }
            };
        }
    });
    let (last, link) = (cluster.clone(), link.clone());
    cluster.run().at_end(async move { give_back(&last.anew(RENEWAL), &link).await });
}

/// Takes the lease, or renews it; returns since when it counts.
async fn take(cluster: &Reached, link: &Link, is_first: bool, repeat: Repeat) -> Result<Instant, Problem> {
    let run = cluster.run();
    let (began, mut expired, mut lost) = (Instant::now(), None, 0);
    while lost < TRIES {
        let at = Instant::now();
        let found = match ask(cluster, link, repeat).await {
            Ok(found) => found,
            Err(problem) if problem.kind == "not_found" => {
                let made = write(cluster, link, Method::POST, LEASES, &claimed(run, None), began).await?;
                if made == Written::Yes {
                    return noted(cluster, is_first, None).map(|()| at);
                }
                lost += u32::from(made == Written::TooLate);
                continue;
            }
            Err(problem) => return Err(problem),
        };
        let because = match found.standing(run, Timestamp::now(), expired.as_ref(), is_first) {
            Standing::Own => None,
            Standing::Free(because) => Some(because),
            Standing::Held(age) => return Err(held(cluster, &found.holder, age)),
            Standing::Expired => {
                let what = format!("whether cluster {} is still held", cluster.name());
                let waiting = Waiting::begin(run, &what, NOTICE);
                waiting.see(&found.holder);
                tokio::time::sleep(NOTICE).await;
                expired = Some(found.version);
                continue;
            }
        };
        let written = write(cluster, link, Method::PUT, LEASE, &claimed(run, Some(&found)), began).await?;
        if written == Written::Yes {
            if because == Some(found::BY_WORD) {
                let what = format!("whoever had cluster {} to notice that it was taken", cluster.name());
                let waiting = Waiting::begin(run, &what, NOTICE);
                waiting.see(&found.holder);
                tokio::time::sleep(NOTICE).await;
            }
            let from = because.map(|because| (found.holder, because));
            return noted(cluster, is_first, from).map(|()| at);
        }
        lost += u32::from(written == Written::TooLate);
    }
    Err(Problem::new("held", format!("the lease of cluster {} changes hands all the time", cluster.name()))
        .hint("several operators seem to be at work: look with `kubectl -n kube-system get lease drsh`"))
}

/// What became of a lease that was to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Written {
    Yes,
    /// Somebody was faster.
    TooLate,
    /// The server failed, and may be asked again.
    NotNow,
}

/// Writes the lease. Errors: `denied`, and `no_lease` where the server fails since `began` for too long.
async fn write(
    cluster: &Reached,
    link: &Link,
    method: Method,
    path: &str,
    lease: &Value,
    began: Instant,
) -> Result<Written, Problem> {
    let Err(problem) = ask_once(cluster, link, method, path, lease).await else { return Ok(Written::Yes) };
    match &*problem.kind {
        "already_exists" | "conflict" | "not_found" => Ok(Written::TooLate),
        "unreachable" | "timeout" | "throttled" if began.elapsed() < PATIENCE => {
            tokio::time::sleep(PAUSE).await;
            Ok(Written::NotNow)
        }
        "denied" => Err(problem),
        _ => Err(Problem { kind: "no_lease".into(), ..problem }),
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

/// What a run is told whose cluster another has taken.
fn lost(problem: Problem) -> Problem {
    let message =
        format!("{}; it was taken from this run, which changes nothing there any more", problem.message);
    Problem { message, ..problem }
        .hint("look at what the other run did, then resume this one if it is still wanted")
}

async fn give_back(cluster: &Reached, link: &Link) {
    let Ok(found) = ask(cluster, link, Repeat::Never).await else { return };
    if found.holder != cluster.run().holder() {
        return;
    }
    let exactly = json!({ "preconditions": { "uid": found.uid, "resourceVersion": found.version } });
    if let Err(problem) = ask_once(cluster, link, Method::DELETE, LEASE, &exactly).await {
        tracing::debug!(cluster = cluster.name(), %problem, "the lease was not given back; it expires");
    }
}

/// Asks for the lease.
async fn ask(cluster: &Reached, link: &Link, repeat: Repeat) -> Result<Found, Problem> {
    let build = || request(Method::GET, LEASE, &Value::Null);
    send(cluster, link, ABOUT, repeat, build).await.map(|found| Found::of(&found))
}

async fn ask_once(
    cluster: &Reached,
    link: &Link,
    method: Method,
    path: &str,
    body: &Value,
) -> Result<Value, Problem> {
    send(cluster, link, ABOUT, Repeat::Never, || request(method.clone(), path, body)).await
}

fn request(method: Method, path: &str, body: &Value) -> Result<Request<Vec<u8>>, Problem> {
    let bytes = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    let request = Request::builder().method(method).uri(path);
    let request = request.header(http::header::CONTENT_TYPE, "application/json").body(bytes);
    built(request.map_err(kube::core::request::Error::BuildRequest))
}
