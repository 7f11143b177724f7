//! Who owns which field of an object (`metadata.managedFields`), and server-side apply.

mod apply;
mod entries;
mod fields;
mod merge;
mod set;
mod shape;

use serde_json::Value;

pub use apply::apply;

use super::registry::{Part, Target, WriteOptions};
use entries::Entry;
use fields::difference;
use set::FieldSet;
use shape::Shape;

/// Fields of the metadata that the server keeps, and nobody owns.
const SERVER_SET: [&str; 10] = [
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generateName",
    "generation",
    "managedFields",
    "name",
    "namespace",
    "resourceVersion",
    "uid",
];

/// Records which fields the writer changed from `old` to `new`: they become its own, and nobody else's.
pub fn record(target: &Target, options: &WriteOptions, old: &Value, new: &mut Value) {
    let reset = new.pointer("/metadata/managedFields").and_then(Value::as_array).is_some_and(|list| {
        list.iter().all(|entry| entry.as_object().is_some_and(serde_json::Map::is_empty))
    });
    // What the writer says of the owners counts, if it says anything: that is how clients hand fields over.
    let given = entries::read(new);
    let known = match (reset, given.is_empty()) {
        (true, _) => Vec::new(),
        (false, true) => entries::read(old),
        (false, false) => given,
    };
    let empty = serde_json::json!({});
    let mut found =
        difference(if old.is_null() { &empty } else { old }, new, Shape::of(&target.kind, &target.version));
    keep_owned(target, &mut found.changed);
    keep_owned(target, &mut found.removed);
    let touched = found.changed.union(&found.removed);
    let mut mine = Entry::of(target, options, "Update");
    let mut list = Vec::new();
    for mut entry in known {
        if entry.is_same(&mine) {
            if touched.is_empty() {
                mine.time.clone_from(&entry.time);
            }
            mine.fields = entry.fields;
        } else {
            entry.fields = entry.fields.difference(&touched);
            list.push(entry);
        }
    }
    mine.fields = mine.fields.union(&found.changed).difference(&found.removed.difference(&found.changed));
    list.push(mine);
    entries::write(new, &list);
}

/// Takes away what nobody can own, and what this write cannot reach.
fn keep_owned(target: &Target, set: &mut FieldSet) {
    set.member = false;
    set.cut(&["f:apiVersion"]);
    set.cut(&["f:kind"]);
    for field in SERVER_SET {
        set.cut(&["f:metadata", &format!("f:{field}")]);
    }
    if let Some(metadata) = set.children.get_mut("f:metadata") {
        metadata.member = false;
        if metadata.is_empty() {
            set.children.remove("f:metadata");
        }
    }
    match target.part {
        Part::Whole if target.kind.status => set.cut(&["f:status"]),
        Part::Status => set.children.retain(|edge, _| edge == "f:status"),
        _ => {}
    }
}
