//! Sends one request and reads its answer, and sends it again where that is safe and may help.

use std::time::{Duration, Instant};

use http::{HeaderMap, Request, Response};
use kube::client::Body;
use kube::core::Status;
use serde_json::Value;

use super::trouble::{self, Failure};
use super::{Link, Reached};
use crate::environment::Target;
use crate::problem::Problem;
use crate::retry::{self, Setback};
use crate::run::{no_answer, placed, uncertain};

/// How often a request may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeat {
    /// As often as it takes: doing it twice is the same as doing it once.
    Freely,
    /// The same, and also where the server gave up because others change the object all the time: what is asked for
    /// does not go by a state that was read, so that nothing is to be decided anew.
    EvenContended,
    /// Only when the server surely did nothing with it.
    IfUntouched,
    /// Not at all: the caller does it in its own way.
    Never,
}

/// Sends what `build` makes until there is an answer or the deadline comes.
///
/// `about` says what is asked, as `patch hc/demo in clusters`. Errors: those of [`trouble`], `timeout`.
pub(super) async fn send(
    cluster: &Reached,
    link: &Link,
    about: &str,
    repeat: Repeat,
    build: impl Fn() -> Result<Request<Vec<u8>>, Problem>,
) -> Result<Value, Problem> {
    let (body, _) = send_raw(cluster, link, about, repeat, build).await?;
    serde_json::from_slice(&body).map_err(|error| {
        let place = cluster.name();
        Problem::new(
            "unreachable",
            format!("cluster {place} did not {about}: its answer is no JSON: {error}"),
        )
        .hint(format!("what stands at {} may not be an API server", link.server))
    })
}

/// Does as [`send`], and gives the answer's bytes and headers as they are.
pub(super) async fn send_raw(
    cluster: &Reached,
    link: &Link,
    about: &str,
    repeat: Repeat,
    build: impl Fn() -> Result<Request<Vec<u8>>, Problem>,
) -> Result<(Vec<u8>, HeaderMap), Problem> {
    let what = format!("cluster {}: {about}", cluster.name());
    let attempt = || async {
        let sent = once(cluster, link, about, build()?);
        let answer = if repeat == Repeat::IfUntouched {
            // Who gave no answer may have acted all the same.
            let limit = cluster.attempt();
            tokio::time::timeout(limit, sent).await.map_err(|_| Setback::last(no_answer(limit)))?
        } else {
            sent.await
        };
        let failure = match answer {
            Ok(answer) => return Ok(answer),
            Err(failure) => failure,
        };
        Err(match (failure.failure.passing, repeat) {
            (true, Repeat::Freely | Repeat::EvenContended) => failure.into_setback(),
            (false, Repeat::EvenContended) if failure.failure.contended => failure.into_setback(),
            (true, Repeat::IfUntouched) if failure.failure.untouched => failure.into_setback(),
            (true, Repeat::IfUntouched) => Setback::last(uncertain(failure.failure.problem)),
            (true, Repeat::Never) | (false, _) => Setback::last(failure.failure.problem),
        })
    };
    let done = match repeat {
        Repeat::Never => {
            let limit = cluster.attempt();
            let done = tokio::time::timeout(limit, attempt()).await;
            done.map_or_else(|_| Err(no_answer(limit)), |done| done.map_err(Setback::into_problem))
        }
        Repeat::IfUntouched => {
            let left = cluster.deadline().saturating_duration_since(Instant::now());
            retry::until_deadline_each(cluster, left, &what, attempt).await
        }
        Repeat::Freely | Repeat::EvenContended => retry::until_deadline(cluster, &what, attempt).await,
    };
    done.map_err(|problem| {
        let problem = placed(problem, || format!("cluster {} did not {about}", cluster.name()));
        let is_open = problem.kind == "timeout" && build().is_ok_and(|request| !only_looks(&request));
        if is_open { uncertain(problem) } else { problem }
    })
}

/// A failure, and how long the server asked to wait.
pub(super) struct Refusal {
    pub failure: Failure,
    after: Option<Duration>,
}

impl Refusal {
    /// What a retry makes of it.
    pub(super) fn into_setback(self) -> Setback {
        match self.after {
            Some(pause) => Setback::after(self.failure.problem, pause),
            None => Setback::passing(self.failure.problem),
        }
    }
}

/// Sends the request once.
pub(super) async fn once(
    cluster: &Reached,
    link: &Link,
    about: &str,
    request: Request<Vec<u8>>,
) -> Result<(Vec<u8>, HeaderMap), Refusal> {
    if cluster.run().is_planning() && !only_looks(&request) {
        let message = format!("cluster {} was not asked to {about}: a plan changes nothing", cluster.name());
        let problem = Problem::new("internal", message);
        return Err(Refusal {
            failure: Failure { problem, passing: false, untouched: true, contended: false },
            after: None,
        });
    }
    let lost = |error: &kube::Error| Refusal {
        failure: trouble::unanswered(cluster, &link.server, error),
        after: None,
    };
    let answer = link.client.send(request.map(Body::from)).await.map_err(|error| lost(&error))?;
    let (head, body) = answer.into_parts();
    // Once it has answered, it may have acted.
    let body = body.collect_bytes().await.map_err(|error| {
        let refusal = lost(&error);
        Refusal { failure: Failure { untouched: false, ..refusal.failure }, ..refusal }
    })?;
    if head.status.is_success() {
        return Ok((body.to_vec(), head.headers));
    }
    let after = retry_after(&head.headers);
    let status = status_of(&Response::from_parts(head, ()), &body);
    Err(Refusal { failure: trouble::refused(cluster, &link.origin, &status, about), after })
}

