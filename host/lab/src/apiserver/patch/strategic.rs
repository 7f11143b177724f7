//! Strategic merge patches: lists of named things are merged by their key.

use serde_json::{Map, Value};

use crate::apiserver::status::Status;

/// How a list is merged.
enum Strategy {
    /// Items are the same if this field is.
    Key(&'static str),
    /// A set of plain values.
    Set,
    /// The patch takes the list's place.
    Replace,
}

/// What the API types say of a list, by its field and the field that its object stands in.
fn strategy(parent: &str, field: &str) -> Strategy {
    match field {
        "containers"
        | "initContainers"
        | "ephemeralContainers"
        | "env"
        | "volumes"
        | "imagePullSecrets"
        | "webhooks" => Strategy::Key("name"),
        "secrets" if parent.is_empty() => Strategy::Key("name"),
        "volumeMounts" => Strategy::Key("mountPath"),
        "volumeDevices" => Strategy::Key("devicePath"),
        "ports" if parent == "spec" => Strategy::Key("port"),
        "ports" => Strategy::Key("containerPort"),
        "topologySpreadConstraints" => Strategy::Key("topologyKey"),
        "conditions" | "addresses" => Strategy::Key("type"),
        "taints" => Strategy::Key("key"),
        "ownerReferences" => Strategy::Key("uid"),
        "hostAliases" | "hostIPs" | "podIPs" => Strategy::Key("ip"),
        "finalizers" | "podCIDRs" | "volumesInUse" => Strategy::Set,
        _ => Strategy::Replace,
    }
}

/// Applies a strategic merge patch, as builtin kinds take it.
///
/// Errors: 400 if the patch is no object, or an item of a merged list lacks its key.
pub fn strategic(current: &Value, patch: &Value) -> Result<Value, Status> {
    let Value::Object(patch) = patch else { return Err(Status::bad_request("the patch is no object")) };
    let mut next = current.as_object().cloned().unwrap_or_default();
    object(&mut next, patch, "")?;
    Ok(Value::Object(next))
}

fn object(current: &mut Map<String, Value>, patch: &Map<String, Value>, parent: &str) -> Result<(), Status> {
    match patch.get("$patch").and_then(Value::as_str) {
        Some("replace") => {
            current.clone_from(patch);
            current.remove("$patch");
            return Ok(());
        }
        Some("delete") => {
            current.clear();
            return Ok(());
        }
        Some("merge") | None => {}
        Some(other) => return Err(Status::bad_request(format!("unknown $patch directive {other:?}"))),
    }
    for (field, value) in patch {
        if field == "$patch" || field == "$retainKeys" || field.starts_with("$setElementOrder/") {
            continue;
        }
        if let Some(field) = field.strip_prefix("$deleteFromPrimitiveList/") {
            if let (Some(Value::Array(list)), Value::Array(gone)) = (current.get_mut(field), value) {
                list.retain(|item| !gone.contains(item));
            }
            continue;
        }
        match value {
            Value::Null => {
                current.remove(field);
            }
            Value::Object(patch) => {
                let slot = current.entry(field.clone()).or_insert_with(|| Value::Object(Map::new()));
                if !slot.is_object() {
                    *slot = Value::Object(Map::new());
                }
                if let Value::Object(slot) = slot {
                    object(slot, patch, field)?;
                }
            }
            Value::Array(items) => {
                let now = current.get(field).and_then(Value::as_array).cloned().unwrap_or_default();
                let order = patch.get(&format!("$setElementOrder/{field}")).and_then(Value::as_array);
                current.insert(field.clone(), list(now, items, parent, field, order)?.into());
            }
            plain => {
                current.insert(field.clone(), plain.clone());
            }
        }
    }
    if let Some(kept) = patch.get("$retainKeys").and_then(Value::as_array) {
        current.retain(|field, _| kept.iter().any(|kept| kept == field));
    }
    for (order, wanted) in patch.iter().filter_map(|(f, v)| Some((f.strip_prefix("$setElementOrder/")?, v))) {
        if let (Some(Value::Array(now)), Some(wanted), false) =
            (current.get_mut(order), wanted.as_array(), patch.contains_key(order))
        {
            sort(now, wanted, &strategy(parent, order));
        }
    }
    Ok(())
}

fn list(
    mut now: Vec<Value>,
    items: &[Value],
    parent: &str,
    field: &str,
    order: Option<&Vec<Value>>,
) -> Result<Vec<Value>, Status> {
    let strategy = strategy(parent, field);
    if items.iter().any(|item| item["$patch"] == "replace") {
        return Ok(items.iter().filter(|item| item.get("$patch").is_none()).cloned().collect());
    }
    let before = now.clone();
    match strategy {
        Strategy::Replace => return Ok(items.to_vec()),
        Strategy::Set => {
            for item in items {
                if !now.contains(item) {
                    now.push(item.clone());
                }
            }
        }
        Strategy::Key(key) => {
            for item in items {
                let (Value::Object(patch), Some(id)) = (item, item.get(key)) else {
                    let message = format!("map: {item} does not contain declared merge key: {key}");
                    return Err(Status::bad_request(message));
                };
                let place = now.iter().position(|old| old.get(key) == Some(id));
                if item["$patch"] == "delete" {
                    if let Some(place) = place {
                        now.remove(place);
                    }
                    continue;
                }
                if let Some(old) = place.and_then(|place| now[place].as_object_mut()) {
                    object(old, patch, field)?;
                } else {
                    let mut new = Map::new();
                    object(&mut new, patch, field)?;
                    now.push(Value::Object(new));
                }
            }
        }
    }
    match order {
        Some(order) => sort(&mut now, order, &strategy),
        None => now = patched_first(now, &before, items, &strategy),
    }
    Ok(now)
}

/// Puts the items that a patch names in its order; others stay before those that they stood before.
fn patched_first(now: Vec<Value>, before: &[Value], patch: &[Value], strategy: &Strategy) -> Vec<Value> {
    let same = |one: &Value, other: &Value| match strategy {
        Strategy::Key(key) => one.get(key) == other.get(key),
        _ => one == other,
    };
    let place = |list: &[Value], item: &Value| list.iter().position(|other| same(other, item));
    let (mut named, others): (Vec<_>, Vec<_>) =
        now.into_iter().partition(|item| place(patch, item).is_some());
    named.sort_by_key(|item| place(patch, item));
    let (mut named, mut others) = (named.into_iter().peekable(), others.into_iter().peekable());
    let mut ordered = Vec::new();
    while let (Some(one), Some(other)) = (named.peek(), others.peek()) {
        let first =
            place(before, one).is_some_and(|at| place(before, other).is_some_and(|earlier| earlier < at));
        ordered.extend(if first { others.next() } else { named.next() });
    }
    ordered.extend(named);
    ordered.extend(others);
    ordered
}

/// Puts items in the order that the client names; items that it does not name keep to their neighbours.
fn sort(items: &mut [Value], order: &[Value], strategy: &Strategy) {
    let place = |item: &Value| match strategy {
        Strategy::Key(key) => order.iter().position(|wanted| wanted.get(key) == item.get(key)),
        _ => order.iter().position(|wanted| wanted == item),
    };
    let mut last = 0;
    let mut ranked: Vec<_> = items
        .iter()
        .map(|item| {
            last = place(item).unwrap_or(last);
            (last, item.clone())
        })
        .collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    for (slot, (_, item)) in items.iter_mut().zip(ranked) {
        *slot = item;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn deployment() -> Value {
        json!({ "metadata": { "finalizers": ["a"] }, "spec": { "replicas": 1, "template": { "spec": {
            "containers": [
                { "name": "one", "image": "i1", "env": [{ "name": "A", "value": "1" }], "args": ["x"] },
                { "name": "two", "image": "i2" },
            ],
            "tolerations": [{ "key": "k" }] } } } })
    }

    #[test]
    fn lists_of_named_things_are_merged_by_their_key_and_others_replaced() {
        let patch = json!({ "metadata": { "finalizers": ["b"] }, "spec": { "template": { "spec": {
            "containers": [
                { "name": "one", "env": [{ "name": "B", "value": "2" }], "args": ["y"] },
                { "name": "two", "$patch": "delete" },
            ],
            "tolerations": [] } } } });
        let next = strategic(&deployment(), &patch).unwrap();
        assert_eq!(next["metadata"]["finalizers"], json!(["b", "a"]));
        let spec = &next["spec"]["template"]["spec"];
        assert_eq!(spec["tolerations"], json!([]));
        assert_eq!(
            spec["containers"],
            json!([{ "name": "one", "image": "i1", "args": ["y"],
                "env": [{ "name": "B", "value": "2" }, { "name": "A", "value": "1" }] }])
        );
    }

    #[test]
    fn directives_replace_delete_and_order() {
        let patch = json!({
            "metadata": { "$deleteFromPrimitiveList/finalizers": ["a"] },
            "spec": { "template": { "spec": {
                "$setElementOrder/containers": [{ "name": "three" }, { "name": "two" }, { "name": "one" }],
                "containers": [{ "name": "three", "image": "i3" }] } } } });
        let next = strategic(&deployment(), &patch).unwrap();
        assert_eq!(next["metadata"]["finalizers"], json!([]));
        let containers = next["spec"]["template"]["spec"]["containers"].as_array().unwrap();
        let names: Vec<_> = containers.iter().map(|c| c["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["three", "two", "one"]);
        let replaced = strategic(&deployment(), &json!({ "spec": { "$patch": "replace", "x": 1 } })).unwrap();
        assert_eq!(replaced["spec"], json!({ "x": 1 }));
    }

    #[test]
    fn an_item_without_its_key_is_refused() {
        let patch = json!({ "spec": { "containers": [{ "image": "i" }] } });
        assert!(strategic(&json!({}), &patch).unwrap_err().message.contains("merge key: name"));
    }
}
