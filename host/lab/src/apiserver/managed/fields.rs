//! Which fields an object has, and which differ between two states of it.

use serde_json::{Map, Value};

use super::set::FieldSet;
use super::shape::{Items, Shape};

/// The edge to an item of a list; none where items are not told apart.
pub fn edge(items: &Items, item: &Value) -> Option<String> {
    match items {
        Items::Whole => None,
        Items::Set => Some(format!("v:{item}")),
        Items::Keys(keys) => {
            let mut key = Map::new();
            for (name, default) in keys {
                let value = item.get(name).filter(|value| !value.is_null()).unwrap_or(default);
                if !value.is_null() {
                    key.insert(name.clone(), value.clone());
                }
            }
            Some(format!("k:{}", Value::Object(key)))
        }
    }
}

/// The fields that `value` has.
pub fn fields_of(value: &Value, shape: Shape<'_>) -> FieldSet {
    let mut set = FieldSet::default();
    collect(value, shape, &mut Vec::new(), &mut set);
    set
}

fn collect(value: &Value, shape: Shape<'_>, path: &mut Vec<String>, set: &mut FieldSet) {
    match value {
        Value::Object(map) if !map.is_empty() && !shape.is_atomic() => {
            if shape.is_free() {
                set.insert(path);
            }
            for (name, below) in map {
                path.push(format!("f:{name}"));
                collect(below, shape.child(name), path, set);
                path.pop();
            }
        }
        Value::Array(list) if !list.is_empty() && shape.items() != Items::Whole => {
            let items = shape.items();
            for item in list {
                let Some(edge) = edge(&items, item) else { continue };
                path.push(edge);
                set.insert(path);
                if item.is_object() {
                    collect(item, shape.item(), path, set);
                }
                path.pop();
            }
        }
        _ => set.insert(path),
    }
}

/// What differs between two states.
#[derive(Debug, Default)]
pub struct Difference {
    /// Fields that came or changed.
    pub changed: FieldSet,
    /// Fields that went.
    pub removed: FieldSet,
}

/// Says what differs between `old` and `new`.
pub fn difference(old: &Value, new: &Value, shape: Shape<'_>) -> Difference {
    let mut found = Difference::default();
    compare(Some(old), Some(new), shape, &mut Vec::new(), &mut found);
    found
}

fn compare(
    old: Option<&Value>,
    new: Option<&Value>,
    shape: Shape<'_>,
    path: &mut Vec<String>,
    found: &mut Difference,
) {
    match (old.filter(|old| !old.is_null()), new.filter(|new| !new.is_null())) {
        (old, new) if old == new => {}
        (None, Some(new)) => {
            // A map that is new is owned as such, beside its fields; what a server's own types hold is always there.
            let data = ["data", "binaryData", "stringData"];
            let is_map = match shape {
                Shape::Schema(_) => true,
                Shape::Builtin { field, .. } => data.contains(&field),
                Shape::Root(_) | Shape::Free => false,
            };
            if path.len() > 1 || (path.len() == 1 && is_map) {
                found.changed.insert(path);
            }
            collect(new, shape, path, &mut found.changed);
        }
        (Some(old), None) => {
            found.removed.insert(path);
            collect(old, shape, path, &mut found.removed);
        }
        (Some(Value::Object(old)), Some(Value::Object(new))) if !shape.is_atomic() => {
            for name in old.keys().chain(new.keys().filter(|name| !old.contains_key(*name))) {
                path.push(format!("f:{name}"));
                compare(old.get(name), new.get(name), shape.child(name), path, found);
                path.pop();
            }
        }
        (Some(Value::Array(old)), Some(Value::Array(new))) if shape.items() != Items::Whole => {
            lists(old, new, shape, path, found);
        }
        _ => found.changed.insert(path),
    }
}

fn lists(old: &[Value], new: &[Value], shape: Shape<'_>, path: &mut Vec<String>, found: &mut Difference) {
    let items = shape.items();
    let edges = |list: &[Value]| list.iter().filter_map(|item| edge(&items, item)).collect::<Vec<_>>();
    let (before, after) = (edges(old), edges(new));
    let at = |edges: &[String], edge: &str| edges.iter().position(|other| other == edge);
    for edge in before.iter().chain(after.iter().filter(|edge| !before.contains(edge))) {
        path.push(edge.clone());
        let old = at(&before, edge).and_then(|index| old.get(index));
        let new = at(&after, edge).and_then(|index| new.get(index));
        compare(old, new, shape.item(), path, found);
        path.pop();
    }
}
