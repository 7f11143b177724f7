//! What a change makes of an object, field by field, as people read it: book-keeping left out, secrets masked.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::Value;

use crate::data::is_sensitive;

/// What is said where all is so already.
pub const NO_DIFFERENCE: &str = "nothing would be different";

/// More fields than these are counted, not shown.
const MOST: usize = 40;

/// A longer value is cut.
const LONGEST: usize = 160;

/// The server's own book-keeping.
const NOISE: [&str; 6] =
    ["managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink"];

/// When a condition was written says nothing of what it is.
const TIMES: [&str; 4] = ["lastTransitionTime", "lastUpdateTime", "lastHeartbeatTime", "lastProbeTime"];

/// What says which object it is, which whoever shows it has said.
const NAMED: [&[&str]; 4] = [&["apiVersion"], &["kind"], &["metadata", "name"], &["metadata", "namespace"]];

/// Writes the difference, a field a line; an object that is made has all of its fields new.
#[must_use]
pub fn lines(before: Option<&Value>, after: &Value) -> Vec<String> {
    let kind = after["kind"].as_str().unwrap_or_default().to_owned();
    let mut difference = Difference { kind, is_new: before.is_none(), path: Vec::new(), lines: Vec::new() };
    difference.compare(before, Some(after));
    let mut lines = difference.lines;
    if lines.is_empty() {
        return vec![NO_DIFFERENCE.to_owned()];
    }
    if lines.len() > MOST {
        let more = lines.len() - MOST;
        lines.truncate(MOST);
        lines.push(format!("... and {more} fields more"));
    }
    lines
}

struct Difference {
    kind: String,
    is_new: bool,
    path: Vec<String>,
    lines: Vec<String>,
}

impl Difference {
    fn compare(&mut self, before: Option<&Value>, after: Option<&Value>) {
        if before == after || self.is_noise() {
            return;
        }
        match (before, after) {
            (Some(Value::Object(old)), Some(Value::Object(new))) => {
                let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
                for key in keys {
                    self.within(key, old.get(key), new.get(key));
                }
            }
            (None, Some(Value::Object(new))) if !new.is_empty() => {
                new.iter().for_each(|(key, value)| self.within(key, None, Some(value)));
            }
            (Some(Value::Object(old)), None) if !old.is_empty() => {
                old.iter().for_each(|(key, value)| self.within(key, Some(value), None));
            }
            (Some(Value::Array(old)), Some(Value::Array(new)))
                if old.iter().chain(new).all(Value::is_object) =>
            {
                self.compare_lists(old, new);
            }
            (None, Some(Value::Array(new))) if !new.is_empty() && label(&[], new).is_some() => {
                self.compare_lists(&[], new);
            }
            _ => self.say(before, after),
        }
    }

    fn within(&mut self, key: &str, before: Option<&Value>, after: Option<&Value>) {
        self.path.push(key.to_owned());
        self.compare(before, after);
        self.path.pop();
    }

    /// Items that bear a name, or a type as conditions do, are compared by it: others by their place.
    fn compare_lists(&mut self, old: &[Value], new: &[Value]) {
        let Some(label) = label(old, new) else {
            for number in 0..old.len().max(new.len()) {
                self.within(&format!("[{number}]"), old.get(number), new.get(number));
            }
            return;
        };
        let named = |list: &[Value], name: &str| list.iter().find(|item| item[label] == name).cloned();
        let all: BTreeSet<&str> = old.iter().chain(new).filter_map(|item| item[label].as_str()).collect();
        for name in all {
            let (before, after) = (named(old, name), named(new, name));
            self.within(&format!("[{name}]"), before.as_ref(), after.as_ref());
        }
    }

    fn is_noise(&self) -> bool {
        let path: Vec<&str> = self.path.iter().map(String::as_str).collect();
        match path.as_slice() {
            ["metadata", field] if NOISE.contains(field) => true,
            ["status", .., field] if TIMES.contains(field) => true,
            // A new object has no state of its own yet.
            ["status", ..] if self.is_new => true,
            path => self.is_new && NAMED.contains(&path),
        }
    }

    fn say(&mut self, before: Option<&Value>, after: Option<&Value>) {
        let (path, hidden) = (said_path(&self.path), is_sensitive(&self.kind, &self.path));
        let value = |value: &Value| if hidden { "•••".to_owned() } else { said(value) };
        self.lines.push(match (before, after) {
            (Some(before), Some(_)) if hidden => format!("~ {path}: {} (another value)", value(before)),
            (Some(before), Some(after)) => format!("~ {path}: {} -> {}", value(before), value(after)),
            (None, Some(after)) => format!("+ {path}: {}", value(after)),
            (Some(before), None) => format!("- {path}: {}", value(before)),
            (None, None) => return,
        });
    }
}

