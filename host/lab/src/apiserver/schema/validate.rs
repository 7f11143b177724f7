//! Refuses what a schema does not allow, in the words of a real server.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use regex::Regex;
use serde_json::Value;

use super::{COMMON, has_rules, is_set, join, property, rules};
use crate::apiserver::status::Cause;

/// Says what of `object` the schema does not allow. With `status_only`, the status alone is judged.
///
/// Rules in CEL are judged last, and only on an object whose values have the right types. What did not change is
/// not judged.
pub fn validate(schema: &Value, old: Option<&Value>, object: &Value, status_only: bool) -> Vec<Cause> {
    let mut causes = Vec::new();
    for judged in [false, true] {
        let mut walk = Walk { rules: judged, causes: Vec::new() };
        if status_only {
            if let (Some(schema), Some(status)) = (property(schema, "status"), object.get("status")) {
                walk.value(schema, old.and_then(|old| old.get("status")), status, "status");
            }
        } else {
            walk.value(schema, old, object, "");
        }
        let blocks = walk.causes.iter().any(|cause| BLOCKING.contains(&cause.reason));
        causes.extend(walk.causes);
        if blocks {
            if has_rules(schema) {
                causes.push(Cause::new("FieldValueInvalid", "<nil>", UNCHECKED));
            }
            break;
        }
    }
    causes
}

/// Mistakes after which rules are not judged.
const BLOCKING: [&str; 5] = [
    "FieldValueNotSupported",
    "FieldValueRequired",
    "FieldValueTooLong",
    "FieldValueTooMany",
    "FieldValueTypeInvalid",
];
const UNCHECKED: &str = "Invalid value: null: some validation rules were not checked because the object was invalid; \
     correct the existing errors to complete validation";

/// One walk over an object: by the schema's own words, or by its rules.
struct Walk {
    rules: bool,
    causes: Vec<Cause>,
}

impl Walk {
    fn value(&mut self, schema: &Value, old: Option<&Value>, value: &Value, path: &str) {
        if value.is_null() && is_set(schema, "nullable") {
            return;
        }
        if old == Some(value) {
            // What was there before a rule came is let be, until it is changed.
            return;
        }
        if self.rules {
            rules::judge(schema, old, value, path, &mut self.causes);
        } else if !check(schema, value, path, &mut self.causes) {
            return;
        }
        match value {
            Value::Array(list) => {
                let Some(items) = schema.get("items") else { return };
                for (index, item) in list.iter().enumerate() {
                    let before = old.and_then(|old| counterpart(schema, old, item));
                    self.value(items, before, item, &format!("{path}[{index}]"));
                }
            }
            Value::Object(map) => {
                for (field, value) in map {
                    if path.is_empty() && COMMON.contains(&field.as_str()) {
                        continue;
                    }
                    if let Some(child) = property(schema, field) {
                        self.value(child, old.and_then(|old| old.get(field)), value, &join(path, field));
                    }
                }
            }
            _ => {}
        }
    }
}

/// The item of the old list that is the same as `item`, which only maps of a list can tell.
fn counterpart<'a>(schema: &Value, old: &'a Value, item: &Value) -> Option<&'a Value> {
    if schema["x-kubernetes-list-type"] != "map" {
        return None;
    }
    let key = map_key(schema, item);
    old.as_array()?.iter().find(|before| map_key(schema, before) == key)
}

/// The key of an item in a list that is a map.
fn map_key(schema: &Value, item: &Value) -> Value {
    let names = schema["x-kubernetes-list-map-keys"].as_array().into_iter().flatten();
    let pairs = names.filter_map(Value::as_str).map(|name| (name.to_owned(), item[name].clone()));
    Value::Object(pairs.collect())
}

/// Checks one value, without what is below it. Of a value of another type nothing more is said.
fn check(schema: &Value, value: &Value, path: &str, causes: &mut Vec<Cause>) -> bool {
    if !check_type(schema, value, path, causes) {
        return false;
    }
    if let Some(allowed) = schema["enum"].as_array()
        && !allowed.contains(value)
    {
        let shown: Vec<_> = allowed.iter().map(Value::to_string).collect();
        let message = format!("Unsupported value: {value}: supported values: {}", shown.join(", "));
        causes.push(Cause::new("FieldValueNotSupported", path, message));
    }
    match value {
        Value::String(text) => check_text(schema, text, path, causes),
        Value::Number(number) => check_number(schema, number.as_f64().unwrap_or(0.0), path, causes),
        Value::Array(list) => check_list(schema, list, path, causes),
        Value::Object(map) => check_object(schema, map, path, causes),
        Value::Null | Value::Bool(_) => {}
    }
    true
}

