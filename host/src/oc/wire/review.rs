//! What may be done, what is served, which cluster it is, and what containers wrote.

use std::time::Duration;

use http::Request;
use kube::core::params::PostParams;
use kube::core::subresource::LogParams;
use serde_json::{Value, json};

use super::place;
use super::request::{Repeat, built, send, send_raw};
use super::{Reached, reach};
use crate::environment::Target;
use crate::oc::kinds::Kinds;
use crate::problem::Problem;

/// How much of a log is read at most, in bytes.
const LONGEST_LOG: i64 = 16 << 20;

/// Asks whether the operator may do `verb` with `resource`, as `pods/exec`; `name` narrows to one object.
pub(crate) async fn can_i(
    cluster: Reached,
    verb: &str,
    resource: &str,
    name: Option<&str>,
) -> Result<bool, Problem> {
    let link = reach(&cluster).await?;
    let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
    let kind = place::find_kind(&cluster, &link, |kinds| kinds.resolve(resource)).await?;
    let review = json!({
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": { "resourceAttributes": {
            "verb": verb, "group": kind.group, "resource": kind.plural, "subresource": subresource,
            "namespace": cluster.namespace().filter(|_| kind.namespaced), "name": name,
        }},
    });
    let body = review.to_string().into_bytes();
    let path = kube::core::Request::new("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews");
    let about = format!("say whether one may {verb} {kind}");
    // Asking changes nothing, whatever the method is called.
    let build = || built(path.create(&PostParams::default(), body.clone()));
    let answer = send(&cluster, &link, &about, Repeat::Freely, build).await?;
    Ok(answer["status"]["allowed"].as_bool().unwrap_or(false))
}

/// The kinds that the cluster serves.
pub(crate) async fn kinds(cluster: Reached) -> Result<std::sync::Arc<Kinds>, Problem> {
    let link = reach(&cluster).await?;
    place::kinds(&cluster, &link).await
}

/// Which cluster it is: its `version`, the `uid` of its `kube-system` namespace, and the `server` asked.
pub(crate) async fn version(cluster: Reached) -> Result<Value, Problem> {
    let link = reach(&cluster).await?;
    let build = || {
        let request = Request::get("/version").body(Vec::new());
        built(request.map_err(kube::core::request::Error::BuildRequest))
    };
    let answer = send(&cluster, &link, "say its version", Repeat::Freely, build).await?;
    let uid = link.identity.get().map(|identity| identity.uid.clone());
    Ok(json!({ "version": answer["gitVersion"], "uid": uid, "server": link.server }))
}

/// Which part of which log.
#[derive(Debug, Clone, Default)]
pub(crate) struct LogOf {
    /// The container; the only one where not said.
    pub container: Option<String>,
    /// Whether the log of the container's last life is meant.
    pub previous: bool,
    /// How many of the last lines.
    pub tail: Option<u64>,
    /// How far back.
    pub since: Option<Duration>,
}

/// Reads what a container of the pod wrote. Bytes that are no text are replaced.
pub(crate) async fn logs(cluster: Reached, pod: &str, wanted: &LogOf) -> Result<String, Problem> {
    let link = reach(&cluster).await?;
    let place = place::of(&cluster, &link, "pods").await?;
    let parameters = LogParams {
        container: wanted.container.clone(),
        previous: wanted.previous,
        tail_lines: wanted.tail.and_then(|lines| i64::try_from(lines).ok()),
        since_seconds: wanted.since.and_then(|since| i64::try_from(since.as_secs()).ok()),
        limit_bytes: Some(LONGEST_LOG),
        ..LogParams::default()
    };
    let about = format!("give the log of pod {pod}{}", cluster.within());
    let build = || built(place.request().logs(pod, &parameters));
    let (body, _) = send_raw(&cluster, &link, &about, Repeat::Freely, build).await?;
    tracing::trace!(cluster = cluster.name(), pod, bytes = body.len(), "log read");
    Ok(String::from_utf8_lossy(&body).into_owned())
}
