//! How a world is in the end, without what differs from one run to the next: times, UIDs, names that servers draw.

use std::collections::BTreeMap;
use std::time::Instant;

use regex::Regex;
use serde_json::{Map, Value, json};

use crate::kit::{LONG, Objects};

/// The objects as one text each, with how often each is there: comparable between two worlds of the same scenario.
pub type Comparable = BTreeMap<String, usize>;

/// What servers draw: each is shown as one word.
const DRAWN: [(&str, &str); 11] = [
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "TIME"),
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "UID"),
    (r"\d{4}-\d\d-\d\d_\d{6}", "STAMP"),
    (r"-\d{6}\b", "-STAMP"),
    (r"recovery-[0-9a-f]{8}", "recovery-RUN"),
    (r"127\.0\.0\.1:\d+", "ADDRESS"),
    (r"172\.30\.\d+\.\d+", "SERVICE-ADDRESS"),
    (r#"X-Amz-(Date|Signature|Credential)=[^&"]*"#, "SIGNED"),
    (r"\b(vol|snap|i)-[0-9a-f]{8,}", "CLOUD"),
    (r"\b[0-9a-f]{9,}\b", "HASH"),
    (r#"-[bcdfghjklmnpqrstvwxz2456789]{5}(["/ ])"#, "-DRAWN$1"),
];

/// Looks until nothing is wrong any more, and says what still is after a long time: controllers that a run does not wait
/// for take a moment to come to rest after it.
pub fn eventually(mut look: impl FnMut() -> Vec<String>) -> Vec<String> {
    let began = Instant::now();
    loop {
        let wrong = look();
        if wrong.is_empty() || began.elapsed() > LONG {
            return wrong;
        }
    }
}

/// Waits until every Deployment is available that should be: what other runs are compared with must be at rest.
pub fn rest(objects: impl Fn() -> Objects) {
    let wrong = eventually(|| objects().iter().filter_map(unavailable).collect());
    assert!(wrong.is_empty(), "{wrong:?}");
}

fn unavailable(((kind, namespace, name), object): (&(String, String, String), &Value)) -> Option<String> {
    let conditions = object["status"]["conditions"].as_array();
    let is_available =
        || conditions.into_iter().flatten().any(|one| one["type"] == "Available" && one["status"] == "True");
    let is_wanted = kind.starts_with("Deployment") && object["spec"]["replicas"] != json!(0);
    (is_wanted && !is_available()).then(|| format!("{kind} {namespace}/{name} is not available"))
}

/// The objects of one side.
pub fn comparable(objects: &Objects) -> Comparable {
    let those = objects.iter().filter(|((kind, _, _), _)| !is_fleeting(kind));
    counted(those.map(|((kind, namespace, name), object)| {
        format!("{kind} {namespace}/{name} {}", lasting(kind, object.clone()))
    }))
}

/// Texts without what servers draw, counted.
pub fn counted(texts: impl Iterator<Item = String>) -> Comparable {
    let drawn = DRAWN.map(|(pattern, word)| (Regex::new(pattern).unwrap(), word));
    let mut counts = Comparable::new();
    for text in texts {
        let plain =
            drawn.iter().fold(text, |text, (pattern, word)| pattern.replace_all(&text, *word).into_owned());
        *counts.entry(plain).or_default() += 1;
    }
    counts
}

/// What tells of the way instead of the end.
fn is_fleeting(kind: &str) -> bool {
    ["Event", "Lease", "PodMetrics", "Endpoint"].iter().any(|word| kind.starts_with(word))
}

fn lasting(kind: &str, mut object: Value) -> Value {
    if let Some(metadata) = object["metadata"].as_object_mut() {
        for field in ["uid", "resourceVersion", "generation", "managedFields", "creationTimestamp"] {
            metadata.remove(field);
        }
    }
    if kind == "Secret" {
        // Each world draws its own keys: which there are is what can be compared.
        for field in ["data", "stringData"] {
            let keys: Option<Vec<&String>> = object[field].as_object().map(|fields| fields.keys().collect());
            object[field] = json!(keys);
        }
    }
    if let Some(data) = object["data"].as_object().filter(|data| data.keys().all(|key| is_hash(key))) {
        // By what the keys stand for, not by the keys that are drawn.
        let mut values: Vec<String> = data.values().map(Value::to_string).collect();
        values.sort();
        object["data"] = json!(values);
    }
    if kind == "Pod" && object["metadata"]["namespace"] == "openshift-ovn-kubernetes" {
        // Its operator goes on bringing out the addresses of new hosts; what they shall be stands in the daemon set.
        object["spec"] = Value::Null;
    }
    if let Some(spec) = object["spec"].as_object_mut() {
        spec.remove("nodeName");
    }
    let conditions = object["status"]["conditions"].as_array().cloned().unwrap_or_default();
    let verdicts: Map<String, Value> = conditions
        .into_iter()
        .map(|one| (one["type"].as_str().unwrap_or_default().to_owned(), one["status"].clone()))
        .collect();
    object["status"] = verdicts.into();
    object
}

fn is_hash(key: &str) -> bool {
    key.len() > 8 && key.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// What one has and the other has not, shortened for a message.
pub fn difference(expected: &Comparable, found: &Comparable) -> Vec<String> {
    let missing = expected.iter().filter(|(text, count)| found.get(*text) < Some(count));
    let more: Vec<&String> = found
        .iter()
        .filter(|(text, count)| expected.get(*text) < Some(count))
        .map(|(text, _)| text)
        .collect();
    let told = |(text, _): (&String, &usize)| {
        let name = text.split(" {").next().unwrap_or(text);
        match more.iter().find(|other| other.starts_with(name)) {
            Some(other) => format!("different: {name}: {}", apart(text, other)),
            None => format!("missing: {name}"),
        }
    };
    let added = more.iter().filter(|text| {
        let name = text.split(" {").next().unwrap_or(text);
        !expected.keys().any(|other| other.starts_with(name))
    });
    let added = added.map(|text| format!("too much: {}", text.chars().take(200).collect::<String>()));
    missing.map(told).chain(added).collect()
}

/// Where two texts part, with what stands around it.
fn apart(one: &str, other: &str) -> String {
    let same = one.chars().zip(other.chars()).take_while(|(left, right)| left == right).count();
    let around = |text: &str| text.chars().skip(same.saturating_sub(60)).take(200).collect::<String>();
    format!("`{}` became `{}`", around(one), around(other))
}
