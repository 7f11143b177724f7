//! Lists as tables, which is what `kubectl get` asks for: builtin columns, or those of a definition.

mod age;
mod cluster;
mod column;
mod config;
mod path;
mod pods;
mod workloads;

use jiff::Timestamp;
use serde_json::{Value, json};

use self::column::{AGE, Builtin, NAME, Row};
use super::kinds::{Column, Kind};

/// How much of each object its row carries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Include {
    /// Nothing.
    None,
    /// The metadata.
    #[default]
    Metadata,
    /// All of it.
    Object,
}

impl Include {
    /// Reads the query parameter `includeObject`; a missing or unknown value is the default.
    #[must_use]
    pub fn from_parameter(value: Option<&str>) -> Self {
        match value {
            Some("None") => Self::None,
            Some("Object") => Self::Object,
            _ => Self::Metadata,
        }
    }
}

/// Renders objects of `version` of a kind as a `meta.k8s.io/v1` Table.
///
/// The caller sets the table's own metadata (resource version, continue token). In a watch, only the first
/// event's table keeps its `columnDefinitions`: kubectl prints the headings whenever there are some.
#[must_use]
pub fn render(kind: &Kind, version: &str, objects: &[Value], include: Include, now: Timestamp) -> Value {
    let (definitions, cells): (Vec<Value>, Vec<Vec<Value>>) = match kind.columns.get(version) {
        Some(columns) if kind.custom && !columns.is_empty() => (
            std::iter::once(define(&NAME)).chain(columns.iter().map(define_custom)).collect(),
            objects.iter().map(|object| custom_cells(columns, object, now)).collect(),
        ),
        _ => {
            let columns = columns_of(kind);
            let cells = |object| columns.iter().map(|column| (column.read)(&Row { object, now })).collect();
            (columns.iter().map(define).collect(), objects.iter().map(cells).collect())
        }
    };
    let rows: Vec<_> = cells
        .into_iter()
        .zip(objects)
        .map(|(cells, object)| {
            let mut row = json!({ "cells": cells });
            match include {
                Include::None => {}
                Include::Metadata => {
                    row["object"] = json!({
                        "kind": "PartialObjectMetadata",
                        "apiVersion": "meta.k8s.io/v1",
                        "metadata": object["metadata"],
                    });
                }
                Include::Object => row["object"] = object.clone(),
            }
            row
        })
        .collect();
    json!({
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": {},
        "columnDefinitions": definitions,
        "rows": rows,
    })
}

fn columns_of(kind: &Kind) -> &'static [Builtin] {
    if kind.custom {
        return &[NAME, AGE];
    }
    match (kind.group.as_str(), kind.plural.as_str()) {
        ("", "pods") => pods::PODS,
        ("", "nodes") => cluster::NODES,
        ("", "namespaces") => cluster::NAMESPACES,
        ("", "persistentvolumeclaims") => cluster::VOLUME_CLAIMS,
        ("", "persistentvolumes") => cluster::VOLUMES,
        ("", "secrets") => config::SECRETS,
        ("", "configmaps") => config::CONFIG_MAPS,
        ("", "services") => config::SERVICES,
        ("" | "events.k8s.io", "events") => config::EVENTS,
        ("apps", "deployments") => workloads::DEPLOYMENTS,
        ("apps", "statefulsets") => workloads::STATEFUL_SETS,
        ("apps", "daemonsets") => workloads::DAEMON_SETS,
        ("apps", "replicasets") => workloads::REPLICA_SETS,
        ("batch", "jobs") => workloads::JOBS,
        ("batch", "cronjobs") => workloads::CRON_JOBS,
        ("certificates.k8s.io", "certificatesigningrequests") => cluster::SIGNING_REQUESTS,
        ("coordination.k8s.io", "leases") => cluster::LEASES,
        ("storage.k8s.io", "storageclasses") => cluster::STORAGE_CLASSES,
        ("storage.k8s.io", "volumeattachments") => cluster::VOLUME_ATTACHMENTS,
        ("policy", "poddisruptionbudgets") => cluster::DISRUPTION_BUDGETS,
        ("scheduling.k8s.io", "priorityclasses") => cluster::PRIORITY_CLASSES,
        ("rbac.authorization.k8s.io", "roles" | "clusterroles") => cluster::ROLES,
        ("rbac.authorization.k8s.io", "rolebindings" | "clusterrolebindings") => cluster::BINDINGS,
        ("apiextensions.k8s.io", "customresourcedefinitions") => cluster::DEFINITIONS,
        _ => &[NAME, AGE],
    }
}

