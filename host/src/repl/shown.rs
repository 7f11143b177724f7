//! A value as people read it: a table for a list of objects, YAML for one, text for the rest.

use std::collections::BTreeSet;
use std::time::Duration;

use rhai::{Array, Dynamic, Engine, ImmutableString, Map, Scope};
use serde_json::Value;

use crate::oc::Objects;
use crate::output::Output;
use crate::run::spoken;

/// No more columns than a terminal has room for.
const COLUMNS: usize = 7;

/// A longer cell is cut.
const WIDTH: usize = 60;

/// The text that shows a value; `None` for nothing.
pub fn shown(engine: &Engine, value: &Dynamic) -> Option<String> {
    let value = value.flatten_clone();
    if value.is_unit() {
        return None;
    }
    if let Some(objects) = value.clone().try_cast::<Objects>() {
        let rows: Vec<Value> = objects.into_iter().map(|object| plain(engine, &object)).collect();
        return Some(if rows.is_empty() { "none".to_owned() } else { table(&rows) });
    }
    if let Some(output) = value.clone().try_cast::<Output>() {
        let parts =
            [output.stdout.as_str(), output.stderr.as_str()].into_iter().filter(|part| !part.is_empty());
        return Some(parts.collect::<Vec<_>>().join("\n"));
    }
    Some(match plain(engine, &value) {
        Value::String(text) => text,
        Value::Array(rows) if rows.is_empty() => "none".to_owned(),
        Value::Array(rows) if rows.iter().all(Value::is_object) => table(&rows),
        Value::Array(rows) if rows.iter().all(|row| !row.is_array() && !row.is_object()) => {
            rows.iter().map(cell).collect::<Vec<_>>().join("\n")
        }
        mut other @ (Value::Array(_) | Value::Object(_)) => {
            leave_out_bookkeeping(&mut other);
            serde_saphyr::to_string(&other).unwrap_or_default()
        }
        other => cell(&other),
    })
}

/// Leaves out who set which field, as `oc get` does: it is longer than the rest. `.metadata.managedFields` shows it.
fn leave_out_bookkeeping(value: &mut Value) {
    let metadata = if value["metadata"].is_object() { &mut value["metadata"] } else { value };
    let is_metadata = metadata["resourceVersion"].is_string();
    if let Some(metadata) = metadata.as_object_mut().filter(|_| is_metadata) {
        metadata.remove("managedFields");
    }
}

/// Plain data, secrets masked, and handles by their names.
fn plain(engine: &Engine, value: &Dynamic) -> Value {
    let value = value.flatten_clone();
    if let Some(map) = value.clone().try_cast::<Map>() {
        return Value::Object(
            map.iter().map(|(key, value)| (key.to_string(), plain(engine, value))).collect(),
        );
    }
    if let Some(list) = value.clone().try_cast::<Array>() {
        return Value::Array(list.iter().map(|value| plain(engine, value)).collect());
    }
    if let Some(time) = value.clone().try_cast::<Duration>() {
        return spoken(time).into();
    }
    if let Some(text) = value.clone().try_cast::<ImmutableString>() {
        return text.as_str().into();
    }
    if value.is_unit() {
        return Value::Null;
    }
    if let Ok(flag) = value.as_bool() {
        return flag.into();
    }
    if let Ok(number) = value.as_int() {
        return number.into();
    }
    if let Ok(number) = value.as_float() {
        return number.into();
    }
    let mut scope = Scope::new();
    scope.push_dynamic("value", value);
    engine.eval_expression_with_scope::<String>(&mut scope, "value.to_string()").unwrap_or_default().into()
}

/// A table with a column for each key that some row has a plain value for; Kubernetes objects by what `oc get` shows.
fn table(rows: &[Value]) -> String {
    if rows.iter().all(|row| row["metadata"]["name"].is_string()) {
        let has_namespace = rows.iter().any(|row| row["metadata"]["namespace"].is_string());
        let head = ["NAMESPACE", "NAME", "STATUS", "AGE"];
        let lines = rows.iter().map(|row| {
            let meta = &row["metadata"];
            [cell(&meta["namespace"]), cell(&meta["name"]), status(row), age(&meta["creationTimestamp"])]
        });
        let from = usize::from(!has_namespace);
        let lines: Vec<Vec<String>> = lines.map(|line| line[from..].to_vec()).collect();
        return aligned(&head[from..].iter().map(|&word| word.to_owned()).collect::<Vec<_>>(), &lines);
    }
    let mut seen = BTreeSet::new();
    let mut keys: Vec<&String> = Vec::new();
    for (key, value) in rows.iter().filter_map(Value::as_object).flatten() {
        let is_plain =
            !value.is_object() && !value.as_array().is_some_and(|list| list.iter().any(Value::is_object));
        if is_plain && seen.insert(key) {
            keys.push(key);
        }
    }
    // What it is called comes first.
    keys.sort_by_key(|key| !matches!(key.as_str(), "name" | "key" | "id"));
    keys.truncate(COLUMNS);
    let head: Vec<String> = keys.iter().map(|key| key.to_uppercase()).collect();
    let lines: Vec<Vec<String>> =
        rows.iter().map(|row| keys.iter().map(|key| cell(&row[key.as_str()])).collect()).collect();
    aligned(&head, &lines)
}

