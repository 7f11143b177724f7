//! How an operator keeps an object as it wants it: it creates it, or changes what differs, or does nothing.

use kube::api::DynamicObject;
use serde_json::{Value, json};

use super::error::{Error, Result};
use super::{Actor, Key, Kind};

/// What was needed to have the object as wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// It was not there, and was created.
    Created,
    /// Something in it was otherwise, and was changed.
    Changed,
    /// It was as wanted.
    Same,
}

/// Makes the object that `wanted` names hold all that `wanted` says; what else it holds stays.
///
/// A `null` in `wanted` means that the field must be absent. Creation and change are logged with `why`.
pub async fn keep(actor: &Actor, kind: &Kind, wanted: Value, why: &str) -> Result<Kept> {
    let key = key_of(&wanted)?;
    let known = actor.watch(kind).await.get(&key);
    let Some(known) = known else {
        let created = actor.ensure(kind, without_nulls(wanted)).await?;
        if created {
            actor.record(format!("created {kind} {key}"), why);
        }
        // Where it existed, the watch has yet to tell: the next look will see it.
        return Ok(if created { Kept::Created } else { Kept::Same });
    };
    if holds_object(&known, &wanted)? {
        return Ok(Kept::Same);
    }
    actor.patch(kind, &key, wanted).await?;
    actor.record(format!("changed {kind} {key}"), why);
    Ok(Kept::Changed)
}

/// Creates the object that `wanted` names unless there is one; one that is there stays as it is.
pub async fn keep_any(actor: &Actor, kind: &Kind, wanted: Value, why: &str) -> Result<Kept> {
    let key = key_of(&wanted)?;
    if actor.watch(kind).await.get(&key).is_some() || !actor.ensure(kind, without_nulls(wanted)).await? {
        return Ok(Kept::Same);
    }
    actor.record(format!("created {kind} {key}"), why);
    Ok(Kept::Created)
}

fn key_of(wanted: &Value) -> Result<Key> {
    let field = |name: &str| wanted["metadata"][name].as_str().unwrap_or_default().to_owned();
    let key = Key::new(field("namespace"), field("name"));
    if key.name.is_empty() {
        return Err(Error::Malformed { key, reason: "it has no name".to_owned() });
    }
    Ok(key)
}

/// Says whether `object` holds all that `wanted` says.
fn holds_object(object: &DynamicObject, wanted: &Value) -> Result<bool> {
    let Some(fields) = wanted.as_object() else { return Ok(false) };
    for (field, want) in fields {
        let is_held = match field.as_str() {
            "metadata" => holds(&metadata_of(object)?, want),
            "apiVersion" | "kind" => true,
            _ => object.data.get(field).map_or(is_empty(want), |have| !want.is_null() && holds(have, want)),
        };
        if !is_held {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The metadata that an operator may want: the rest is the server's own, and large.
fn metadata_of(object: &DynamicObject) -> Result<Value> {
    let metadata = &object.metadata;
    Ok(json!({
        "name": metadata.name,
        "namespace": metadata.namespace,
        "labels": metadata.labels,
        "annotations": metadata.annotations,
        "finalizers": metadata.finalizers,
        "ownerReferences": serde_json::to_value(&metadata.owner_references).map_err(Error::outside)?,
    }))
}

fn holds(actual: &Value, wanted: &Value) -> bool {
    match (actual, wanted) {
        (Value::Null, wanted) => is_empty(wanted),
        (Value::Object(actual), Value::Object(wanted)) => wanted.iter().all(|(field, want)| {
            actual.get(field).map_or(is_empty(want), |have| !want.is_null() && holds(have, want))
        }),
        (Value::Array(actual), Value::Array(wanted)) => {
            actual.len() == wanted.len() && actual.iter().zip(wanted).all(|(have, want)| holds(have, want))
        }
        _ => actual == wanted,
    }
}

/// Servers leave out empty lists and maps, so that their absence is what was wanted.
fn is_empty(wanted: &Value) -> bool {
    match wanted {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.values().all(is_empty),
        _ => false,
    }
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            fields.into_iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k, without_nulls(v))).collect()
        }
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_may_hold_more_than_is_wanted_but_not_less() {
        let actual =
            json!({"spec": {"replicas": 3, "paused": true, "containers": [{"name": "a", "tty": false}]}});
        assert!(holds(&actual, &json!({"spec": {"replicas": 3, "containers": [{"name": "a"}]}})));
        assert!(!holds(&actual, &json!({"spec": {"replicas": 2}})));
        assert!(!holds(&actual, &json!({"spec": {"paused": null}})), "null asks for absence");
        assert!(!holds(&actual, &json!({"spec": {"containers": []}})));
        assert!(holds(&actual, &json!({"spec": {"args": [], "pausedUntil": null}})));
    }
}
