//! POST and PUT of whole objects.

use axum::response::Response;
use http::{StatusCode, header};

use super::Request;
use super::body::Body;
use super::read::written;
use crate::apiserver::registry::{self, Part, UnknownFields, WriteOptions};
use crate::apiserver::status::Status;

/// Creates an object.
pub fn create(request: &Request, body: Body) -> Result<Response, Status> {
    let object = body.object()?;
    let options = options(request)?;
    let target = request.target(Part::Whole);
    if target.kind.namespaced && target.namespace.is_empty() {
        return Err(Status::bad_request("an empty namespace may not be set during creation"));
    }
    let store = &request.context.store;
    let created = store.write(|state| registry::create(state, &target, object, &options))?;
    Ok(written(request, StatusCode::CREATED, &created))
}

/// Replaces an object, or a part of it.
pub fn replace(request: &Request, part: Part, body: Body) -> Result<Response, Status> {
    let object = body.object()?;
    let options = options(request)?;
    let target = request.target(part);
    let store = &request.context.store;
    let updated = store.write(|state| registry::update(state, &target, &options, |_| Ok(object)))?;
    Ok(written(request, StatusCode::OK, &updated))
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
