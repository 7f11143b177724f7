//! Which parts of a Kubernetes object are secret, and their form inside and outside of scripts.
//!
//! Secret are the data of a Secret, and the presigned URLs in the `restoreSnapshotURL` of HyperShift's objects.

use std::fmt;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rhai::{Array, Dynamic, Map};
use serde_json::Value;

use super::{Exposure, to_dynamic, to_json};
use crate::problem::Problem;
use crate::secret::Secret;

/// Where kubectl keeps a copy of the whole object, secrets included.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Where HyperShift's objects hold the presigned URLs to restore from.
const SNAPSHOT_URLS: &[&str] = &["spec", "etcd", "managed", "storage", "restoreSnapshotURL"];

/// Whether what stands at `path` of an object of the kind is secret.
#[must_use]
pub fn is_sensitive(kind: &str, path: &[String]) -> bool {
    let begins = |start: &[&str]| path.len() >= start.len() && path.iter().zip(start).all(|(a, b)| a == b);
    match kind {
        "Secret" => {
            begins(&["data"]) || begins(&["stringData"]) || begins(&["metadata", "annotations", LAST_APPLIED])
        }
        "HostedCluster" | "HostedControlPlane" => begins(SNAPSHOT_URLS),
        _ => false,
    }
}

/// Keeps a value as a secret of the run.
type Keep<'a> = &'a dyn Fn(&str) -> Secret;

/// Secret bytes that are not text, such as a Java key store; they go back as they came.
#[derive(Clone, PartialEq, Eq)]
pub struct BinarySecret {
    encoded: Secret,
}

impl BinarySecret {
    /// The bytes in base64, for the code that hands them to a wire.
    #[must_use]
    pub fn encoded(&self) -> &str {
        self.encoded.expose()
    }
}

impl fmt::Display for BinarySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.encoded, f)
    }
}

impl fmt::Debug for BinarySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.encoded, f)
    }
}

/// Turns a Kubernetes object into a script's map, its secret parts into [`Secret`]s kept by `keep`.
///
/// The `data` of a Secret is decoded: a script sees the value, not its base64. What is no Kubernetes object passes
/// unchanged; the items of a list are treated one by one.
pub fn object_to_dynamic(object: Value, keep: Keep<'_>) -> Dynamic {
    let Value::Object(mut fields) = object else { return to_dynamic(object) };
    let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (kind, version) = (text("kind"), text("apiVersion"));
    let mut hidden: Vec<(&[&str], Dynamic)> = Vec::new();
    if kind == "Secret" && version == "v1" {
        hide(&mut fields, &["data"], &mut hidden, |data| hide_values(data, keep, decoded));
        hide(&mut fields, &["stringData"], &mut hidden, |data| hide_values(data, keep, plain));
        let annotation: &[&str] = &["metadata", "annotations", LAST_APPLIED];
        hide(&mut fields, annotation, &mut hidden, |copy| hide_text(copy, &Secret::new));
    } else if matches!(kind.as_str(), "HostedCluster" | "HostedControlPlane") {
        hide(&mut fields, SNAPSHOT_URLS, &mut hidden, |urls| hide_list(urls, keep));
    } else if kind.ends_with("List")
        && let Some(Value::Array(items)) = fields.remove("items")
    {
        let items: Array = items.into_iter().map(|item| object_to_dynamic(item, keep)).collect();
        hidden.push((&["items"], Dynamic::from(items)));
    }
    let mut whole = to_dynamic(Value::Object(fields));
    for (path, value) in hidden {
        put(&mut whole, path, value);
    }
    whole
}

/// Turns a script's Kubernetes object into the JSON that the API takes: secrets stand in it, `data` in base64.
///
/// In the `data` of a Secret a plain string counts as base64 already, as it does in YAML. Errors: `invalid`.
pub fn object_to_json(object: &Dynamic) -> Result<Value, Problem> {
    let text = |name: &str| {
        let map = object.read_lock::<Map>()?;
        map.get(name)?.clone().into_string().ok()
    };
    let is_secret = text("kind").as_deref() == Some("Secret") && text("apiVersion").as_deref() == Some("v1");
    let is_list = text("kind").is_some_and(|kind| kind.ends_with("List"));
    if is_secret {
        return secrets_to_json(object);
    }
    let mut json = to_json(object, Exposure::Exposed)?;
    if is_list
        && let Some(map) = object.read_lock::<Map>()
        && let Some(items) = map.get("items").and_then(Dynamic::read_lock::<Array>)
    {
        json["items"] = items.iter().map(object_to_json).collect::<Result<Vec<Value>, Problem>>()?.into();
    }
    Ok(json)
}

