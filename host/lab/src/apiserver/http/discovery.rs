//! Discovery: what the server serves, group by group or all at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};

use super::view::answer;
use super::{Context, openapi};
use crate::apiserver::kinds::Kind;
use crate::apiserver::status::Status;

/// The verbs of builtin kinds, in the order in which a real server tells them.
const VERBS: [&str; 8] = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

/// The form in which clients ask for the second version of `OpenAPI`; its name in answers is one that can be parsed.
const OPENAPI_V2: &str = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
const OPENAPI_V2_ANSWER: &str = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

/// Namespaces go one by one.
const NAMESPACE_VERBS: [&str; 7] = ["create", "delete", "get", "list", "patch", "update", "watch"];

/// The verbs of custom kinds, in the order in which a real server tells them.
const CUSTOM_VERBS: [&str; 8] =
    ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];

/// The groups with their kinds; the core group is the empty one.
pub type Groups = BTreeMap<String, Vec<Arc<Kind>>>;

/// Answers a path that is no resource.
pub fn answer_other(context: &Context, segments: &[String], headers: &HeaderMap) -> Result<Response, Status> {
    let groups = groups(context);
    let segments: Vec<_> = segments.iter().map(String::as_str).collect();
    let body = match segments.as_slice() {
        [] => {
            json!({ "paths": ["/api", "/apis", "/healthz", "/livez", "/openapi/v2", "/openapi/v3", "/readyz", "/version"] })
        }
        ["version"] => version(),
        ["healthz" | "livez" | "readyz", ..] => return Ok("ok".into_response()),
        ["api"] => match aggregated(headers) {
            Some(version) => return Ok(all_at_once(version, &groups, true)),
            None => json!({
                "kind": "APIVersions",
                "versions": ["v1"],
                "serverAddressByClientCIDRs":
                    [{ "clientCIDR": "0.0.0.0/0", "serverAddress": context.address.to_string() }],
            }),
        },
        ["apis"] => match aggregated(headers) {
            Some(version) => return Ok(all_at_once(version, &groups, false)),
            None => json!({
                "kind": "APIGroupList",
                "apiVersion": "v1",
                "groups": named(&groups).map(|(name, kinds)| group(name, kinds)).collect::<Vec<_>>(),
            }),
        },
        ["apis", name] if !name.is_empty() => {
            let kinds = groups.get(*name).ok_or_else(Status::no_such_page)?;
            let mut body = group(name, kinds);
            body["kind"] = "APIGroup".into();
            body["apiVersion"] = "v1".into();
            body
        }
        ["api", version] => resources("", version, &groups)?,
        ["apis", name, version] => resources(name, version, &groups)?,
        // A document without anything in it is an empty message.
        ["openapi", "v2"] if asks_for(headers, OPENAPI_V2) => {
            return Ok(([(header::CONTENT_TYPE, OPENAPI_V2_ANSWER)], Vec::new()).into_response());
        }
        ["openapi", rest @ ..] => openapi::document(&groups, rest)?,
        _ => return Err(Status::no_such_page()),
    };
    Ok(answer(StatusCode::OK, &body))
}

fn groups(context: &Context) -> Groups {
    let mut groups = Groups::new();
    context.store.read(|state| {
        for kind in state.kinds.all() {
            groups.entry(kind.group.clone()).or_default().push(kind.clone());
        }
    });
    groups
}

fn named(groups: &Groups) -> impl Iterator<Item = (&String, &Vec<Arc<Kind>>)> {
    groups.iter().filter(|(name, _)| !name.is_empty())
}

/// The version of Kubernetes that the lab behaves like.
fn version() -> Value {
    json!({
        "major": "1",
        "minor": "33",
        "gitVersion": "v1.33.5+lab",
        "gitCommit": "0000000000000000000000000000000000000000",
        "gitTreeState": "clean",
        "buildDate": "2025-09-09T00:00:00Z",
        "goVersion": "none",
        "compiler": "rustc",
        "platform": "linux/amd64",
    })
}

/// The versions of a group, the preferred one first.
pub fn versions(kinds: &[Arc<Kind>]) -> Vec<String> {
    let mut versions = Vec::new();
    // A kind with more versions knows their order best.
    let mut kinds: Vec<_> = kinds.iter().collect();
    kinds.sort_by_key(|kind| std::cmp::Reverse(kind.versions.len()));
    for version in kinds.iter().flat_map(|kind| &kind.versions) {
        if !versions.contains(version) {
            versions.push(version.clone());
        }
    }
    versions
}

fn group(name: &str, kinds: &[Arc<Kind>]) -> Value {
    let versions: Vec<_> = versions(kinds)
        .into_iter()
        .map(|version| json!({ "groupVersion": format!("{name}/{version}"), "version": version }))
        .collect();
    json!({ "name": name, "versions": versions, "preferredVersion": versions.first() })
}

