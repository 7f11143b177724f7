//! The entries of `metadata.managedFields`: one a manager, operation and subresource.

use serde_json::{Value, json};

use super::set::FieldSet;
use crate::apiserver::meta;
use crate::apiserver::registry::{Part, Target, WriteOptions};

/// Who owns a set of fields.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The manager's name.
    pub manager: String,
    /// `Apply` or `Update`.
    pub operation: String,
    /// The version that the manager spoke.
    pub api_version: String,
    /// The subresource that it wrote; empty for the object itself.
    pub subresource: String,
    /// When it last changed something.
    pub time: String,
    /// What it owns.
    pub fields: FieldSet,
}

impl Entry {
    /// An entry without fields for the writer of a request.
    pub fn of(target: &Target, options: &WriteOptions, operation: &str) -> Self {
        let subresource = match target.part {
            Part::Whole | Part::Everything => options.subresource,
            Part::Status => "status",
            Part::Approval => "approval",
            Part::Finalize => "finalize",
        };
        Self {
            manager: options.manager.clone(),
            operation: operation.to_owned(),
            api_version: target.kind.api_version(&target.version),
            subresource: subresource.to_owned(),
            time: meta::now(),
            fields: FieldSet::default(),
        }
    }

    /// Whether both are of the same writer.
    pub fn is_same(&self, other: &Self) -> bool {
        self.manager == other.manager
            && self.operation == other.operation
            && self.subresource == other.subresource
    }

    /// The writer as a conflict names it.
    pub fn named(&self) -> String {
        let mut text = format!("\"{}\"", self.manager);
        if !self.subresource.is_empty() {
            text = format!("{text} with subresource \"{}\"", self.subresource);
        }
        if self.operation == "Update" {
            text = format!("{text} using {}", self.api_version);
        }
        text
    }

    fn write(&self) -> Value {
        let mut entry = json!({
            "manager": self.manager,
            "operation": self.operation,
            "apiVersion": self.api_version,
            "time": self.time,
            "fieldsType": "FieldsV1",
            "fieldsV1": self.fields.write(),
        });
        if !self.subresource.is_empty() {
            entry["subresource"] = self.subresource.clone().into();
        }
        entry
    }
}

/// Reads the entries of an object.
pub fn read(object: &Value) -> Vec<Entry> {
    let list = object.pointer("/metadata/managedFields").and_then(Value::as_array);
    let text = |entry: &Value, field: &str| entry[field].as_str().unwrap_or_default().to_owned();
    list.into_iter()
        .flatten()
        .filter(|entry| entry.get("fieldsV1").is_some())
        .map(|entry| Entry {
            manager: text(entry, "manager"),
            operation: text(entry, "operation"),
            api_version: text(entry, "apiVersion"),
            subresource: text(entry, "subresource"),
            time: text(entry, "time"),
            fields: FieldSet::read(&entry["fieldsV1"]),
        })
        .collect()
}

/// Writes the entries that own something.
pub fn write(object: &mut Value, entries: &[Entry]) {
    let list: Vec<_> = entries.iter().filter(|entry| !entry.fields.is_empty()).map(Entry::write).collect();
    let value = if list.is_empty() { Value::Null } else { list.into() };
    meta::set(object, "metadata", "managedFields", value);
}
