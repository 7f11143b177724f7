//! Finds the checksums of what a run saved: in what its steps gave back, and in what its script kept.

use std::collections::BTreeSet;

use serde_json::Value;

use super::model::Checksum;
use super::words::tame;
use crate::journal::{Line, Record};

/// Under what keys an entry names what its checksum is of.
const NAMES: [&str; 5] = ["file", "key", "path", "name", "pod"];

/// More are not listed.
const MOST: usize = 5000;

/// Every checksum, by name; each once.
pub fn found(lines: &[Line]) -> Vec<Checksum> {
    let mut found = BTreeSet::new();
    for line in lines {
        match &line.record {
            Record::StepDone { value, .. } => within(value, &mut found),
            Record::Note { text, measured: None, .. } => found.extend(said(text)),
            _ => {}
        }
    }
    // What was told with its size is not told once more without.
    let sized: BTreeSet<(String, String)> = found
        .iter()
        .filter(|one| one.size.is_some())
        .map(|one| (one.name.clone(), one.sha256.clone()))
        .collect();
    let is_told =
        |one: &Checksum| one.size.is_some() || !sized.contains(&(one.name.clone(), one.sha256.clone()));
    found.into_iter().filter(is_told).take(MOST).collect()
}

fn within(value: &Value, found: &mut BTreeSet<Checksum>) {
    match value {
        Value::Array(list) => list.iter().for_each(|one| within(one, found)),
        Value::Object(fields) => {
            let sum = fields.get("sha256").and_then(Value::as_str).filter(|sum| is_sum(sum));
            let name = NAMES.iter().find_map(|key| fields.get(*key)?.as_str());
            if let (Some(sum), Some(name)) = (sum, name) {
                let size = fields.get("size").and_then(Value::as_u64);
                found.insert(Checksum { name: tame(name), sha256: sum.to_owned(), size });
            }
            fields.values().for_each(|one| within(one, found));
        }
        _ => {}
    }
}

/// Reads `namespaces/demo/hc-demo.yaml sha256 HEX` and `demo-etcd-0.db 4096 bytes sha256 HEX revision 7`.
fn said(text: &str) -> Option<Checksum> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let at = words.iter().position(|word| *word == "sha256")?;
    let sum = words.get(at + 1)?.trim_end_matches(',');
    let sized = at >= 3 && words[at - 1].starts_with("bytes");
    let (name, size) =
        if sized { (&words[..at - 2], words[at - 2].parse().ok()) } else { (&words[..at], None) };
    let name = name.join(" ");
    (is_sum(sum) && !name.is_empty()).then(|| Checksum { name: tame(&name), sha256: sum.to_owned(), size })
}

fn is_sum(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_read_out_of_words_and_values() {
        let sum = "0f".repeat(32);
        let read = said(&format!("demo-etcd-0.db 4096 bytes sha256 {sum} revision 7")).unwrap();
        assert_eq!((read.name.as_str(), read.size), ("demo-etcd-0.db", Some(4096)));
        let read = said(&format!("namespaces/a/hc-demo.yaml sha256 {sum}")).unwrap();
        assert_eq!((read.name.as_str(), read.size), ("namespaces/a/hc-demo.yaml", None));
        assert_eq!(said("the sha256 is not told"), None);
        let mut found = BTreeSet::new();
        within(&serde_json::json!({"files": [{"name": "a.db", "size": 3, "sha256": sum}]}), &mut found);
        assert_eq!(found.len(), 1);
    }
}
