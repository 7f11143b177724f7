//! What was edited between two starts of a run, told by step: each start leaves the texts that it was carried out with.

use std::collections::BTreeMap;
use std::path::Path;

use crate::engine::{Library, Script};
use crate::run::step_id;

/// The name under which the script itself is kept; no module can have it.
pub(super) const SCRIPT: &str = "script itself";

/// Says what is different from the texts in `folder`, one line a text.
pub(super) fn since(folder: &Path, script: &Script, library: &Library) -> Vec<String> {
    let mut kept: Vec<(String, String)> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let name = path.file_stem()?.to_str()?.to_owned();
            Some((name, std::fs::read_to_string(path).ok()?))
        })
        .collect();
    kept.sort();
    kept.iter()
        .filter_map(|(name, before)| {
            if name == SCRIPT {
                let edits = edited(before, script.text())?;
                return Some(format!("edited in {}: {edits}", script.name()));
            }
            match library.module(name) {
                Ok((origin, text)) => Some(format!("edited in {origin}: {}", edited(before, &text)?)),
                Err(_) => Some(format!("module {name} is not there any more")),
            }
        })
        .collect()
}

/// Says how the steps of two texts differ; `None` if the texts are the same.
fn edited(before: &str, after: &str) -> Option<String> {
    if before == after {
        return None;
    }
    let (old, new) = (steps(before), steps(after));
    let changed = old.iter().filter(|(id, text)| new.get(*id).is_some_and(|other| other != *text));
    let named = |word: &str, ids: Vec<&String>| {
        let ids: Vec<&str> = ids.into_iter().map(String::as_str).collect();
        (!ids.is_empty()).then(|| format!("{word} {}", ids.join(", ")))
    };
    let parts: Vec<String> = [
        named("changed", changed.map(|(id, _)| id).collect()),
        named("new", new.keys().filter(|id| !old.contains_key(*id)).collect()),
        named("gone", old.keys().filter(|id| !new.contains_key(*id)).collect()),
    ]
    .into_iter()
    .flatten()
    .collect();
    Some(if parts.is_empty() { "what stands outside of steps".to_owned() } else { parts.join("; ") })
}

/// The text of each step by its id: from its name to the next step, or to the end of its function.
fn steps(text: &str) -> BTreeMap<String, String> {
    let found = text.split("step(\"").skip(1);
    let of = |piece: &str| {
        let name = piece.split('"').next().unwrap_or_default();
        // A function ends where a brace stands at the beginning of a line.
        let own = piece.split("\n}").next().unwrap_or(piece);
        (step_id(name), own.trim_end().to_owned())
    };
    found.map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str =
        "fn main() {\n step(\"X1 one\").run(|| 1);\n step(\"X2 two\").run(|| 2);\n}\nfn f() { 1 }\n";

    #[test]
    fn changed_new_and_gone_steps_are_named() {
        assert_eq!(edited(BEFORE, BEFORE), None);
        let changed = BEFORE.replace("|| 2", "|| 3");
        assert_eq!(edited(BEFORE, &changed).unwrap(), "changed X2");
        let moved = BEFORE.replace("X2 two", "X3 three");
        assert_eq!(edited(BEFORE, &moved).unwrap(), "new X3; gone X2");
        let helper = BEFORE.replace("f() { 1 }", "f() { 2 }");
        assert_eq!(edited(BEFORE, &helper).unwrap(), "what stands outside of steps");
    }
}
