//! Reads of dynamic objects that every actor needs: fields by path, owners, conditions.

use jiff::Timestamp;
use kube::api::DynamicObject;
use serde_json::{Value, json};

use super::kind::Kind;

/// The annotation of a pod that a kubelet puts into the API to show a static pod.
pub const MIRROR: &str = "kubernetes.io/config.mirror";

/// The text at a JSON pointer such as `/status/phase`, or an empty one.
#[must_use]
pub fn text<'a>(object: &'a DynamicObject, pointer: &str) -> &'a str {
    object.data.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The whole number at a JSON pointer.
#[must_use]
pub fn number(object: &DynamicObject, pointer: &str) -> Option<i64> {
    object.data.pointer(pointer).and_then(Value::as_i64)
}

/// Whether the value at a JSON pointer is `true`.
#[must_use]
pub fn flag(object: &DynamicObject, pointer: &str) -> bool {
    object.data.pointer(pointer).and_then(Value::as_bool).unwrap_or(false)
}

/// The list at a JSON pointer, or an empty one.
#[must_use]
pub fn list<'a>(object: &'a DynamicObject, pointer: &str) -> &'a [Value] {
    object.data.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The object's name.
#[must_use]
pub fn name(object: &DynamicObject) -> &str {
    object.metadata.name.as_deref().unwrap_or_default()
}

/// The object's namespace, empty for objects of the whole cluster.
#[must_use]
pub fn namespace(object: &DynamicObject) -> &str {
    object.metadata.namespace.as_deref().unwrap_or_default()
}

/// The object's UID.
#[must_use]
pub fn uid(object: &DynamicObject) -> &str {
    object.metadata.uid.as_deref().unwrap_or_default()
}

/// The object's generation, which counts the changes of what was asked for.
#[must_use]
pub fn generation(object: &DynamicObject) -> i64 {
    object.metadata.generation.unwrap_or_default()
}

/// The value of a label.
#[must_use]
pub fn label<'a>(object: &'a DynamicObject, key: &str) -> Option<&'a str> {
    object.metadata.labels.as_ref()?.get(key).map(String::as_str)
}

/// The value of an annotation.
#[must_use]
pub fn annotation<'a>(object: &'a DynamicObject, key: &str) -> Option<&'a str> {
    object.metadata.annotations.as_ref()?.get(key).map(String::as_str)
}

/// Whether somebody asked for the object's deletion.
#[must_use]
pub fn is_dying(object: &DynamicObject) -> bool {
    object.metadata.deletion_timestamp.is_some()
}

/// Whether the object's finalizers name `finalizer`.
#[must_use]
pub fn has_finalizer(object: &DynamicObject, finalizer: &str) -> bool {
    object.metadata.finalizers.as_ref().is_some_and(|all| all.iter().any(|f| f == finalizer))
}

/// The owner reference that makes `owner` the controller of what carries it.
#[must_use]
pub fn controlled_by(kind: &Kind, owner: &DynamicObject) -> Value {
    json!({
        "apiVersion": kind.api_version(),
        "kind": kind.kind,
        "name": name(owner),
        "uid": uid(owner),
        "controller": true,
        "blockOwnerDeletion": true,
    })
}

/// The name of the controller of that kind that the object's owner references name.
#[must_use]
pub fn controller_name<'a>(object: &'a DynamicObject, kind: &Kind) -> Option<&'a str> {
    let owners = object.metadata.owner_references.as_deref()?;
    let owner = owners.iter().find(|o| o.controller == Some(true) && o.kind == kind.kind)?;
    Some(&owner.name)
}

/// Whether `owner` is the controller that the object's owner references name.
#[must_use]
pub fn is_controlled_by(object: &DynamicObject, owner: &DynamicObject) -> bool {
    let owners = object.metadata.owner_references.as_deref().unwrap_or_default();
    owners.iter().any(|o| o.controller == Some(true) && o.uid == uid(owner))
}

/// The status of a condition in the object's status: `True`, `False`, `Unknown` or empty.
#[must_use]
pub fn condition<'a>(object: &'a DynamicObject, kind: &str) -> &'a str {
    let found = list(object, "/status/conditions").iter().find(|c| c["type"] == kind);
    found.and_then(|c| c["status"].as_str()).unwrap_or_default()
}

/// A condition that an actor wants an object's status to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The type, such as `Available`.
    pub kind: String,
    /// `True`, `False` or `Unknown`.
    pub status: String,
    /// One word for machines.
    pub reason: String,
    /// A sentence for people.
    pub message: String,
}

impl Condition {
    /// Makes a condition that holds or does not.
    #[must_use]
    pub fn new(kind: &str, holds: bool, reason: &str, message: impl Into<String>) -> Self {
        Self {
            kind: kind.to_owned(),
            status: if holds { "True" } else { "False" }.to_owned(),
            reason: reason.to_owned(),
            message: message.into(),
        }
    }
}

/// The object's conditions with `wanted` put in, or `None` where they already say so.
///
/// `lastTransitionTime` moves only where a status does; `observedGeneration` is the object's generation, where it counts any.
#[must_use]
pub fn with_conditions(object: &DynamicObject, wanted: &[Condition]) -> Option<Vec<Value>> {
    let before = list(object, "/status/conditions");
    let mut after = before.to_vec();
    for want in wanted {
        let known = after.iter().position(|c| c["type"] == want.kind.as_str());
        let since = known
            .filter(|at| after[*at]["status"] == want.status.as_str())
            .map_or_else(|| json!(now()), |at| after[at]["lastTransitionTime"].clone());
        let mut made = json!({
            "type": want.kind,
            "status": want.status,
            "reason": want.reason,
            "message": want.message,
            "lastTransitionTime": since,
        });
        if object.metadata.generation.is_some() {
            made["observedGeneration"] = generation(object).into();
        }
        match known {
            Some(at) => after[at] = made,
            None => after.push(made),
        }
    }
    (after != before).then_some(after)
}

/// The present moment as Kubernetes writes it: RFC 3339 in whole seconds.
#[must_use]
pub fn now() -> String {
    Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
