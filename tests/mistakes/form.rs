//! What holds for every message: its parts are there, and nothing in it speaks of the program's insides.

use regex::Regex;

/// Messages of what turns out to be no mistake: they have no hint to give.
const NO_MISTAKE: &[&str] = &["environment_from_another_system", "no_runs", "repl_on_a_running_run"];

fn all() -> Vec<(String, String)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mistakes/said");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut all: Vec<(String, String)> = files
        .map(|file| {
            (file.file_stem().unwrap().to_str().unwrap().to_owned(), std::fs::read_to_string(file).unwrap())
        })
        .collect();
    all.sort();
    all
}

#[test]
fn there_are_60_mistakes_and_each_is_told_with_what_to_do() {
    let all = all();
    assert!(all.len() >= 60, "only {}", all.len());
    for (name, text) in all {
        assert!(text.starts_with("$ drsh "), "{name} does not begin with what was typed");
        let is_told =
            text.lines().any(|line| line.starts_with("hint: ") || line.trim_start().starts_with("hint: "));
        assert!(is_told || NO_MISTAKE.contains(&name.as_str()), "{name} does not say what to do:\n{text}");
        let is_acting = ["$ drsh s.rhai", "$ drsh scripts/", "$ drsh resume", "$ drsh undo"];
        if is_acting.iter().any(|start| text.starts_with(start)) && text.contains("\nerror: ") {
            let usage =
                text.contains("\nhint: ") && text.contains("the form is `") || text.contains("--help");
            assert!(usage || text.contains("\nstate: "), "{name} does not say what stands:\n{text}");
        }
    }
}

#[test]
fn no_message_speaks_of_the_programs_insides() {
    let insides = Regex::new(
        r"os error|panicked|RUST_|\bSome\(|\bNone\b|\bOk\(|\bErr\(|::Err|Error \{|\bu64\b|\bi64\b|unwrap|dyn |&str|Dynamic|serde|tokio|hyper::|rustls|kube::",
    )
    .unwrap();
    let vain = Regex::new(r"(?i)failed to .* failed to|error: error|: : |hint: $|are: ;|are $").unwrap();
    for (name, text) in all() {
        assert!(!insides.is_match(&text), "{name}:\n{text}");
        for line in text.lines() {
            assert!(!vain.is_match(line), "{name}: {line}");
        }
    }
}
