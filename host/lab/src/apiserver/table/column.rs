//! What a column of the server's own kinds is, and the small readers that columns share.

use jiff::Timestamp;
use serde_json::Value;

use super::age;
use crate::apiserver::meta;

/// Reads a cell from an object.
pub type Read = fn(&Row) -> Value;

/// A column of a builtin kind.
#[derive(Clone, Copy)]
pub struct Builtin {
    /// The heading, which kubectl writes in capitals.
    pub heading: &'static str,
    /// The type, such as `string` or `integer`.
    pub type_: &'static str,
    /// Whether only the wide form shows it.
    pub wide: bool,
    /// How a cell is read.
    pub read: Read,
}

/// One object, and the time at which it is shown.
pub struct Row<'a> {
    /// The object.
    pub object: &'a Value,
    /// When it is shown.
    pub now: Timestamp,
}

/// A column of text.
pub const fn text(heading: &'static str, read: Read) -> Builtin {
    Builtin { heading, type_: "string", wide: false, read }
}

/// A column of numbers.
pub const fn number(heading: &'static str, read: Read) -> Builtin {
    Builtin { heading, type_: "integer", wide: false, read }
}

/// A column that only the wide form shows.
pub const fn wide(heading: &'static str, read: Read) -> Builtin {
    Builtin { heading, type_: "string", wide: true, read }
}

/// The name.
pub const NAME: Builtin = text("Name", |row| row.at("/metadata/name").into());

/// How long ago the object was created.
pub const AGE: Builtin = text("Age", |row| row.age("/metadata/creationTimestamp").into());

/// When the object was created.
pub const CREATED: Builtin = text("Created At", |row| row.at("/metadata/creationTimestamp").into());

impl<'a> Row<'a> {
    /// The text at a pointer, or an empty text.
    pub fn at(&self, pointer: &str) -> &'a str {
        meta::text(self.object, pointer)
    }

    /// The text at a pointer, or `<none>`.
    pub fn or_none(&self, pointer: &str) -> Value {
        self.or(pointer, "<none>")
    }

    /// The text at a pointer, or another.
    pub fn or(&self, pointer: &str, other: &str) -> Value {
        let text = self.at(pointer);
        (if text.is_empty() { other } else { text }).into()
    }

    /// The number at a pointer, or 0.
    pub fn count(&self, pointer: &str) -> i64 {
        self.object.pointer(pointer).and_then(Value::as_i64).unwrap_or(0)
    }

    /// The value at a pointer as people read it, such as `true`, `2` or `50%`; or another text.
    pub fn shown(&self, pointer: &str, other: &str) -> String {
        match self.object.pointer(pointer) {
            None | Some(Value::Null) => other.to_owned(),
            Some(Value::String(text)) => text.clone(),
            Some(value) => value.to_string(),
        }
    }

    /// The list at a pointer, or an empty one.
    pub fn list(&self, pointer: &str) -> &'a [Value] {
        self.object.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// How many entries the maps at these pointers have together.
    pub fn entries(&self, pointers: &[&str]) -> usize {
        let size = |pointer: &&str| {
            self.object.pointer(pointer).and_then(Value::as_object).map_or(0, serde_json::Map::len)
        };
        pointers.iter().map(size).sum()
    }

    /// How long ago the time at a pointer was.
    pub fn age(&self, pointer: &str) -> String {
        age::since(self.at(pointer), self.now)
    }

    /// One field of every element of a list, in one text.
    pub fn joined(&self, list: &str, field: &str) -> Value {
        let fields: Vec<_> = self.list(list).iter().filter_map(|element| element[field].as_str()).collect();
        fields.join(",").into()
    }

    /// The labels at a pointer as a selector, or `<none>`.
    pub fn selector(&self, pointer: &str) -> Value {
        let labels = self.object.pointer(pointer).and_then(Value::as_object);
        let pairs: Vec<_> = labels
            .into_iter()
            .flatten()
            .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
            .collect();
        if pairs.is_empty() { "<none>".into() } else { pairs.join(",").into() }
    }
}