fn resources(group: &str, version: &str, groups: &Groups) -> Result<Value, Status> {
    let kinds = groups.get(group).ok_or_else(Status::no_such_path)?;
    let served: Vec<_> = kinds.iter().filter(|kind| kind.versions.iter().any(|v| v == version)).collect();
    if served.is_empty() {
        return Err(Status::no_such_path());
    }
    let mut list = Vec::new();
    for kind in &served {
        let mut entry = json!({
            "name": kind.plural,
            "singularName": kind.singular,
            "namespaced": kind.namespaced,
            "kind": kind.kind,
            "verbs": verbs(kind),
        });
        name_sets(kind, &mut entry);
        list.push(entry);
        for sub in subresources(kind) {
            let mut entry = json!({
                "name": format!("{}/{}", kind.plural, sub.name),
                "singularName": "",
                "namespaced": kind.namespaced,
                "kind": sub.kind,
                "verbs": sub.verbs,
            });
            if let Some((group, version)) = sub.group_version {
                entry["group"] = group.into();
                entry["version"] = version.into();
            }
            list.push(entry);
        }
    }
    let group_version = served[0].api_version(version);
    let mut body = json!({ "kind": "APIResourceList", "groupVersion": group_version, "resources": list });
    if !group.is_empty() {
        // The core group's list, which is older than the rule, does not say its version.
        body["apiVersion"] = "v1".into();
    }
    Ok(body)
}

/// Adds the short names and categories of a kind that has some.
fn name_sets(kind: &Kind, entry: &mut Value) {
    for (field, names) in [("shortNames", &kind.short_names), ("categories", &kind.categories)] {
        if !names.is_empty() {
            entry[field] = json!(names);
        }
    }
}

struct Subresource<'a> {
    name: &'a str,
    kind: &'a str,
    group_version: Option<(&'static str, &'static str)>,
    verbs: &'static [&'static str],
}

fn subresources(kind: &Kind) -> Vec<Subresource<'_>> {
    let mut list = Vec::new();
    if kind.status {
        list.push(Subresource {
            name: "status",
            kind: &kind.kind,
            group_version: None,
            verbs: &["get", "patch", "update"],
        });
    }
    if kind.scale.is_some() {
        list.push(Subresource {
            name: "scale",
            kind: "Scale",
            group_version: Some(("autoscaling", "v1")),
            verbs: &["get", "patch", "update"],
        });
    }
    for name in &kind.others {
        let (kind, group_version, verbs): (_, _, &[&str]) = match *name {
            "binding" => ("Binding", None, &["create"]),
            "eviction" => ("Eviction", Some(("policy", "v1")), &["create"]),
            "exec" => ("PodExecOptions", None, &["create", "get"]),
            "log" => ("Pod", None, &["get"]),
            "finalize" => ("Namespace", None, &["update"]),
            "token" => ("TokenRequest", Some(("authentication.k8s.io", "v1")), &["create"]),
            _ => (kind.kind.as_str(), None, &["get", "patch", "update"]),
        };
        list.push(Subresource { name, kind, group_version, verbs });
    }
    list.sort_by_key(|sub| sub.name);
    list
}

fn verbs(kind: &Kind) -> &'static [&'static str] {
    match (kind.kept, kind.custom) {
        (false, _) => &["create"],
        (true, true) => &CUSTOM_VERBS,
        (true, false) if kind.is("", "Namespace") => &NAMESPACE_VERBS,
        (true, false) => &VERBS,
    }
}

fn asks_for(headers: &HeaderMap, form: &str) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains(form))
}

/// The version of aggregated discovery that the client prefers, if it asks for it.
fn aggregated(headers: &HeaderMap) -> Option<&'static str> {
    let accept = headers.get(header::ACCEPT)?.to_str().ok()?;
    accept.split(',').filter(|form| form.contains("as=APIGroupDiscoveryList")).find_map(|form| {
        let has = |wanted: &str| form.split(';').any(|part| part.trim() == wanted);
        if has("v=v2") {
            Some("v2")
        } else if has("v=v2beta1") {
            Some("v2beta1")
        } else {
            None
        }
    })
}

fn all_at_once(version: &str, groups: &Groups, core: bool) -> Response {
    let items: Vec<_> = groups
        .iter()
        .filter(|(name, _)| name.is_empty() == core)
        .map(|(name, kinds)| {
            let versions: Vec<_> = versions(kinds)
                .into_iter()
                .map(|version| {
                    let resources: Vec<_> = kinds
                        .iter()
                        .filter(|kind| kind.versions.contains(&version))
                        .map(|kind| aggregated_resource(kind, &version))
                        .collect();
                    json!({ "version": version, "freshness": "Current", "resources": resources })
                })
                .collect();
            let metadata = if core { json!({}) } else { json!({ "name": name }) };
            json!({ "metadata": metadata, "versions": versions })
        })
        .collect();
    let body = json!({
        "kind": "APIGroupDiscoveryList",
        "apiVersion": format!("apidiscovery.k8s.io/{version}"),
        "metadata": {},
        "items": items,
    });
    let media_type = format!("application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList");
    ([(header::CONTENT_TYPE, media_type)], body.to_string()).into_response()
}

fn aggregated_resource(kind: &Kind, version: &str) -> Value {
    let subresources: Vec<_> = subresources(kind)
        .into_iter()
        .map(|sub| {
            let (group, version) = sub.group_version.unwrap_or((kind.group.as_str(), version));
            json!({
                "subresource": sub.name,
                "responseKind": { "group": group, "version": version, "kind": sub.kind },
                "verbs": sub.verbs,
            })
        })
        .collect();
    let mut entry = json!({
        "resource": kind.plural,
        "responseKind": { "group": kind.group, "version": version, "kind": kind.kind },
        "scope": if kind.namespaced { "Namespaced" } else { "Cluster" },
        "singularResource": kind.singular,
        "verbs": verbs(kind),
    });
    name_sets(kind, &mut entry);
    if !subresources.is_empty() {
        entry["subresources"] = subresources.into();
    }
    entry
}
