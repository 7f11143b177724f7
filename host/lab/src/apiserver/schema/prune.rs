//! Drops the fields that a schema does not know.

use serde_json::Value;

use super::{COMMON, is_set, join, property};

/// Drops every unknown field of `object` and gives back their paths.
pub fn prune(schema: &Value, object: &mut Value) -> Vec<String> {
    let mut dropped = Vec::new();
    walk(schema, object, "", true, &mut dropped);
    dropped
}

fn walk(schema: &Value, value: &mut Value, path: &str, root: bool, dropped: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            let embedded = root || is_set(schema, "x-kubernetes-embedded-resource");
            // `additionalProperties: true` says the same as the extension.
            let open = is_set(schema, "x-kubernetes-preserve-unknown-fields")
                || is_set(schema, "additionalProperties");
            map.retain(|field, value| {
                if embedded && COMMON.contains(&field.as_str()) {
                    return true;
                }
                match property(schema, field) {
                    Some(child) => walk(child, value, &join(path, field), false, dropped),
                    None if open => {}
                    None => {
                        dropped.push(join(path, field));
                        return false;
                    }
                }
                true
            });
        }
        Value::Array(list) => {
            if let Some(items) = schema.get("items") {
                for (index, item) in list.iter_mut().enumerate() {
                    walk(items, item, &format!("{path}[{index}]"), false, dropped);
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_misplaced_field_is_dropped_and_named() {
        let schema = json!({ "type": "object", "properties": { "spec": { "type": "object", "properties": {
            "etcd": { "type": "object", "properties": { "managed": { "type": "object" } } },
            "free": { "type": "object", "x-kubernetes-preserve-unknown-fields": true },
        } } } });
        let mut object = json!({
            "apiVersion": "a/v1", "kind": "K", "metadata": { "name": "x" },
            "spec": { "etcd": { "restoreSnapshotURL": ["u"], "managed": {} }, "free": { "any": 1 } },
        });
        assert_eq!(prune(&schema, &mut object), ["spec.etcd.restoreSnapshotURL"]);
        assert_eq!(object["spec"], json!({ "etcd": { "managed": {} }, "free": { "any": 1 } }));
    }
}
