//! What metadata of every kind must look like: labels, annotations, finalizers, owners.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use crate::apiserver::kinds::Kind;
use crate::apiserver::status::Cause;

const NAME: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an \
     alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
     '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const KEY: &str = "a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end \
     with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
     '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. \
     'example.com/MyName')";
const VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and \
     must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for \
     validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const UNQUALIFIED: &str = "name is neither a standard finalizer name nor is it fully qualified";

/// The most that all annotations of an object may hold.
const MOST: usize = 256 << 10;

/// Finalizers that need no domain.
const STANDARD: [&str; 3] = ["foregroundDeletion", "kubernetes", "orphan"];

static WORD: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new("^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$").ok());

fn is_word(text: &str) -> bool {
    WORD.as_ref().is_some_and(|word| word.is_match(text))
}

/// Says what is wrong with the metadata of an object; that of a custom kind is held to less.
pub fn validate(kind: &Kind, object: &Value, causes: &mut Vec<Cause>) {
    let metadata = &object["metadata"];
    let mut wrong = |field: &str, value: &str, why: &str| {
        causes.push(Cause::new("FieldValueInvalid", field, format!("Invalid value: \"{value}\": {why}")));
    };
    for (key, value) in metadata["labels"].as_object().into_iter().flatten() {
        if let Some(why) = key_problem(key) {
            wrong("metadata.labels", key, why);
        }
        let value = value.as_str().unwrap_or_default();
        if value.len() > 63 {
            wrong("metadata.labels", value, "must be no more than 63 bytes");
        } else if !value.is_empty() && !is_word(value) {
            wrong("metadata.labels", value, VALUE);
        }
    }
    for key in metadata["annotations"].as_object().into_iter().flatten().map(|(key, _)| key) {
        // Annotations, unlike labels, may have capitals in their domain.
        if let Some(why) = key_problem(&key.to_lowercase()) {
            wrong("metadata.annotations", key, why);
        }
    }
    let annotations = metadata["annotations"].as_object().into_iter().flatten();
    let size: usize = annotations.map(|(key, value)| key.len() + value.as_str().map_or(0, str::len)).sum();
    if size > MOST {
        let message = format!("Too long: may not be more than {MOST} bytes");
        causes.push(Cause::new("FieldValueTooLong", "metadata.annotations", message));
    }
    let mut wrong = |field: &str, value: &str, why: &str| {
        causes.push(Cause::new("FieldValueInvalid", field, format!("Invalid value: \"{value}\": {why}")));
    };
    let finalizers = metadata["finalizers"].as_array().into_iter().flatten();
    for (index, name) in finalizers.filter_map(Value::as_str).enumerate() {
        if let Some(why) = key_problem(name) {
            wrong("metadata.finalizers", name, why);
        }
        if !kind.custom && !name.contains('/') && !STANDARD.contains(&name) {
            wrong(&format!("metadata.finalizers[{index}]"), name, UNQUALIFIED);
        }
    }
    owners(metadata, causes);
}

fn key_problem(key: &str) -> Option<&'static str> {
    let name = match key.split('/').collect::<Vec<_>>().as_slice() {
        [name] | [_, name] => *name,
        _ => return Some(KEY),
    };
    (!is_word(name)).then_some(NAME)
}

fn owners(metadata: &Value, causes: &mut Vec<Cause>) {
    let owners = metadata["ownerReferences"].as_array();
    for owner in owners.into_iter().flatten() {
        for (field, word) in
            [("apiVersion", "version must not be empty"), ("kind", ""), ("name", ""), ("uid", "")]
        {
            if owner[field].as_str().unwrap_or_default().is_empty() {
                let why = if word.is_empty() { "must not be empty" } else { word };
                causes.push(Cause::new(
                    "FieldValueInvalid",
                    format!("metadata.ownerReferences.{field}"),
                    format!("Invalid value: \"\": {why}"),
                ));
            }
        }
        if owner["kind"] == "Event" && owner["apiVersion"] == "v1" {
            let message =
                format!("Invalid value: {}: /v1, Kind=Event is disallowed from being an owner", shown(owner));
            causes.push(Cause::new("FieldValueInvalid", "metadata.ownerReferences", message));
        }
    }
    let controllers: Vec<_> =
        owners.into_iter().flatten().filter(|owner| owner["controller"] == true).collect();
    if let [first, second, ..] = controllers.as_slice() {
        let named = |owner: &Value| {
            let text = |field: &str| owner[field].as_str().unwrap_or_default().to_owned();
            format!("{}/{}", text("kind"), text("name"))
        };
        let all: Vec<_> = owners.into_iter().flatten().map(shown).collect();
        let message = format!(
            "Invalid value: [{}]: Only one reference can have Controller set to true. Found \"true\" in references for \
             {} and {}",
            all.join(","),
            named(first),
            named(second)
        );
        causes.push(Cause::new("FieldValueInvalid", "metadata.ownerReferences", message));
    }
}

/// An owner with its fields in the order of a real server.
fn shown(owner: &Value) -> String {
    let fields = ["apiVersion", "kind", "name", "uid", "controller", "blockOwnerDeletion"];
    let fields = fields.iter().filter_map(|field| Some(format!("\"{field}\":{}", owner.get(field)?)));
    format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
}
