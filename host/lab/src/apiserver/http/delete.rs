//! DELETE of one object, and of all that a selector selects.

use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};

use super::Request;
use super::body::Body;
use super::view::{View, answer};
use crate::apiserver::meta;
use crate::apiserver::registry::{self, DeleteOptions, Deleted, Part, Propagation, Target};
use crate::apiserver::selectors::Selector;
use crate::apiserver::status::{Cause, Status};

/// Kinds whose deletion answers the object; that of others answers a `Status`.
const RETURNED: [&str; 7] = [
    "persistentvolumeclaims",
    "persistentvolumes",
    "pods",
    "podtemplates",
    "resourcequotas",
    "serviceaccounts",
    "services",
];

/// The options as a refusal names them.
const OPTIONS: &str = "DeleteOptions";

/// Deletes the object that the path names.
pub fn delete_one(request: &Request, body: &Body) -> Result<Response, Status> {
    let target = request.target(Part::Whole);
    let options = options(request, body)?;
    let deleted = request.context.store.write(|state| registry::delete(state, &target, &options))?;
    let body = match &deleted {
        Deleted::Gone(object) if !RETURNED.contains(&target.kind.resource().as_str()) => {
            gone(&target, object)
        }
        Deleted::Gone(object) | Deleted::Marked(object) => View::of(request).object(request, object),
    };
    Ok(answer(StatusCode::OK, &body))
}

/// Deletes every object that the selectors select, and answers what they were.
pub fn delete_collection(request: &Request, body: &Body) -> Result<Response, Status> {
    let query = &request.query;
    let selector = Selector::parse(&request.kind, query.text("labelSelector"), query.text("fieldSelector"))?;
    let options = options(request, body)?;
    let listed = request.context.store.write(|state| {
        let chosen: Vec<_> = state
            .list(&request.kind.resource(), &request.path.namespace)
            .filter(|(_, object)| selector.matches(object))
            .map(|(key, _)| key.clone())
            .collect();
        let mut deleted = Vec::new();
        for (namespace, name) in chosen {
            let target = Target { namespace, name, ..request.target(Part::Whole) };
            deleted.push(registry::delete(state, &target, &options)?);
        }
        let metadata = json!({ "resourceVersion": state.version.to_string() });
        Ok(View::of(request).list(request, &metadata, deleted.iter().map(Deleted::object)))
    })?;
    Ok(answer(StatusCode::OK, &listed))
}

/// Reads the options from the body and from the query, which older clients use.
fn options(request: &Request, body: &Body) -> Result<DeleteOptions, Status> {
    let mut options: DeleteOptions = if body.bytes.is_empty() {
        DeleteOptions::default()
    } else {
        let wanted = body.object()?;
        if !wanted.is_object() {
            return Err(Status::bad_request("DeleteOptions: no object"));
        }
        check_propagation(wanted["propagationPolicy"].as_str())?;
        serde_json::from_value(wanted)
            .map_err(|error| Status::bad_request(format!("DeleteOptions: {error}")))?
    };
    check_dry_run(OPTIONS, &options.dry_run)?;
    if let (Some(policy), Some(_)) = (options.propagation, options.orphan_dependents) {
        let message = format!(
            "Invalid value: \"{policy:?}\": orphanDependents and deletionPropagation cannot be both set"
        );
        let cause = Cause::new("FieldValueInvalid", "propagationPolicy", message);
        return Err(Status::invalid_option(OPTIONS, &[cause]));
    }
    let query = &request.query;
    if let Some(seconds) = query.number("gracePeriodSeconds")? {
        options.grace_period = i64::try_from(seconds).ok();
    }
    if query.dry_run(OPTIONS)? {
        options.dry_run = vec!["All".to_owned()];
    }
    let policy = query.text("propagationPolicy");
    check_propagation(Some(policy).filter(|policy| !policy.is_empty()))?;
    options.propagation = match policy {
        "Background" => Some(Propagation::Background),
        "Foreground" => Some(Propagation::Foreground),
        "Orphan" => Some(Propagation::Orphan),
        _ => options.propagation,
    };
    Ok(options)
}

fn check_propagation(policy: Option<&str>) -> Result<(), Status> {
    let Some(policy) = policy.filter(|policy| !matches!(*policy, "Background" | "Foreground" | "Orphan"))
    else {
        return Ok(());
    };
    let supported = "\"Foreground\", \"Background\", \"Orphan\", \"nil\"";
    let message = format!("Unsupported value: \"{policy}\": supported values: {supported}");
    let cause = Cause::new("FieldValueNotSupported", "propagationPolicy", message);
    Err(Status::invalid_option(OPTIONS, &[cause]))
}

/// Says whether nothing shall be kept; anything but `All` is refused.
pub fn check_dry_run(options: &str, wanted: &[String]) -> Result<bool, Status> {
    if wanted.iter().all(|wanted| wanted == "All") {
        return Ok(!wanted.is_empty());
    }
    let message = format!("Unsupported value: {}: supported values: \"All\"", json!(wanted));
    let cause = Cause::new("FieldValueNotSupported", "dryRun", message);
    Err(Status::invalid_option(options, &[cause]))
}

fn gone(target: &Target, object: &Value) -> Value {
    let mut details = json!({
        "name": meta::name(object), "kind": target.kind.plural, "uid": meta::uid(object),
    });
    if !target.kind.group.is_empty() {
        details["group"] = target.kind.group.clone().into();
    }
    json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details,
    })
}
