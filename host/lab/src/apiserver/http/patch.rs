//! PATCH in its four forms.

use axum::response::Response;
use http::StatusCode;

use super::Request;
use super::body::Body;
use super::read::written;
use super::write::options;
use crate::apiserver::patch::{json, merge, strategic};
use crate::apiserver::registry::{self, Part};
use crate::apiserver::status::Status;

/// Patches an object, or a part of it.
pub fn patch(request: &Request, part: Part, body: &Body) -> Result<Response, Status> {
    let target = request.target(part);
    let options = options(request)?;
    let store = &request.context.store;
    let updated = match body.media_type.as_str() {
        "application/merge-patch+json" => {
            let patch = body.json()?;
            store.write(|state| registry::update(state, &target, &options, |now| Ok(merge(now, &patch))))
        }
        "application/json-patch+json" => {
            let patch = body.json()?;
            store.write(|state| registry::update(state, &target, &options, |now| json(now, &patch)))
        }
        "application/strategic-merge-patch+json" if !target.kind.custom => {
            let patch = body.json()?;
            store.write(|state| registry::update(state, &target, &options, |now| strategic(now, &patch)))
        }
        _ => Err(Status::unsupported_media_type(
            "the body of the request was in an unknown format - accepted media types include: \
             application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml",
        )),
    }?;
    Ok(written(request, StatusCode::OK, &updated))
}
