//! Fills in the defaults that a schema names.

use serde_json::Value;

use super::{children, is_set, property};

/// Fills in defaults, also below those it filled in.
pub fn default(schema: &Value, value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (field, child) in children(schema) {
                let (Some(field), Some(default)) = (field, child.get("default")) else { continue };
                let absent = map.get(field).is_none_or(|now| now.is_null() && !is_set(child, "nullable"));
                if absent {
                    map.insert(field.to_owned(), default.clone());
                }
            }
            map.retain(|field, value| {
                !value.is_null()
                    || property(schema, field).is_none_or(|child| {
                        is_set(child, "nullable")
                            || is_set(child, "x-kubernetes-preserve-unknown-fields")
                            || child.get("type").is_none()
                    })
            });
            for (field, value) in map.iter_mut() {
                if let Some(child) = property(schema, field) {
                    default(child, value);
                }
            }
        }
        Value::Array(list) => {
            if let Some(items) = schema.get("items") {
                for item in list {
                    default(items, item);
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
    fn defaults_reach_below_a_default_and_leave_what_is_set() {
        let schema = json!({ "properties": {
            "a": { "default": {}, "properties": { "b": { "default": 1 }, "c": { "default": 2 } } },
            "d": { "items": { "properties": { "e": { "default": "x" } } } },
        } });
        let mut object = json!({ "d": [{}, { "e": "y" }] });
        default(&schema, &mut object);
        assert_eq!(object, json!({ "a": { "b": 1, "c": 2 }, "d": [{ "e": "x" }, { "e": "y" }] }));
    }
}