fn invalid(path: &str, value: &str, why: &str) -> Cause {
    Cause::new("FieldValueInvalid", path, format!("Invalid value: {value}: {path} in body {why}"))
}

fn check_type(schema: &Value, value: &Value, path: &str, causes: &mut Vec<Cause>) -> bool {
    if is_set(schema, "x-kubernetes-int-or-string") {
        let fits = value.is_string() || value.is_i64() || value.is_u64();
        if !fits {
            let is = type_name(value);
            let message =
                format!("Invalid value: \"{is}\": {path} in body must be of type integer,string: \"{is}\"");
            causes.push(Cause::new("FieldValueTypeInvalid", path, message));
        }
        return fits;
    }
    let Some(wanted) = schema["type"].as_str() else { return true };
    let fits = match wanted {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|n| n.fract() == 0.0),
        _ => true,
    };
    if !fits {
        let is = type_name(value);
        let message = format!("Invalid value: \"{is}\": {path} in body must be of type {wanted}: \"{is}\"");
        causes.push(Cause::new("FieldValueTypeInvalid", path, message));
    }
    fits
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn check_text(schema: &Value, text: &str, path: &str, causes: &mut Vec<Cause>) {
    let length = text.chars().count() as u64;
    if let Some(most) = schema["maxLength"].as_u64()
        && length > most
    {
        let message = format!("Too long: may not be more than {most} bytes");
        causes.push(Cause::new("FieldValueTooLong", path, message));
    }
    if let Some(least) = schema["minLength"].as_u64()
        && length < least
    {
        causes.push(invalid(path, &format!("{text:?}"), &format!("should be at least {least} chars long")));
    }
    if let Some(pattern) = schema["pattern"].as_str()
        && compiled(pattern).is_some_and(|pattern| !pattern.is_match(text))
    {
        causes.push(invalid(path, &format!("{text:?}"), &format!("should match '{pattern}'")));
    }
    let misses = match schema["format"].as_str() {
        Some("date-time") => text.parse::<jiff::Timestamp>().is_err(),
        Some("ipv4") => text.parse::<std::net::Ipv4Addr>().is_err(),
        Some("ipv6") => text.parse::<std::net::Ipv6Addr>().is_err(),
        _ => false,
    };
    if misses {
        let format = schema["format"].as_str().unwrap_or_default();
        causes.push(invalid(path, &format!("{text:?}"), &format!("must be of type {format}: {text:?}")));
    }
}

fn check_number(schema: &Value, number: f64, path: &str, causes: &mut Vec<Cause>) {
    if let Some(least) = schema["minimum"].as_f64() {
        let strict = is_set(schema, "exclusiveMinimum");
        if number < least || (strict && number <= least) {
            let relation = if strict { "greater than" } else { "greater than or equal to" };
            causes.push(invalid(path, &number.to_string(), &format!("should be {relation} {least}")));
        }
    }
    if let Some(most) = schema["maximum"].as_f64() {
        let strict = is_set(schema, "exclusiveMaximum");
        if number > most || (strict && number >= most) {
            let relation = if strict { "less than" } else { "less than or equal to" };
            causes.push(invalid(path, &number.to_string(), &format!("should be {relation} {most}")));
        }
    }
}

fn check_list(schema: &Value, list: &[Value], path: &str, causes: &mut Vec<Cause>) {
    let length = list.len() as u64;
    if let Some(most) = schema["maxItems"].as_u64()
        && length > most
    {
        let items = if most == 1 { "item" } else { "items" };
        let message = format!("Too many: {length}: must have at most {most} {items}");
        causes.push(Cause::new("FieldValueTooMany", path, message));
    }
    if let Some(least) = schema["minItems"].as_u64()
        && length < least
    {
        causes.push(invalid(path, &length.to_string(), &format!("should have at least {least} items")));
    }
    check_unique(schema, list, path, causes);
}

