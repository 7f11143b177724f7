//! The scale subresource: the replicas of a workload, whatever kind it is.

use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};

use super::Request;
use super::body::Body;
use super::view::answer;
use super::write::options;
use crate::apiserver::kinds::Scale;
use crate::apiserver::patch::{json as json_patch, merge};
use crate::apiserver::registry::{self, Part, WriteOptions};
use crate::apiserver::status::{Cause, Status};

/// Answers a request to `/scale`.
pub fn handle(request: &Request, method: &str, body: &Body) -> Result<Response, Status> {
    let target = request.target(Part::Whole);
    let Some(scale) = target.kind.scale.clone() else { return Err(Status::no_such_path()) };
    if method == "GET" {
        let object = request.context.store.read(|state| target.current(state))?;
        return Ok(answer(StatusCode::OK, &shown(&scale, &object)));
    }
    let change = |current: &Value| -> Result<Value, Status> {
        let now = shown(&scale, current);
        let wanted = match (method, body.media_type.as_str()) {
            ("PUT", _) => body.object()?,
            ("PATCH", "application/json-patch+json") => json_patch(&now, &body.json()?)?,
            ("PATCH", "application/merge-patch+json" | "application/strategic-merge-patch+json") => {
                merge(&now, &body.json()?)
            }
            ("PATCH", "application/apply-patch+yaml") => merge(&now, &body.yaml()?),
            ("PATCH", other) => {
                return Err(Status::unsupported_media_type(format!("cannot patch a scale with {other}")));
            }
            _ => return Err(Status::method_not_allowed()),
        };
        let version = wanted["metadata"]["resourceVersion"].as_str().unwrap_or_default();
        if !version.is_empty() && now["metadata"]["resourceVersion"] != version {
            return Err(Status::stale(&target.kind, &target.name));
        }
        let replicas = wanted["spec"]["replicas"].as_i64().unwrap_or(0);
        if replicas < 0 {
            let message = format!("Invalid value: {replicas}: must be greater than or equal to 0");
            let cause = Cause::new("FieldValueInvalid", "spec.replicas", message);
            return Err(Status::invalid(&target.kind, &target.name, &[cause]));
        }
        let mut next = current.clone();
        put(&mut next, &scale.spec, json!(replicas));
        Ok(next)
    };
    let options = WriteOptions { subresource: "scale", ..options(request, "UpdateOptions")? };
    let updated = request.context.store.write(|state| registry::update(state, &target, &options, change))?;
    Ok(answer(StatusCode::OK, &shown(&scale, &updated)))
}

fn shown(scale: &Scale, object: &Value) -> Value {
    let mut status = json!({ "replicas": at(object, &scale.status).and_then(Value::as_i64).unwrap_or(0) });
    if let Some(selector) = scale.selector.as_ref().and_then(|path| at(object, path)) {
        status["selector"] = selector_text(selector).into();
    }
    let mut metadata = json!({});
    for field in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
        if let Some(value) = object["metadata"].get(field) {
            metadata[field] = value.clone();
        }
    }
    json!({
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": metadata,
        "spec": { "replicas": at(object, &scale.spec).and_then(Value::as_i64).unwrap_or(0) },
        "status": status,
    })
}

/// A selector as text, as the scale's status holds it.
fn selector_text(selector: &Value) -> String {
    if let Some(text) = selector.as_str() {
        return text.to_owned();
    }
    let labels = selector["matchLabels"].as_object().into_iter().flatten();
    let pairs: Vec<_> =
        labels.map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default())).collect();
    pairs.join(",")
}

fn at<'a>(object: &'a Value, path: &str) -> Option<&'a Value> {
    object.pointer(&path.replace('.', "/"))
}

fn put(object: &mut Value, path: &str, value: Value) {
    let mut slot = object;
    for field in path.split('.').filter(|field| !field.is_empty()) {
        slot = &mut slot[field];
    }
    *slot = value;
}
