//! Approves certificate signing requests through their `approval` subresource.

use kube::core::params::PostParams;
use serde_json::{Value, json};

use super::place::{self, Place};
use super::request::{Repeat, built, send};
use super::{Link, Reached, reach};
use crate::problem::Problem;

/// The kind, by its full name.
pub(crate) const KIND: &str = "certificatesigningrequests.certificates.k8s.io";

/// How often somebody else may change the request between the look at it and the approval.
const TRIES: u32 = 5;

/// Who may approve, where the credentials at hand may not.
const WHO_MAY: &str = "the kubeconfig that nodes bootstrap with may not approve: use an administrator's, such as \
                       localhost-recovery.kubeconfig or lb-ext.kubeconfig of a control plane host";

/// A request that was checked: its specification cannot change as long as its UID stays the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Checked {
    /// Its name.
    pub name: String,
    /// Its UID.
    pub uid: String,
}

impl Checked {
    /// Takes name and UID of an object. Errors: `bad_argument` if it is no request that was read from a cluster.
    pub(crate) fn of(object: &Value) -> Result<Self, Problem> {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let (name, uid) = (text("/metadata/name"), text("/metadata/uid"));
        if name.is_empty() || uid.is_empty() {
            return Err(Problem::new("bad_argument", "this is no request that was read from a cluster")
                .hint("read it with `oc_get` or `oc_list`, check it, then approve it"));
        }
        Ok(Self { name: name.to_owned(), uid: uid.to_owned() })
    }
}

/// Approves the request unless it is approved; gives back what the server then has.
///
/// Errors: `conflict` if it is denied, failed, replaced, or changed all the time; `not_found`; `denied`.
pub(crate) async fn approve(
    cluster: Reached,
    request: &Checked,
    reason: &str,
    message: &str,
) -> Result<Value, Problem> {
    let link = reach(&cluster).await?;
    let place = place::of(&cluster, &link, KIND).await?;
    for _ in 0..TRIES {
        let mut object = read(&cluster, &link, &place, request).await?;
        if is_approved(&object, &request.name)? {
            return Ok(object);
        }
        let approved = json!({"type": "Approved", "status": "True", "reason": reason, "message": message});
        match object.pointer_mut("/status/conditions").and_then(Value::as_array_mut) {
            Some(conditions) => conditions.push(approved),
            None => object["status"]["conditions"] = json!([approved]),
        }
        match write(&cluster, &link, &place, request, &object).await {
            Ok(tried) if cluster.shows() => return Ok(tried),
            // What counts is what a reader sees, not what the write answered.
            Ok(_) => {}
            Err(problem) if problem.kind == "conflict" => {}
            Err(problem) if problem.kind == "denied" => return Err(problem.hint(WHO_MAY)),
            Err(problem) => return Err(problem),
        }
    }
    let message = format!("request {} changes all the time: each approval came too late", request.name);
    Err(Problem::new("conflict", message).hint(format!(
        "look who else writes it with `oc get csr {} -o yaml --show-managed-fields`, then approve it again",
        request.name
    )))
}

async fn read(cluster: &Reached, link: &Link, place: &Place, request: &Checked) -> Result<Value, Problem> {
    let about = format!("read {}/{}", place.kind, request.name);
    let build = || built(place.request().get(&request.name, &kube::core::params::GetParams::default()));
    let object = send(cluster, link, &about, Repeat::Freely, build).await?;
    if object["metadata"]["uid"].as_str() == Some(request.uid.as_str()) {
        return Ok(object);
    }
    let message = format!("request {} is another one than was checked: it was made anew", request.name);
    Err(Problem::new("conflict", message).hint("read it again and check what it asks for now"))
}

async fn write(
    cluster: &Reached,
    link: &Link,
    place: &Place,
    request: &Checked,
    object: &Value,
) -> Result<Value, Problem> {
    let body = object.to_string().into_bytes();
    let about = format!("approve {}/{}", place.kind, request.name);
    let parameters = PostParams { field_manager: Some("drsh".into()), dry_run: cluster.shows() };
    let build =
        || built(place.request().replace_subresource("approval", &request.name, &parameters, body.clone()));
    // Sent twice, the second is a conflict, which is looked into.
    send(cluster, link, &about, Repeat::Freely, build).await
}

/// Whether the request is approved. Errors: `conflict` if it was decided otherwise.
fn is_approved(object: &Value, name: &str) -> Result<bool, Problem> {
    let conditions = object["status"]["conditions"].as_array().map_or(&[][..], Vec::as_slice);
    let of = |kind: &str| conditions.iter().find(|condition| condition["type"] == kind);
    for (kind, said) in [("Denied", "was denied"), ("Failed", "could not be signed")] {
        if let Some(condition) = of(kind) {
            let text = |field: &str| condition[field].as_str().unwrap_or("no word why").to_owned();
            let message = format!("request {name} {said}: {} ({})", text("message"), text("reason"));
            return Err(Problem::new("conflict", message)
                .hint("what was decided stays decided: its owner has to make a new request"));
        }
    }
    Ok(of("Approved").is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_decided_stays_decided() {
        let with = |kind: &str| {
            json!({"status": {"conditions": [
                {"type": kind, "status": "True", "reason": "Operator", "message": "not ours"},
            ]}})
        };
        assert!(!is_approved(&json!({"status": {}}), "csr-1").unwrap());
        assert!(is_approved(&with("Approved"), "csr-1").unwrap());
        let problem = is_approved(&with("Denied"), "csr-1").unwrap_err();
        assert_eq!(problem.message, "request csr-1 was denied: not ours (Operator)");
        assert!(is_approved(&with("Failed"), "csr-1").is_err());
    }

    #[test]
    fn a_request_that_was_not_read_from_a_cluster_is_not_approved() {
        let problem = Checked::of(&json!({"metadata": {"name": "csr-1"}})).unwrap_err();
        assert_eq!(problem.kind, "bad_argument");
    }
}