fn check_unique(schema: &Value, list: &[Value], path: &str, causes: &mut Vec<Cause>) {
    let keys: Vec<Value> = match schema["x-kubernetes-list-type"].as_str() {
        Some("set") => list.to_vec(),
        Some("map") => list.iter().map(|item| map_key(schema, item)).collect(),
        _ => return,
    };
    for (index, key) in keys.iter().enumerate() {
        if keys[..index].contains(key) {
            let field = format!("{path}[{index}]");
            causes.push(Cause::new("FieldValueDuplicate", field, format!("Duplicate value: {key}")));
        }
    }
}

fn check_object(schema: &Value, map: &serde_json::Map<String, Value>, path: &str, causes: &mut Vec<Cause>) {
    let required = schema["required"].as_array();
    for field in required.into_iter().flatten().filter_map(Value::as_str) {
        if !map.contains_key(field) {
            causes.push(Cause::new("FieldValueRequired", join(path, field), "Required value"));
        }
    }
    if let Some(most) = schema["maxProperties"].as_u64()
        && map.len() as u64 > most
    {
        let message = format!("Too many: {}: must have at most {most} items", map.len());
        causes.push(Cause::new("FieldValueTooMany", path, message));
    }
    if let Some(least) = schema["minProperties"].as_u64()
        && (map.len() as u64) < least
    {
        causes.push(invalid(
            path,
            &map.len().to_string(),
            &format!("should have at least {least} properties"),
        ));
    }
}

/// A pattern is compiled once. Those of a definition were checked when it came.
fn compiled(pattern: &str) -> Option<Arc<Regex>> {
    static CACHE: LazyLock<Mutex<BTreeMap<String, Option<Arc<Regex>>>>> = LazyLock::new(Mutex::default);
    let mut cache = CACHE.lock().unwrap_or_else(PoisonError::into_inner);
    cache.entry(pattern.to_owned()).or_insert_with(|| Regex::new(pattern).ok().map(Arc::new)).clone()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn said(schema: &Value, object: &Value) -> Vec<String> {
        let causes = validate(schema, None, object, false);
        causes.into_iter().map(|cause| format!("{}: {}", cause.field, cause.message)).collect()
    }

    #[test]
    fn each_kind_of_mistake_is_named_with_its_field() {
        let schema = json!({ "type": "object", "properties": { "spec": {
            "type": "object", "required": ["must"],
            "x-kubernetes-validations": [{ "rule": "self.count < 9" }], "properties": {
                "urls": { "type": "array", "maxItems": 1, "items": { "type": "string", "maxLength": 3 } },
                "type": { "type": "string", "enum": ["A", "B"] },
                "count": { "type": "integer", "minimum": 0 },
                "name": { "type": "string", "pattern": "^a" },
                "port": { "x-kubernetes-int-or-string": true },
                "conditions": { "type": "array", "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["type"], "items": { "type": "object" } },
            } } } });
        let object = json!({ "spec": {
            "urls": ["a", "bcde"], "type": "C", "count": -1, "name": "b", "port": true,
            "conditions": [{ "type": "X" }, { "type": "X" }],
        } });
        assert_eq!(
            said(&schema, &object),
            [
                "spec.must: Required value",
                "spec.conditions[1]: Duplicate value: {\"type\":\"X\"}",
                "spec.count: Invalid value: -1: spec.count in body should be greater than or equal to 0",
                "spec.name: Invalid value: \"b\": spec.name in body should match '^a'",
                "spec.port: Invalid value: \"boolean\": spec.port in body must be of type integer,string: \"boolean\"",
                "spec.type: Unsupported value: \"C\": supported values: \"A\", \"B\"",
                "spec.urls: Too many: 2: must have at most 1 item",
                "spec.urls[1]: Too long: may not be more than 3 bytes",
                &format!("<nil>: {UNCHECKED}"),
            ]
        );
    }

    #[test]
    fn a_value_of_another_type_is_refused_and_a_nullable_null_is_not() {
        let schema = json!({ "type": "object", "properties": {
            "n": { "type": "integer" }, "o": { "type": "string", "nullable": true } } });
        assert_eq!(
            said(&schema, &json!({ "n": "1", "o": null })),
            ["n: Invalid value: \"string\": n in body must be of type integer: \"string\""],
            "where there are no rules, none is left unchecked"
        );
    }
}
