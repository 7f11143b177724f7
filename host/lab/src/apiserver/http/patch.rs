//! PATCH in its four forms.

use axum::response::Response;
use http::StatusCode;
use serde_json::Value;

use super::Request;
use super::body::Body;
use super::read::written;
use super::write::{options, warned, warnings};
use crate::apiserver::kinds::Kind;
use crate::apiserver::patch::{json, merge, strategic};
use crate::apiserver::registry::{self, Part, WriteOptions};
use crate::apiserver::status::{Cause, Status};
use crate::apiserver::{managed, meta};

/// The options as a refusal names them.
const OPTIONS: &str = "PatchOptions";

/// Patches an object, or a part of it.
pub fn patch(request: &Request, part: Part, body: &Body) -> Result<Response, Status> {
    let target = request.target(part);
    let options = options(request, OPTIONS)?;
    let store = &request.context.store;
    if request.query.is_set("force") && body.media_type != "application/apply-patch+yaml" {
        let cause =
            Cause::new("FieldValueForbidden", "force", "Forbidden: may not be specified for non-apply patch");
        return Err(Status::invalid_option(OPTIONS, &[cause]));
    }
    let mut dropped = Vec::new();
    let mut heard = |next: Value| {
        dropped = warnings(request, &next);
        next
    };
    let updated = match body.media_type.as_str() {
        "application/merge-patch+json" => {
            let patch = body.json()?;
            store.write(|state| {
                registry::update(state, &target, &options, |now| Ok(heard(merge(now, &patch))))
            })
        }
        "application/json-patch+json" => {
            let patch = body.json()?;
            store.write(|state| {
                registry::update(state, &target, &options, |now| json(now, &patch).map(&mut heard))
            })
        }
        "application/strategic-merge-patch+json" if !target.kind.custom => {
            let patch = body.json()?;
            store.write(|state| registry::update(state, &target, &options, |now| strategic(now, &patch)))
        }
        "application/apply-patch+yaml" => {
            let wanted = body.yaml()?;
            return apply(request, part, &options, &wanted);
        }
        _ if target.kind.custom => Err(Status::unsupported_media_type(
            "the body of the request was in an unknown format - accepted media types include: \
             application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml",
        )),
        _ => Err(Status::unsupported_patch()),
    }
    .map_err(as_patch)?;
    Ok(warned(written(request, StatusCode::OK, &updated), &dropped))
}

/// A strict refusal of what a patch makes names the patch.
fn as_patch(refusal: Status) -> Status {
    let Some((_, why)) = refusal.message.split_once(": strict decoding error: ") else { return refusal };
    let cause =
        Cause::new("FieldValueInvalid", "patch", format!("Invalid value: strict decoding error: {why}"));
    let mut named = Status::invalid(&Kind::default(), "", std::slice::from_ref(&cause));
    named.details = Box::new(serde_json::json!({}));
    named.with_causes(&[cause])
}

/// Server-side apply, which creates what does not exist.
fn apply(request: &Request, part: Part, options: &WriteOptions, wanted: &Value) -> Result<Response, Status> {
    let target = request.target(part);
    if request.query.text("fieldManager").is_empty() {
        let cause =
            Cause::new("FieldValueRequired", "fieldManager", "Required value: is required for apply patch");
        return Err(Status::invalid_option(OPTIONS, &[cause]));
    }
    let force = request.query.is_set("force");
    let options = WriteOptions { applied: true, ..options.clone() };
    request.context.store.write(|state| {
        if part == Part::Whole && state.get(&target.kind.resource(), &target.key()).is_none() {
            let uid = meta::uid(wanted);
            if !uid.is_empty() {
                let why = format!(
                    "uid mismatch: the provided object specified uid {uid}, and no existing object was found"
                );
                return Err(Status::conflict(&target.kind, &target.name, &why));
            }
            let mut object = managed::apply(&target, &options, force, None, wanted)?;
            if meta::name(&object).is_empty() {
                meta::set(&mut object, "metadata", "name", target.name.clone().into());
            }
            let created = registry::create(state, &target, object, &options)?;
            return Ok(written(request, StatusCode::CREATED, &created));
        }
        let updated = registry::update(state, &target, &options, |now| {
            managed::apply(&target, &options, force, Some(now), wanted)
        })?;
        Ok(written(request, StatusCode::OK, &updated))
    })
}
