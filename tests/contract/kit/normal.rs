//! What differs from run to run, replaced by what it stands for: the same value always by the same placeholder.

use serde_json::{Map, Value};

/// What a case saw, in order: names and values.
pub type Transcript = Vec<(String, Value)>;

/// Replaces UIDs, versions, times and the case's own names.
#[derive(Debug, Default)]
pub struct Normal {
    /// Texts of this run, and what each stands for.
    known: Vec<(String, String)>,
    uids: Vec<String>,
    versions: Vec<String>,
}

/// Shapes of texts: `x` stands for a hexadecimal digit, `9` for a decimal one.
const UID: &str = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
const MICRO_TIME: &str = "9999-99-99T99:99:99.999999Z";
const TIME: &str = "9999-99-99T99:99:99Z";

impl Normal {
    /// Knows texts of this run, and what each stands for.
    pub fn new(known: Vec<(String, String)>) -> Self {
        Self { known, ..Self::default() }
    }

    /// A value without what differs from run to run.
    pub fn value(&mut self, value: &Value) -> Value {
        match value {
            Value::Object(map) => {
                let is_list = map.get("items").is_some_and(Value::is_array) || map.contains_key("rows");
                let mut normal = Map::new();
                for (field, value) in map {
                    let value = match (field.as_str(), value) {
                        ("metadata", Value::Object(metadata)) if is_list => self.list_metadata(metadata),
                        (field, Value::String(version))
                            if field.ends_with("resourceVersion") && is_number(version) =>
                        {
                            place(&mut self.versions, version, "version").into()
                        }
                        ("causes", Value::Array(causes)) => {
                            // A server names the fields in the order of a map, which is none.
                            let mut causes: Vec<_> = causes.iter().map(|cause| self.value(cause)).collect();
                            causes.sort_by_key(Value::to_string);
                            causes.into()
                        }
                        ("message", Value::String(text)) => self.message(text).into(),
                        _ => self.value(value),
                    };
                    normal.insert(self.text(field), value);
                }
                Value::Object(normal)
            }
            Value::Array(list) => list.iter().map(|item| self.value(item)).collect(),
            Value::String(text) => self.text(text).into(),
            plain => plain.clone(),
        }
    }

    /// A list is of the version of the whole server, which other cases move.
    fn list_metadata(&mut self, metadata: &Map<String, Value>) -> Value {
        let mut metadata = metadata.clone();
        for (field, stand_in) in [("resourceVersion", "<version of the list>"), ("continue", "<continue>")] {
            match metadata.get_mut(field) {
                Some(Value::String(text)) if !text.is_empty() => stand_in.clone_into(text),
                _ => {}
            }
        }
        self.value(&Value::Object(metadata))
    }

    /// A sentence without the order of its parts, which follows that of the causes, and without the whole objects
    /// that some quote.
    fn message(&mut self, text: &str) -> String {
        let mut text = self.text(text);
        if let Some(end) = text.find("is invalid: [").filter(|_| text.ends_with(']')) {
            let list = text.split_off(end + "is invalid: ".len());
            let inner = list.trim_start_matches('[').trim_end_matches(']');
            let mut parts: Vec<_> = inner.split(", ").collect();
            parts.sort_unstable();
            text = format!("{text}[{}]", parts.join(", "));
        }
        if let (Some(start), Some(end)) = (text.find("\"{\\\""), text.rfind("}\""))
            && start < end
        {
            text.replace_range(start..end + 2, "<the object>");
        }
        text
    }

    fn text(&mut self, text: &str) -> String {
        let mut text = text.to_owned();
        // UIDs and times go first: a version, such as 479, may be among their digits.
        while let Some(at) = find(&text, UID) {
            let uid = text[at..at + UID.len()].to_owned();
            let stand_in = place(&mut self.uids, &uid, "uid");
            text = text.replace(&uid, &stand_in);
        }
        for shape in [MICRO_TIME, TIME] {
            while let Some(at) = find(&text, shape) {
                text.replace_range(at..at + shape.len(), "<time>");
            }
        }
        for (known, stand_in) in &self.known {
            text = text.replace(known, stand_in);
        }
        text
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn place(known: &mut Vec<String>, value: &str, what: &str) -> String {
    let number = known.iter().position(|other| other == value).unwrap_or_else(|| {
        known.push(value.to_owned());
        known.len() - 1
    });
    format!("<{what} {}>", number + 1)
}

fn find(text: &str, shape: &str) -> Option<usize> {
    text.as_bytes().windows(shape.len()).position(|window| {
        window.iter().zip(shape.bytes()).all(|(byte, wanted)| match wanted {
            b'x' => byte.is_ascii_hexdigit(),
            b'9' => byte.is_ascii_digit(),
            other => *byte == other,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_same_value_has_the_same_placeholder_and_another_has_another() {
        let (one, other) = ("0b0c9a3e-8a5e-4f0c-9c57-0a1b2c3d4e5f", "1b0c9a3e-8a5e-4f0c-9c57-0a1b2c3d4e5f");
        let mut normal = Normal::new(vec![("c0ffee".into(), "<id>".into())]);
        let seen = normal.value(&json!([
            { "id": one, "resourceVersion": "17", "at": "2026-01-01T00:00:00Z", "said": format!("not {other}") },
            { "id": one, "resourceVersion": "18", "at": "2026-01-01T00:00:00.123456Z", "c0ffee.io": "17" },
            { "resourceVersion": "17" },
        ]));
        assert_eq!(
            seen,
            json!([
                { "id": "<uid 1>", "resourceVersion": "<version 1>", "at": "<time>", "said": "not <uid 2>" },
                { "id": "<uid 1>", "resourceVersion": "<version 2>", "at": "<time>", "<id>.io": "17" },
                { "resourceVersion": "<version 1>" },
            ])
        );
    }

    #[test]
    fn a_known_text_among_the_digits_of_a_uid_or_a_time_is_not_taken_for_it() {
        let mut normal = Normal::new(vec![("479".into(), "<its version>".into())]);
        let seen = normal.value(&json!([
            "50c2e5da-e36d-479f-97ae-ce302de6c671",
            "2026-01-01T00:00:00.479000Z",
            "the requested one (479)",
        ]));
        assert_eq!(seen, json!(["<uid 1>", "<time>", "the requested one (<its version>)"]));
    }

    #[test]
    fn the_version_of_a_list_is_not_compared_with_those_of_objects() {
        let seen = Normal::default()
            .value(&json!({ "metadata": { "resourceVersion": "9", "continue": "" }, "items": [] }));
        assert_eq!(
            seen,
            json!({ "metadata": { "resourceVersion": "<version of the list>", "continue": "" }, "items": [] })
        );
    }
}