/// Whether the request changes nothing: it reads, is tried out only, or asks what one may do.
fn only_looks(request: &Request<Vec<u8>>) -> bool {
    let (path, query) = (request.uri().path(), request.uri().query().unwrap_or_default());
    let says = |part: &[u8]| request.body().windows(part.len()).any(|window| window == part);
    request.method().is_safe()
        || query.split('&').any(|one| one == "dryRun=All")
        || (request.method() == http::Method::DELETE && says(br#""dryRun":["All"]"#))
        || path.contains("/authorization.k8s.io/") && path.ends_with("reviews")
        || path.contains("/authentication.k8s.io/") && path.ends_with("reviews")
}

/// Reads the error that the server sent; a proxy on the way may have sent something else.
fn status_of(head: &Response<()>, body: &[u8]) -> Status {
    let code = head.status().as_u16();
    match serde_json::from_slice::<Status>(body) {
        Ok(status) if !status.message.is_empty() || !status.reason.is_empty() => status.with_code(code),
        _ => {
            let said: String = String::from_utf8_lossy(body).trim().chars().take(200).collect();
            let reason = head.status().canonical_reason().unwrap_or_default();
            let message = if said.is_empty() { reason.to_owned() } else { said };
            Status::failure(&message, "").with_code(code)
        }
    }
}

/// How many seconds the server asks to wait.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(http::header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// Turns what the client's own checks refuse into a problem.
pub(super) fn built(
    request: Result<Request<Vec<u8>>, kube::core::request::Error>,
) -> Result<Request<Vec<u8>>, Problem> {
    request.map_err(|error| {
        let message = format!("no request to an API server can be made of it: {}", trouble::chain(&error));
        Problem::new("invalid", message)
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use kube::config::Config;
    use rhai::{Dynamic, Engine, NativeCallContext};
    use tokio::sync::{Mutex, OnceCell};

    use super::*;
    use crate::declare::{Effect, Function};
    use crate::environment::{Cluster as Declared, Environment};
    use crate::gate::Call;
    use crate::oc::Cluster;
    use crate::problem::Reply;
    use crate::run::{Beginning, Claim, Deaf, Direction, Replay, Run};

    /// A function that says it looks, and whose wire changes something.
    static CARELESS: Function =
        Function { signature: "careless(cluster: Cluster)", effect: Effect::Read, doc: "" };

    fn link() -> Link {
        let config = Config::new("http://127.0.0.1:9".parse().unwrap());
        Link {
            client: kube::Client::try_from(config).unwrap(),
            server: "http://127.0.0.1:9".to_owned(),
            origin: "k".to_owned(),
            identity: OnceCell::new(),
            kinds: Mutex::default(),
            lease: Mutex::default(),
        }
    }

    fn careless(context: &NativeCallContext<'_>) -> Reply<()> {
        let call = Call::of(context, &CARELESS)?;
        let declared = Declared::named(call.run().environment(), "source").unwrap();
        call.through(&Cluster::from(declared), "look at it", async |cluster| {
            let build = || {
                let request = Request::post("/api/v1/namespaces").body(Vec::new());
                built(request.map_err(kube::core::request::Error::BuildRequest))
            };
            send(&cluster, &link(), "create ns/x", Repeat::Never, build).await.map(drop)
        })
    }

    #[test]
    fn what_would_change_something_is_not_sent_in_a_plan_whatever_its_function_says_of_itself() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let text = "name = \"x\"\n[clusters.source]\nkubeconfig = \"k\"\n";
        let run = Run::begin(Beginning {
            id: "0000beef".into(),
            environment: Arc::new(Environment::parse(text, Path::new("/e.toml")).unwrap()),
            journal: None,
            replay: Replay::default(),
            approved: std::collections::BTreeSet::new(),
            may_change: true,
            direction: Direction::Planning,
            until: None,
            memory: None,
            runtime: runtime.handle().clone(),
            listener: Box::new(Deaf),
            asker: None,
            claim: Claim::default(),
        });
        let mut engine = Engine::new();
        engine.set_default_tag(Dynamic::from(run));
        engine.register_fn("careless", |context: NativeCallContext<'_>| careless(&context));
        let problem = Problem::within(&engine.eval::<()>("careless()").unwrap_err()).unwrap();
        assert_eq!(problem.message, "cluster source was not asked to create ns/x: a plan changes nothing");
    }
}