/// What an object says of itself: its phase, or whether it is ready or available.
fn status(object: &Value) -> String {
    if object["metadata"]["deletionTimestamp"].is_string() {
        return "Terminating".to_owned();
    }
    let status = &object["status"];
    if let Some(phase) = status["phase"].as_str() {
        return phase.to_owned();
    }
    if let Some(wanted) = object["spec"]["replicas"].as_i64() {
        return format!("{}/{wanted} ready", status["readyReplicas"].as_i64().unwrap_or(0));
    }
    let conditions = status["conditions"].as_array();
    let of = |kind: &str| conditions?.iter().find(|one| one["type"] == kind)?["status"].as_str();
    ["Ready", "Available"]
        .iter()
        .find_map(|kind| {
            Some(match of(kind)? {
                "True" => (*kind).to_owned(),
                "False" => format!("not {kind}"),
                _ => format!("{kind} unknown"),
            })
        })
        .unwrap_or_default()
}

fn age(created: &Value) -> String {
    let created = created.as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok());
    let since = created.map(|at| jiff::Timestamp::now().duration_since(at));
    let since = since.and_then(|since| Duration::try_from(since).ok());
    match since.map(|since| since.as_secs()) {
        None => String::new(),
        Some(seconds) if seconds >= 172_800 => format!("{}d", seconds / 86_400),
        Some(seconds) => spoken(Duration::from_secs(seconds)),
    }
}

fn cell(value: &Value) -> String {
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(cell).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    };
    let line = text.lines().next().unwrap_or_default();
    let is_cut = line.chars().count() > WIDTH || text.lines().count() > 1;
    let kept: String = line.chars().take(WIDTH).collect();
    if is_cut { format!("{kept}…") } else { kept }
}

fn aligned(head: &[String], lines: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = lines.iter().filter_map(|line| line.get(column)).chain(head.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let row = |cells: &[String]| {
        let padded: Vec<String> =
            cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        padded.join("  ").trim_end().to_owned()
    };
    [row(head)].into_iter().chain(lines.iter().map(|line| row(line))).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    #[test]
    fn a_list_of_maps_is_a_table_with_the_name_first() {
        let engine = Engine::new();
        let list = engine
            .eval::<Dynamic>("[#{ mode: \"rw\", name: \"a\" }, #{ name: \"bcd\", mode: 7, deep: #{} }]")
            .unwrap();
        assert_eq!(shown(&engine, &list).unwrap(), "NAME  MODE\na     rw\nbcd   7");
    }

    #[test]
    fn who_set_which_field_is_not_shown_unless_it_is_asked_for() {
        let engine = Engine::new();
        let metadata = r#"{"name": "a", "resourceVersion": "7", "managedFields": [{"manager": "oc"}]}"#;
        let object = engine.parse_json(format!(r#"{{"metadata": {metadata}}}"#), true).unwrap();
        let metadata = object["metadata"].clone();
        let fields = metadata.clone().cast::<Map>()["managedFields"].clone();
        for (value, is_there) in [(Dynamic::from(object), false), (metadata, false), (fields, true)] {
            let text = shown(&engine, &value).unwrap();
            assert_eq!(text.to_lowercase().contains("manager"), is_there, "{text}");
        }
    }

    #[test]
    fn one_object_is_yaml_and_a_secret_in_it_is_masked() {
        let mut engine = Engine::new();
        engine.register_fn("to_string", |secret: &mut Secret| secret.to_string());
        let map = Map::from([("a".into(), Dynamic::from(Secret::new("canary-7f3c")))]);
        assert_eq!(shown(&engine, &Dynamic::from(map)).unwrap().trim(), "a: •••");
    }

    #[test]
    fn objects_are_shown_as_a_cluster_shows_them() {
        let row = serde_json::json!({ "metadata": { "name": "a", "namespace": "n" }, "status": { "conditions": [{ "type": "Ready", "status": "False" }] } });
        assert_eq!(table(&[row]), "NAMESPACE  NAME  STATUS     AGE\nn          a     not Ready");
    }
}