/// Does what [`object_to_json`] does for a Secret, also where the object does not say that it is one: a patch,
/// be it a map or a list of operations.
pub fn secrets_to_json(object: &Dynamic) -> Result<Value, Problem> {
    let mut json = to_json(object, Exposure::Exposed)?;
    if let Some(operations) = object.read_lock::<Array>() {
        for (index, operation) in operations.iter().enumerate() {
            let for_data = json[index]["path"].as_str().is_some_and(|path| path.starts_with("/data/"));
            let operation = operation.read_lock::<Map>();
            let value = operation.as_ref().and_then(|operation| operation.get("value"));
            if let Some(secret) = value.and_then(Dynamic::read_lock::<Secret>)
                && for_data
            {
                json[index]["value"] = STANDARD.encode(secret.expose()).into();
            }
        }
    }
    if let Some(map) = object.read_lock::<Map>()
        && let Some(data) = map.get("data").and_then(Dynamic::read_lock::<Map>)
    {
        for (key, value) in data.iter() {
            if let Some(secret) = value.read_lock::<Secret>() {
                json["data"][key.as_str()] = STANDARD.encode(secret.expose()).into();
            }
        }
    }
    Ok(json)
}

/// Takes the value at `path` out and keeps its hidden form for later.
fn hide<'p>(
    fields: &mut serde_json::Map<String, Value>,
    path: &'p [&'p str],
    hidden: &mut Vec<(&'p [&'p str], Dynamic)>,
    how: impl FnOnce(Value) -> Dynamic,
) {
    let Some((last, parents)) = path.split_last() else { return };
    let mut place = fields;
    for parent in parents {
        let Some(Value::Object(inner)) = place.get_mut(*parent) else { return };
        place = inner;
    }
    if let Some(value) = place.remove(*last) {
        hidden.push((path, how(value)));
    }
}

/// Puts a hidden form back to where the value was.
fn put(whole: &mut Dynamic, path: &[&str], value: Dynamic) {
    let Some(mut map) = whole.write_lock::<Map>() else { return };
    match path {
        [] => {}
        [last] => {
            map.insert((*last).into(), value);
        }
        [first, rest @ ..] => {
            if let Some(inner) = map.get_mut(*first) {
                put(inner, rest, value);
            }
        }
    }
}

fn hide_values(data: Value, keep: Keep<'_>, how: fn(&str, &str, Keep<'_>) -> Dynamic) -> Dynamic {
    let Value::Object(fields) = data else { return to_dynamic(data) };
    let map = fields.into_iter().map(|(key, value)| {
        let hidden = match &value {
            Value::String(text) => how(&key, text, keep),
            _ => to_dynamic(value),
        };
        (key.into(), hidden)
    });
    Dynamic::from(map.collect::<Map>())
}

fn hide_text(value: Value, keep: &dyn Fn(String) -> Secret) -> Dynamic {
    match value {
        Value::String(text) => Dynamic::from(keep(text)),
        other => to_dynamic(other),
    }
}

fn hide_list(list: Value, keep: Keep<'_>) -> Dynamic {
    let Value::Array(items) = list else { return to_dynamic(list) };
    Dynamic::from(items.into_iter().map(|item| hide_text(item, &|text| keep(&text))).collect::<Array>())
}

fn plain(key: &str, text: &str, keep: Keep<'_>) -> Dynamic {
    Dynamic::from(if is_telling(key, text) { keep(text) } else { Secret::new(text) })
}

fn decoded(key: &str, text: &str, keep: Keep<'_>) -> Dynamic {
    let compact: String = text.split_ascii_whitespace().collect();
    match STANDARD.decode(&compact).map(String::from_utf8) {
        Ok(Ok(value)) => plain(key, &value, keep),
        _ => Dynamic::from(BinarySecret { encoded: keep(&compact) }),
    }
}

