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
use crate::apiserver::status::Status;

/// Deletes the object that the path names.
pub fn delete_one(request: &Request, body: &Body) -> Result<Response, Status> {
    let target = request.target(Part::Whole);
    let options = options(request, body)?;
    let deleted = request.context.store.write(|state| registry::delete(state, &target, &options))?;
    let body = match &deleted {
        Deleted::Gone(object) if !target.kind.is("", "Pod") => gone(&target, object),
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
        serde_json::from_value(body.object()?)
            .map_err(|error| Status::bad_request(format!("DeleteOptions: {error}")))?
    };
    let query = &request.query;
    if let Some(seconds) = query.number("gracePeriodSeconds")? {
        options.grace_period = i64::try_from(seconds).ok();
    }
    if query.dry_run()? {
        options.dry_run = vec!["All".to_owned()];
    }
    options.propagation = match query.text("propagationPolicy") {
        "" => options.propagation,
        "Background" => Some(Propagation::Background),
        "Foreground" => Some(Propagation::Foreground),
        "Orphan" => Some(Propagation::Orphan),
        other => return Err(Status::bad_request(format!("Invalid value: propagationPolicy={other:?}"))),
    };
    Ok(options)
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
