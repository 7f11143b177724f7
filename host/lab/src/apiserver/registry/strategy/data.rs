//! The data of config maps and secrets: keys that can be names of files, and not too much of it.

use serde_json::Value;

use crate::apiserver::status::Cause;

/// The most that an object may hold.
const LIMIT: usize = 1 << 20;

const KEY: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or \
     'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

/// Says what is wrong with the data.
pub fn validate(object: &Value, causes: &mut Vec<Cause>) {
    let is_secret = object["kind"] == "Secret";
    let mut size = 0;
    for field in ["data", "binaryData"] {
        for (key, value) in object[field].as_object().into_iter().flatten() {
            let length = value.as_str().map_or(0, str::len);
            // Base64 is counted as what it stands for.
            size += if field == "binaryData" || is_secret { length / 4 * 3 } else { length };
            let twice = field == "data" && object["binaryData"].get(key).is_some();
            let why = match key.as_str() {
                "." => Some("must not be '.'"),
                ".." => Some("must not be '..'"),
                key if key.bytes().any(|b| !b.is_ascii_alphanumeric() && !b"-_.".contains(&b)) => Some(KEY),
                _ if twice => Some("duplicate of key present in binaryData"),
                _ => None,
            };
            if let Some(why) = why {
                let message = format!("Invalid value: \"{key}\": {why}");
                causes.push(Cause::new("FieldValueInvalid", format!("{field}[{key}]"), message));
            }
        }
    }
    if size > LIMIT {
        let message = format!("Too long: may not be more than {LIMIT} bytes");
        causes.push(Cause::new("FieldValueTooLong", "[]", message));
    }
}
