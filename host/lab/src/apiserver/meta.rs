//! Reading and writing the metadata of an object that is held as JSON.

use jiff::Timestamp;
use serde_json::Value;

/// The text at a pointer such as `/metadata/name`; empty if it is absent or no text.
#[must_use]
pub fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The object's name, or an empty text.
#[must_use]
pub fn name(object: &Value) -> &str {
    text(object, "/metadata/name")
}

/// The object's namespace, or an empty text.
#[must_use]
pub fn namespace(object: &Value) -> &str {
    text(object, "/metadata/namespace")
}

/// The object's UID, or an empty text.
#[must_use]
pub fn uid(object: &Value) -> &str {
    text(object, "/metadata/uid")
}

/// The object's resource version, or an empty text.
#[must_use]
pub fn version(object: &Value) -> &str {
    text(object, "/metadata/resourceVersion")
}

/// Whether the object is being deleted.
#[must_use]
pub fn is_terminating(object: &Value) -> bool {
    !text(object, "/metadata/deletionTimestamp").is_empty()
}

/// The object's finalizers.
#[must_use]
pub fn finalizers(object: &Value) -> Vec<&str> {
    object
        .pointer("/metadata/finalizers")
        .and_then(Value::as_array)
        .map(|list| list.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default()
}

/// Puts `value` at `field` of the map at `parent` (a name such as `metadata`), or removes the field if it
/// is null. Does nothing if the parent is no map.
pub fn set(object: &mut Value, parent: &str, field: &str, value: Value) {
    let Some(map) = object.as_object_mut() else { return };
    if !map.contains_key(parent) && value.is_null() {
        return;
    }
    if let Some(parent) =
        map.entry(parent).or_insert_with(|| Value::Object(serde_json::Map::new())).as_object_mut()
    {
        if value.is_null() {
            parent.remove(field);
        } else {
            parent.insert(field.to_owned(), value);
        }
    }
}

/// The time as metadata holds it: whole seconds, UTC.
#[must_use]
pub fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Now, as metadata holds it.
#[must_use]
pub fn now() -> String {
    time(Timestamp::now())
}

/// The group and version of an object's `apiVersion`.
#[must_use]
pub fn group_version(api_version: &str) -> (&str, &str) {
    api_version.split_once('/').unwrap_or(("", api_version))
}
