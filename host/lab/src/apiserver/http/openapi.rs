//! `OpenAPI` documents, as far as `kubectl` reads them: schemas of custom kinds and the parameters of writes.

use serde_json::{Map, Value, json};

use super::discovery::{Groups, versions};
use crate::apiserver::kinds::Kind;
use crate::apiserver::status::Status;

/// The document at the segments below `/openapi`.
pub fn document(groups: &Groups, segments: &[&str]) -> Result<Value, Status> {
    match segments {
        ["v2"] => Ok(json!({ "swagger": "2.0", "info": info(), "paths": {}, "definitions": {} })),
        ["v3"] => Ok(index(groups)),
        ["v3", "api", version] => group_version(groups, "", version),
        ["v3", "apis", group, version] => group_version(groups, group, version),
        _ => Err(Status::no_such_path()),
    }
}

fn info() -> Value {
    json!({ "title": "Kubernetes", "version": "v1.33.5" })
}

fn index(groups: &Groups) -> Value {
    let mut paths = Map::new();
    for (group, kinds) in groups {
        for version in versions(kinds) {
            let path = root(group, &version);
            let url = format!("/openapi/v3/{path}");
            paths.insert(path, json!({ "serverRelativeURL": url }));
        }
    }
    json!({ "paths": paths })
}

fn root(group: &str, version: &str) -> String {
    if group.is_empty() { format!("api/{version}") } else { format!("apis/{group}/{version}") }
}

fn group_version(groups: &Groups, group: &str, version: &str) -> Result<Value, Status> {
    let kinds = groups.get(group).ok_or_else(Status::no_such_path)?;
    let mut paths = Map::new();
    let mut schemas = Map::new();
    for kind in kinds.iter().filter(|kind| kind.versions.iter().any(|v| v == version)) {
        let id = json!({ "group": kind.group, "version": version, "kind": kind.kind });
        let scope = if kind.namespaced { "namespaces/{namespace}/" } else { "" };
        let collection = format!("/{}/{scope}{}", root(group, version), kind.plural);
        let verb = |action: &str| {
            json!({
                "x-kubernetes-action": action,
                "x-kubernetes-group-version-kind": id,
                "parameters": [parameter("dryRun"), parameter("fieldManager"), parameter("fieldValidation")],
                "responses": { "200": { "description": "OK" } },
            })
        };
        paths.insert(
            format!("{collection}/{{name}}"),
            json!({ "get": verb("get"), "put": verb("put"), "patch": verb("patch"), "delete": verb("delete") }),
        );
        paths.insert(collection, json!({ "get": verb("list"), "post": verb("post") }));
        schemas.insert(schema_name(kind, version), schema(kind, version, &id));
    }
    if paths.is_empty() {
        return Err(Status::no_such_path());
    }
    Ok(json!({
        "openapi": "3.0.0", "info": info(), "paths": paths, "components": { "schemas": schemas },
    }))
}

fn parameter(name: &str) -> Value {
    json!({ "name": name, "in": "query", "schema": { "type": "string", "uniqueItems": true } })
}

fn schema_name(kind: &Kind, version: &str) -> String {
    let group = if kind.group.is_empty() { "core" } else { &kind.group };
    format!("{group}.{version}.{}", kind.kind)
}

fn schema(kind: &Kind, version: &str, id: &Value) -> Value {
    let mut schema = kind.schemas.get(version).map_or_else(
        || json!({ "type": "object", "x-kubernetes-preserve-unknown-fields": true }),
        |schema| (**schema).clone(),
    );
    for (field, type_) in [("apiVersion", "string"), ("kind", "string"), ("metadata", "object")] {
        schema["properties"][field] = json!({ "type": type_ });
    }
    schema["x-kubernetes-group-version-kind"] = json!([id]);
    schema
}
