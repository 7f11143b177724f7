//! The shape of an object for ownership: which lists are maps or sets, and what is owned as a whole.

use serde_json::{Value, json};

use crate::apiserver::kinds::Kind;
use crate::apiserver::schema::property;

/// What is known about a value by its place.
#[derive(Debug, Clone, Copy)]
pub enum Shape<'a> {
    /// A custom kind's object.
    Root(&'a Value),
    /// A value that a schema describes.
    Schema(&'a Value),
    /// A value of a builtin type: the field that it stands in, and the field above.
    Builtin {
        /// The field above, such as `spec`.
        parent: &'a str,
        /// The field itself, such as `ports`.
        field: &'a str,
    },
    /// Nothing is known: maps are owned by field, lists as a whole.
    Free,
}

/// How the items of a list are told apart.
#[derive(Debug, Clone, PartialEq)]
pub enum Items {
    /// They are not: the list is owned as a whole.
    Whole,
    /// By their value.
    Set,
    /// By these fields, which may have defaults.
    Keys(Vec<(String, Value)>),
}

impl<'a> Shape<'a> {
    /// The shape of a kind's objects at a version.
    pub fn of(kind: &'a Kind, version: &str) -> Self {
        match kind.schemas.get(version) {
            Some(schema) => Self::Root(schema),
            None if kind.custom => Self::Free,
            None => Self::Builtin { parent: "", field: "" },
        }
    }

    /// The shape of a field below.
    pub fn child<'b>(self, name: &'b str) -> Shape<'b>
    where
        'a: 'b,
    {
        match self {
            Self::Root(_) if name == "metadata" => Shape::Builtin { parent: "", field: name },
            Self::Root(schema) | Self::Schema(schema) => {
                property(schema, name).map_or(Shape::Free, Shape::Schema)
            }
            Self::Builtin { field, .. } => Shape::Builtin { parent: field, field: name },
            Self::Free => Shape::Free,
        }
    }

    /// The shape of the items of a list.
    pub fn item(self) -> Self {
        match self {
            Self::Schema(schema) => schema.get("items").map_or(Self::Free, Self::Schema),
            other => other,
        }
    }

    /// Whether a map is owned as a whole.
    pub fn is_atomic(self) -> bool {
        match self {
            Self::Schema(schema) => schema["x-kubernetes-map-type"] == "atomic",
            Self::Builtin { field, .. } => matches!(
                field,
                "configMapKeyRef"
                    | "fieldRef"
                    | "labelSelector"
                    | "namespaceSelector"
                    | "nodeSelector"
                    // An item of a list has its list's shape: each owner is owned as a whole.
                    | "ownerReferences"
                    | "podSelector"
                    | "resourceFieldRef"
                    | "roleRef"
                    | "secretKeyRef"
                    | "selector"
            ),
            Self::Root(_) | Self::Free => false,
        }
    }

    /// Whether the schema says nothing of the fields below, so that each map is a field by itself.
    pub fn is_free(self) -> bool {
        matches!(self, Self::Free)
    }

    /// How the items of a list here are told apart.
    pub fn items(self) -> Items {
        match self {
            Self::Schema(schema) => match schema["x-kubernetes-list-type"].as_str() {
                Some("set") => Items::Set,
                Some("map") => {
                    let names = schema["x-kubernetes-list-map-keys"].as_array().into_iter().flatten();
                    let default = |name: &str| schema["items"]["properties"][name]["default"].clone();
                    let keys = names.filter_map(Value::as_str).map(|name| (name.to_owned(), default(name)));
                    Items::Keys(keys.collect())
                }
                _ => Items::Whole,
            },
            Self::Builtin { parent, field } => builtin(parent, field),
            Self::Root(_) | Self::Free => Items::Whole,
        }
    }
}

fn builtin(parent: &str, field: &str) -> Items {
    let keys = |names: &[&str]| {
        let default = |name: &str| if name == "protocol" { json!("TCP") } else { Value::Null };
        Items::Keys(names.iter().map(|name| ((*name).to_owned(), default(name))).collect())
    };
    match field {
        "containers"
        | "env"
        | "ephemeralContainers"
        | "imagePullSecrets"
        | "initContainers"
        | "volumes"
        | "webhooks" => keys(&["name"]),
        "secrets" if parent.is_empty() => keys(&["name"]),
        "volumeMounts" => keys(&["mountPath"]),
        "volumeDevices" => keys(&["devicePath"]),
        "ports" if parent == "spec" => keys(&["port", "protocol"]),
        "ports" => keys(&["containerPort", "protocol"]),
        "hostAliases" | "hostIPs" | "podIPs" => keys(&["ip"]),
        "topologySpreadConstraints" => keys(&["topologyKey", "whenUnsatisfiable"]),
        "addresses" | "conditions" => keys(&["type"]),
        "ownerReferences" => keys(&["uid"]),
        "finalizers" => Items::Set,
        _ => Items::Whole,
    }
}