/// What the items of both lists bear as a name, none the same twice.
fn label(old: &[Value], new: &[Value]) -> Option<&'static str> {
    ["name", "type", "key"].into_iter().find(|label| is_label(label, old) && is_label(label, new))
}

/// Whether each item has a text under `label`, no two the same.
fn is_label(label: &str, list: &[Value]) -> bool {
    let names: BTreeSet<&str> = list.iter().filter_map(|item| item[label].as_str()).collect();
    names.len() == list.len()
}

fn said_path(path: &[String]) -> String {
    let mut said = String::new();
    for part in path {
        let plain = part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        if part.starts_with('[') {
            said.push_str(&part.escape_debug().to_string());
        } else if plain && !part.is_empty() {
            if !said.is_empty() {
                said.push('.');
            }
            said.push_str(part);
        } else {
            let _ = write!(said, "[{}]", Value::String(part.clone()));
        }
    }
    said
}

fn said(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_a_person_would_call_a_change_is_shown() {
        let before = json!({
            "apiVersion": "v1", "kind": "HostedCluster",
            "metadata": {"name": "demo", "resourceVersion": "1", "generation": 1, "annotations": {"a.b/c": "x"}},
            "spec": {"gone": 1, "same": true, "list": [{"name": "a", "image": "1"}, {"name": "b", "image": "1"}]},
        });
        let after = json!({
            "apiVersion": "v1", "kind": "HostedCluster",
            "metadata": {"name": "demo", "resourceVersion": "2", "generation": 2, "annotations": {"a.b/c": "y"}},
            "spec": {"pausedUntil": "true", "same": true,
                     "list": [{"name": "b", "image": "2"}, {"name": "a", "image": "1"}]},
        });
        assert_eq!(
            lines(Some(&before), &after),
            [
                "~ metadata.annotations[\"a.b/c\"]: \"x\" -> \"y\"",
                "- spec.gone: 1",
                "~ spec.list[b].image: \"1\" -> \"2\"",
                "+ spec.pausedUntil: \"true\"",
            ]
        );
        assert_eq!(lines(Some(&before), &before), ["nothing would be different"]);
    }

    #[test]
    fn a_new_object_shows_its_content_without_what_names_it() {
        let made = json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "b", "uid": "u"},
            "data": {"from": "source"}, "status": {"phase": "Active"},
        });
        assert_eq!(lines(None, &made), ["+ data.from: \"source\""]);
    }

    #[test]
    fn the_values_of_secrets_are_masked_however_short_they_are() {
        let secret = |value: &str| {
            json!({"apiVersion": "v1", "kind": "Secret", "data": {"key": value},
                   "metadata": {"annotations": {"kubectl.kubernetes.io/last-applied-configuration": value}}})
        };
        let said = lines(Some(&secret("b25l")), &secret("dHdv")).join("\n");
        assert_eq!(
            said,
            "~ data.key: ••• (another value)\n\
             ~ metadata.annotations[\"kubectl.kubernetes.io/last-applied-configuration\"]: ••• (another value)"
        );
        let urls = json!({"kind": "HostedCluster", "spec": {"etcd": {"managed": {"storage": {
            "restoreSnapshotURL": ["https://x?sig=canary"]}}}}});
        assert_eq!(lines(None, &urls), ["+ spec.etcd.managed.storage.restoreSnapshotURL: •••"]);
    }

    #[test]
    fn long_values_and_many_fields_are_cut_and_control_characters_do_not_reach_the_terminal() {
        let data: serde_json::Map<String, Value> =
            (0..60).map(|number| (format!("key-{number:02}"), "x".into())).collect();
        let said = lines(None, &json!({"kind": "ConfigMap", "data": data}));
        assert_eq!(said.len(), 41);
        assert_eq!(said[40], "... and 20 fields more");
        let text =
            json!({"kind": "ConfigMap", "data": {"a\u{1b}[2J": format!("\u{1b}]0;x{}", "y".repeat(500))}});
        let said = lines(None, &text).remove(0);
        assert!(!said.contains('\u{1b}') && said.len() < 250, "{said:?}");
    }
}
