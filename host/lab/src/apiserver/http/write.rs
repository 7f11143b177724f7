//! POST and PUT of whole objects.

use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use serde_json::Value;

use super::Request;
use super::body::Body;
use super::read::written;
use crate::apiserver::registry::{self, Part, UnknownFields, WriteOptions};
use crate::apiserver::status::{Cause, Status};
use crate::apiserver::{meta, schema};

/// Kinds that a PUT makes where there is none.
const MADE_BY_PUT: [&str; 7] = [
    "clusterrolebindings.rbac.authorization.k8s.io",
    "clusterroles.rbac.authorization.k8s.io",
    "endpoints",
    "events",
    "leases.coordination.k8s.io",
    "rolebindings.rbac.authorization.k8s.io",
    "roles.rbac.authorization.k8s.io",
];

/// Creates an object.
pub fn create(request: &Request, body: &Body) -> Result<Response, Status> {
    let object = body.object()?;
    let options = options(request, "CreateOptions")?;
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
    let options = options(request, "UpdateOptions")?;
    let target = request.target(part);
    if object.is_object() && meta::name(&object).is_empty() {
        return Err(Status::bad_request(format!(
            "the name of the object ({} based on URL) was undeterminable: name must be provided",
            target.name
        )));
    }
    let store = &request.context.store;
    let warnings = warnings(request, &object);
    let (code, written_object) = store.write(|state| {
        let makes = part == Part::Whole
            && MADE_BY_PUT.contains(&target.kind.resource().as_str())
            && state.get(&target.kind.resource(), &target.key()).is_none();
        if makes && !meta::uid(&object).is_empty() {
            Err(registry::uid_conflict(&target, meta::uid(&object), ""))
        } else if makes {
            registry::create(state, &target, object, &options).map(|made| (StatusCode::CREATED, made))
        } else {
            registry::update(state, &target, &options, |_| Ok(object)).map(|made| (StatusCode::OK, made))
        }
    })?;
    Ok(warned(written(request, code, &written_object), &warnings))
}

/// The fields that will be dropped without an error, unless the client asked not to hear of them.
pub fn warnings(request: &Request, object: &Value) -> Vec<String> {
    let schema = request.kind.schemas.get(&request.path.version);
    match (schema, request.query.text("fieldValidation")) {
        (Some(schema), "" | "Warn") => schema::prune(schema, &mut object.clone()),
        _ => Vec::new(),
    }
}

/// Adds what was dropped to the answer.
pub fn warned(mut response: Response, dropped: &[String]) -> Response {
    for path in dropped {
        let text = format!("299 - \"unknown field \\\"{path}\\\"\"");
        if let Ok(value) = HeaderValue::from_str(&text) {
            response.headers_mut().append(header::WARNING, value);
        }
    }
    response
}

/// How the request wants its write done.
///
/// `verb` names the options in a refusal, such as `PatchOptions`.
pub fn options(request: &Request, verb: &str) -> Result<WriteOptions, Status> {
    let query = &request.query;
    let unknown_fields = match query.text("fieldValidation") {
        "Strict" => UnknownFields::Refuse,
        "" | "Warn" | "Ignore" => UnknownFields::Drop,
        other => {
            let message = format!(
                "Unsupported value: \"{other}\": supported values: \"\", \"Ignore\", \"Strict\", \"Warn\""
            );
            let cause = Cause::new("FieldValueNotSupported", "fieldValidation", message);
            return Err(Status::invalid_option(verb, &[cause]));
        }
    };
    if query.text("fieldManager").len() > 128 {
        let cause =
            Cause::new("FieldValueTooLong", "fieldManager", "Too long: may not be more than 128 bytes");
        return Err(Status::invalid_option(verb, &[cause]));
    }
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
        dry_run: query.dry_run(verb)?,
        unknown_fields,
        ..WriteOptions::default()
    })
}