fn define(column: &Builtin) -> Value {
    json!({
        "name": column.heading,
        "type": column.type_,
        // kubectl finds the names to print with `-o name` by this format.
        "format": if column.heading == NAME.heading { "name" } else { "" },
        "description": column.heading,
        "priority": i32::from(column.wide),
    })
}

fn define_custom(column: &Column) -> Value {
    json!({
        "name": column.name,
        "type": column.type_,
        "format": "",
        "description": column.description,
        "priority": column.priority,
    })
}

fn custom_cells(columns: &[Column], object: &Value, now: Timestamp) -> Vec<Value> {
    let cell = |column: &Column| {
        let value = path::first(object, &column.json_path)?;
        match (column.type_.as_str(), value) {
            ("date", Value::String(when)) => Some(age::since(when, now).into()),
            ("integer" | "number", Value::Number(_))
            | ("boolean", Value::Bool(_))
            | ("string", Value::String(_)) => Some(value.clone()),
            ("string", Value::Null) => None,
            ("string", other) => Some(other.to_string().into()),
            // A value of another type is shown as absent, as a real server does.
            _ => None,
        }
    };
    let name = object["metadata"]["name"].clone();
    std::iter::once(name).chain(columns.iter().map(|column| cell(column).unwrap_or(Value::Null))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(group: &str, plural: &str) -> Kind {
        Kind { group: group.into(), plural: plural.into(), versions: vec!["v1".into()], ..Kind::default() }
    }

    fn now() -> Timestamp {
        "2026-01-01T01:00:00Z".parse().unwrap()
    }

    fn cells(table: &Value) -> Value {
        table["rows"][0]["cells"].clone()
    }

    #[test]
    fn a_deployment_shows_how_many_of_its_pods_are_ready() {
        let object = json!({
            "metadata": { "name": "operator", "creationTimestamp": "2026-01-01T00:00:00Z" },
            "spec": { "replicas": 2, "template": { "spec": { "containers": [{ "name": "a", "image": "b" }] } } },
            "status": { "readyReplicas": 1, "updatedReplicas": 2 },
        });
        let table = render(&kind("apps", "deployments"), "v1", &[object], Include::Metadata, now());
        assert_eq!(cells(&table), json!(["operator", "1/2", 2, 0, "60m", "a", "b", "<none>"]));
        assert_eq!(table["columnDefinitions"][5]["priority"], 1);
        assert_eq!(table["rows"][0]["object"]["kind"], "PartialObjectMetadata");
    }

    #[test]
    fn a_kind_without_columns_of_its_own_shows_name_and_age() {
        let object = json!({ "metadata": { "name": "x", "creationTimestamp": "2026-01-01T00:59:30Z" } });
        let table = render(&kind("", "serviceaccounts"), "v1", &[object], Include::None, now());
        assert_eq!(cells(&table), json!(["x", "30s"]));
        assert!(table["rows"][0].get("object").is_none());
    }

    #[test]
    fn a_custom_kind_shows_the_columns_of_its_definition_and_nothing_for_what_is_absent() {
        let column = |name: &str, type_: &str, json_path: &str| Column {
            name: name.into(),
            type_: type_.into(),
            json_path: json_path.into(),
            priority: 0,
            description: String::new(),
        };
        let mut custom = kind("hypershift.openshift.io", "hostedclusters");
        custom.custom = true;
        custom.columns.insert(
            "v1".into(),
            vec![
                column("Available", "string", ".status.conditions[?(@.type==\"Available\")].status"),
                column("Replicas", "integer", ".spec.replicas"),
                column("Since", "date", ".metadata.creationTimestamp"),
                column("Progress", "string", ".status.progress"),
            ],
        );
        let object = json!({
            "metadata": { "name": "demo", "creationTimestamp": "2026-01-01T00:00:00Z" },
            "spec": { "replicas": 3 },
            "status": { "conditions": [{ "type": "Available", "status": "True" }] },
        });
        let table = render(&custom, "v1", &[object], Include::Object, now());
        assert_eq!(cells(&table), json!(["demo", "True", 3, "60m", null]));
        assert_eq!(table["rows"][0]["object"]["spec"]["replicas"], 3);
    }
}
