//! Merging what an applier wants into an object, and taking out what it no longer wants.

use serde_json::{Map, Value};

use super::fields::edge;
use super::set::FieldSet;
use super::shape::{Items, Shape};

/// Puts `wanted` over `live`: maps by field, lists by item where items are told apart.
pub fn merge(live: Option<&Value>, wanted: &Value, shape: Shape<'_>) -> Value {
    match (live, wanted) {
        (Some(Value::Object(live)), Value::Object(wanted)) if !shape.is_atomic() => {
            let mut merged = live.clone();
            for (name, value) in wanted {
                let below = merge(live.get(name), value, shape.child(name));
                merged.insert(name.clone(), below);
            }
            Value::Object(merged)
        }
        (Some(Value::Array(live)), Value::Array(wanted)) if shape.items() != Items::Whole => {
            let items = shape.items();
            let mut merged = live.clone();
            for item in wanted {
                let id = edge(&items, item);
                match merged.iter().position(|other| edge(&items, other) == id) {
                    Some(place) => merged[place] = merge(Some(&merged[place]), item, shape.item()),
                    None => merged.push(item.clone()),
                }
            }
            Value::Array(merged)
        }
        _ => wanted.clone(),
    }
}

/// Takes the fields `gone` out of `value`, but nothing at or above a field of `kept`.
pub fn prune(value: &mut Value, gone: &FieldSet, kept: &FieldSet, shape: Shape<'_>) {
    let none = FieldSet::default();
    for (step, below) in &gone.children {
        let still = kept.children.get(step);
        let is_whole = still.is_none() && below.member;
        match value {
            Value::Object(map) => {
                let Some(name) = step.strip_prefix("f:") else { continue };
                if is_whole {
                    map.remove(name);
                    continue;
                }
                let Some(child) = map.get_mut(name) else { continue };
                prune(child, below, still.unwrap_or(&none), shape.child(name));
                if still.is_none() && is_hollow(child) {
                    map.remove(name);
                }
            }
            Value::Array(list) => {
                let items = shape.items();
                let is_it = |item: &Value| edge(&items, item).as_ref() == Some(step);
                if is_whole {
                    list.retain(|item| !is_it(item));
                } else if let Some(item) = list.iter_mut().find(|item| is_it(item)) {
                    prune(item, below, still.unwrap_or(&none), shape.item());
                }
            }
            _ => {}
        }
    }
}

fn is_hollow(value: &Value) -> bool {
    value.as_object().is_some_and(Map::is_empty) || value.as_array().is_some_and(Vec::is_empty)
}
