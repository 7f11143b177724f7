//! POST and PUT of whole objects.

use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use serde_json::Value;

use super::Request;
use super::body::Body;
use super::read::written;
use crate::apiserver::registry::{self, Part, UnknownFields, WriteOptions};
use crate::apiserver::schema;
use crate::apiserver::status::Status;

/// Creates an object.
pub fn create(request: &Request, body: &Body) -> Result<Response, Status> {
    let object = body.object()?;
    let options = options(request)?;
    let target = request.target(Part::Whole);
    if target.kind.namespaced && target.namespace.is_empty() {
        return Err(Status::bad_request("an empty namespace may not be set during creation"));
    }
    let store = &request.context.store;
    let warnings = warnings(request, &object);
    let created = store.write(|state| registry::create(state, &target, object, &options))?;
    Ok(warned(written(request, StatusCode::CREATED, &created), &warnings))
}

/// Replaces an object, or a part of it.
pub fn replace(request: &Request, part: Part, body: &Body) -> Result<Response, Status> {
    let object = body.object()?;
    let options = options(request)?;
    let target = request.target(part);
    let store = &request.context.store;
    let warnings = warnings(request, &object);
    let updated = store.write(|state| registry::update(state, &target, &options, |_| Ok(object)))?;
    Ok(warned(written(request, StatusCode::OK, &updated), &warnings))
}

/// The fields that will be dropped without an error, unless the client asked not to hear of them.
fn warnings(request: &Request, object: &Value) -> Vec<String> {
    let schema = request.kind.schemas.get(&request.path.version);
    match (schema, request.query.text("fieldValidation")) {
        (Some(schema), "" | "Warn") => schema::prune(schema, &mut object.clone()),
        _ => Vec::new(),
    }
}

fn warned(mut response: Response, dropped: &[String]) -> Response {
    for path in dropped {
        let text = format!("299 - \"unknown field \\\"{path}\\\"\"");
        if let Ok(value) = HeaderValue::from_str(&text) {
            response.headers_mut().append(header::WARNING, value);
        }
    }
    response
}

/// How the request wants its write done.
pub fn options(request: &Request) -> Result<WriteOptions, Status> {
    let query = &request.query;
    let unknown_fields = match query.text("fieldValidation") {
        "Strict" => UnknownFields::Refuse,
        "" | "Warn" | "Ignore" => UnknownFields::Drop,
        other => {
            return Err(Status::bad_request(format!(
                "Invalid value: fieldValidation={other:?}: supported values: \"Ignore\", \"Strict\", \"Warn\""
            )));
        }
    };
    let manager = match query.text("fieldManager") {
        "" => {
            // As a real server does: the program's name, up to the first slash.
            let agent = request.header(header::USER_AGENT).split('/').next().unwrap_or_default();
            if agent.is_empty() { "unknown" } else { agent }
        }
        named => named,
    };
    Ok(WriteOptions {
        manager: manager.to_owned(),
        dry_run: query.dry_run()?,
        unknown_fields,
        ..WriteOptions::default()
    })
}