/// Whether a value gives something away where it is seen.
///
/// A service account's Secret also holds its namespace and a public certificate: were they cut out of every text,
/// no message could name the namespace any more.
fn is_telling(key: &str, value: &str) -> bool {
    let public = key == "namespace" || Path::new(key).extension().is_some_and(|kind| kind == "crt");
    let a_word = value.len() < 24 && value.chars().all(|c| c.is_ascii_lowercase() || c == '-' || c == '.');
    !public && !a_word
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(object: &Dynamic) -> String {
        format!("{object:?}")
    }

    #[test]
    fn the_data_of_a_secret_is_hidden_and_comes_back_byte_for_byte() {
        let object = json!({
            "apiVersion": "v1", "kind": "Secret",
            "metadata": {"name": "pull", "annotations": {LAST_APPLIED: "canary-in-a-copy", "other": "seen"}},
            "data": {
                "text": STANDARD.encode("canary-7f3c"), "binary": STANDARD.encode([0_u8, 159, 146, 150]),
                "empty": "", "unicode": STANDARD.encode("ключ"),
            },
            "stringData": {"more": "canary-8"},
        });
        let inside = object_to_dynamic(object.clone(), &|text| Secret::new(text));
        let text = shown(&inside);
        assert!(!text.contains("canary") && !text.contains(&STANDARD.encode("canary-7f3c")), "{text}");
        assert!(text.contains("seen"));
        assert_eq!(object_to_json(&inside).unwrap(), object);
    }

    #[test]
    fn a_script_sees_the_value_of_a_secret_and_not_its_base64() {
        let object =
            json!({"apiVersion": "v1", "kind": "Secret", "data": {"key": STANDARD.encode("canary-7f3c")}});
        let inside = object_to_dynamic(object, &|text| Secret::new(text)).cast::<Map>();
        let data = inside["data"].clone().cast::<Map>();
        assert_eq!(data["key"].clone().cast::<Secret>().expose(), "canary-7f3c");
    }

    #[test]
    fn a_snapshot_url_is_hidden_in_both_kinds_that_carry_it() {
        for kind in ["HostedCluster", "HostedControlPlane"] {
            let spec = json!({"etcd": {"managed": {"storage": {"restoreSnapshotURL": ["https://x?sig=1"]}}}});
            let object = json!({"apiVersion": "hypershift.openshift.io/v1beta1", "kind": kind, "spec": spec});
            let inside = object_to_dynamic(object.clone(), &|text| Secret::new(text));
            assert!(!shown(&inside).contains("sig=1"));
            assert_eq!(object_to_json(&inside).unwrap(), object);
        }
    }

    #[test]
    fn the_items_of_a_list_are_hidden_too() {
        let secret = json!({"apiVersion": "v1", "kind": "Secret", "data": {"a": STANDARD.encode("canary")}});
        let list = json!({"apiVersion": "v1", "kind": "List", "items": [secret]});
        let inside = object_to_dynamic(list.clone(), &|text| Secret::new(text));
        assert!(!shown(&inside).contains(&STANDARD.encode("canary")));
        assert_eq!(object_to_json(&inside).unwrap(), list);
    }

    #[test]
    fn a_plain_string_in_the_data_of_a_secret_counts_as_base64() {
        let data =
            Map::from([("given".into(), "YQ==".into()), ("secret".into(), Dynamic::from(Secret::new("a")))]);
        let patch = Dynamic::from(Map::from([("data".into(), Dynamic::from(data))]));
        let json = secrets_to_json(&patch).unwrap();
        assert_eq!(json, json!({"data": {"given": "YQ==", "secret": "YQ=="}}));
        let secret = Dynamic::from(Secret::new("a"));
        let operation = Map::from([("path".into(), "/data/x".into()), ("value".into(), secret)]);
        let patch = Dynamic::from(vec![Dynamic::from(operation)]);
        assert_eq!(secrets_to_json(&patch).unwrap(), json!([{"path": "/data/x", "value": "YQ=="}]));
    }

    #[test]
    fn names_that_everyone_may_see_are_not_cut_out_of_texts() {
        assert!(!is_telling("namespace", "clusters-demo-1"));
        assert!(!is_telling("ca.crt", "-----BEGIN CERTIFICATE-----"));
        assert!(!is_telling("user", "kube-apiserver"));
        assert!(is_telling("token", "canary-7f3c"));
        assert!(is_telling(".dockerconfigjson", "{\"auths\":{}}"));
    }
}
