//! Every error of the program has a test on its text: the longest literal part of each stands in some test, or in the
//! list of those that still lack one, `untested_errors.txt`, which may only get shorter.

use std::collections::BTreeSet;
use std::path::Path;

use super::source::sources;

/// Where an error begins.
const BEGINS: &str = "Problem::new(";

/// A shorter part could stand in any test.
const SHORTEST: usize = 6;

/// A file's own tests begin here.
const OWN_TESTS: &str = "#[cfg(test)]\nmod tests {";

#[test]
fn every_error_has_a_test_on_its_text_or_stands_in_the_list_that_only_shrinks() {
    let tested = tested();
    let mut lacking = BTreeSet::new();
    let mut count = 0;
    for source in sources("host/src") {
        let code = source.text.split(OWN_TESTS).next().unwrap_or_default();
        for (at, _) in code.match_indices(BEGINS) {
            let Some(message) = message(code, at) else { continue };
            count += 1;
            let part = longest_part(&message);
            if part.len() < SHORTEST || !tested.contains(&part) {
                let file = source.name.trim_start_matches("host/src/");
                lacking.insert(format!("{file}: {}", message.replace('\n', " ")));
            }
        }
    }
    assert!(count > 200, "only {count} errors were found: the reading of them is broken");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = root.join("tests/tree/untested_errors.txt");
    let listed: BTreeSet<String> =
        std::fs::read_to_string(file).unwrap().lines().map(str::to_owned).collect();
    let new: Vec<&String> = lacking.difference(&listed).collect();
    let gone: Vec<&String> = listed.difference(&lacking).collect();
    assert!(new.is_empty(), "no test has a part of these; write one, best in tests/mistakes:\n{new:#?}");
    assert!(gone.is_empty(), "these have a test, or are gone: take them out of the list:\n{gone:#?}");
}

/// Everything that tests say, in one text.
fn tested() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = String::new();
    for source in sources("tests") {
        // This file speaks of errors without testing one.
        if !source.name.ends_with("tree/errors.rs") {
            all.push_str(&plain(&source.text));
        }
    }
    for source in sources("host/src") {
        let is_test = source.name.ends_with("/tests.rs");
        let own =
            if is_test { Some(&*source.text) } else { source.text.split_once(OWN_TESTS).map(|(_, own)| own) };
        all.push_str(&plain(own.unwrap_or_default()));
    }
    for entry in std::fs::read_dir(root.join("tests/mistakes/said")).unwrap() {
        all.push_str(&std::fs::read_to_string(entry.unwrap().path()).unwrap());
    }
    all
}

/// The literal that an error's message is made of: within the call, or else the last one before it.
fn message(code: &str, at: usize) -> Option<String> {
    let begin = at + BEGINS.len();
    let within = literals(&code[begin..end_of_call(code, begin)]);
    // The first word is the kind.
    let is_word = |text: &String| text.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    let own = within.into_iter().find(|text| !is_word(text));
    own.or_else(|| {
        let mut from = at.saturating_sub(500);
        while !code.is_char_boundary(from) {
            from += 1;
        }
        let from = code[..from].rfind('\n').unwrap_or(0);
        literals(&code[from..at]).into_iter().rfind(|text| text.len() > 12 && !is_word(text))
    })
}

/// Where the bracket is closed that is open at `from`.
fn end_of_call(code: &str, from: usize) -> usize {
    let (mut depth, mut is_text, mut is_escaped) = (1_usize, false, false);
    for (offset, byte) in code[from..].bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_text => is_escaped = true,
            b'"' => is_text = !is_text,
            b'(' if !is_text => depth += 1,
            b')' if !is_text => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return from + offset;
        }
    }
    code.len()
}

/// The texts between quotes.
fn literals(code: &str) -> Vec<String> {
    let code =
        code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let (mut found, mut text, mut is_text) = (Vec::new(), String::new(), false);
    let mut letters = code.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if is_text => text.extend(['\\'].into_iter().chain(letters.next())),
            '"' if is_text => {
                found.push(plain(&text));
                text.clear();
                is_text = false;
            }
            '"' => is_text = true,
            other if is_text => text.push(other),
            _ => {}
        }
    }
    found
}

/// A text as it is printed: lines that were broken in the source are whole again.
fn plain(text: &str) -> String {
    let mut whole = String::new();
    let mut pieces = text.split("\\\n");
    whole.push_str(pieces.next().unwrap_or_default());
    pieces.for_each(|piece| whole.push_str(piece.trim_start()));
    whole.replace("\\\"", "\"").replace("\\n", "\n")
}

/// The longest part of a message that is the same whatever stands in its braces.
fn longest_part(message: &str) -> String {
    let mut parts = vec![String::new()];
    let mut depth = 0_usize;
    for letter in message.chars() {
        match letter {
            '{' => depth += 1,
            '}' => {
                depth = depth.saturating_sub(1);
                parts.push(String::new());
            }
            other if depth == 0 => parts.last_mut().unwrap().push(other),
            _ => {}
        }
    }
    parts.into_iter().max_by_key(String::len).unwrap_or_default().trim().to_owned()
}
