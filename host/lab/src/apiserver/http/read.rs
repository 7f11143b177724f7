//! GET: one object, or a list in pages.

use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::view::{View, answer};
use super::{Request, options};
use crate::apiserver::registry::Part;
use crate::apiserver::selectors::Selector;
use crate::apiserver::status::{Cause, Status};
use crate::apiserver::store::state::within;
use crate::apiserver::store::{Key, State};

/// Where the next page of a list begins.
#[derive(Debug, Serialize, Deserialize)]
struct Continue {
    /// The version of the list; every page is of the same.
    rv: u64,
    /// The last object of the page before.
    after: Key,
}

/// Answers one object.
pub fn get(request: &Request) -> Result<Response, Status> {
    let target = request.target(Part::Whole);
    let wanted = request.query.number("resourceVersion")?;
    let object = request.context.store.read(|state| {
        check_not_ahead(state, wanted)?;
        target.current(state)
    })?;
    Ok(answer(StatusCode::OK, &View::of(request).object(request, &object)))
}

/// Answers a list, or a page of it.
pub fn list(request: &Request) -> Result<Response, Status> {
    let query = &request.query;
    let selector = Selector::parse(&request.kind, query.text("labelSelector"), query.text("fieldSelector"))?;
    options::check(query, false)?;
    let limit = usize::try_from(query.number("limit")?.unwrap_or(0)).unwrap_or(0);
    let token = read_token(query.text("continue"))?;
    let wanted = query.number("resourceVersion")?.filter(|version| *version > 0);
    let body = request.context.store.read(|state| {
        check_not_ahead(state, wanted)?;
        let resource = request.kind.resource();
        let exact = query.text("resourceVersionMatch") == "Exact";
        let version = token.as_ref().map(|token| token.rv).or(wanted.filter(|_| exact));
        let version = version.unwrap_or(state.version);
        let objects = state.objects_at(&resource, version).map_err(|_| {
            Status::expired(
                "The provided continue parameter is too old to display a consistent list result. You can start a \
                 new list without the continue parameter.",
            )
        })?;
        let mut matching = within(Some(&objects), &request.path.namespace)
            .filter(|(key, _)| token.as_ref().is_none_or(|token| **key > token.after))
            .filter(|(_, object)| selector.matches(object));
        let mut page = Vec::new();
        for entry in matching.by_ref() {
            page.push(entry);
            if page.len() == limit {
                break;
            }
        }
        let left = if limit > 0 { matching.count() } else { 0 };
        let mut metadata = json!({ "resourceVersion": version.to_string() });
        if let (true, Some((last, _))) = (left > 0, page.last()) {
            metadata["continue"] = write_token(&Continue { rv: version, after: (*last).clone() })?.into();
            if selector.is_everything() {
                metadata["remainingItemCount"] = left.into();
            }
        }
        let objects = page.iter().map(|(_, object)| &***object);
        Ok(View::of(request).list(request, &metadata, objects))
    })?;
    Ok(answer(StatusCode::OK, &body))
}

/// 504 if the client has seen a version that this server has not reached: it knew another history.
pub fn check_not_ahead(state: &State, wanted: Option<u64>) -> Result<(), Status> {
    match wanted {
        Some(wanted) if wanted > state.version => {
            let message = format!("Too large resource version: {wanted}, current: {}", state.version);
            let cause = Cause::new("ResourceVersionTooLarge", "", "Too large resource version");
            let mut status = Status::new(504, "Timeout", message).with_causes(&[cause]);
            status.details["retryAfterSeconds"] = 1.into();
            Err(status)
        }
        _ => Ok(()),
    }
}

fn read_token(text: &str) -> Result<Option<Continue>, Status> {
    if text.is_empty() {
        return Ok(None);
    }
    URL_SAFE_NO_PAD
        .decode(text)
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .map(Some)
        .ok_or_else(|| Status::bad_request("continue key is not valid"))
}

fn write_token(token: &Continue) -> Result<String, Status> {
    let bytes = serde_json::to_vec(token).map_err(|error| Status::internal(error.to_string()))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// The object that a handler answers after a write.
pub fn written(request: &Request, code: StatusCode, object: &Value) -> Response {
    answer(code, &View::of(request).object(request, object))
}
