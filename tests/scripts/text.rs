//! Every script and stdlib module compiles, imports what exists, and says what the style asks it to say.

use std::path::Path;
use std::sync::Arc;

use drsh::engine::{Library, engine};
use rhai::{Engine, Module, Scope};

/// The shipped files of one folder, name and text.
fn files(folder: &str) -> Vec<(&'static str, &'static str)> {
    let all = drsh::engine::built_in::FILES.iter().copied();
    all.filter(|(name, _)| name.starts_with(folder)).collect()
}

fn an_engine() -> Engine {
    engine(None, &Arc::new(Library::new(None, None)))
}

#[test]
fn every_script_and_module_compiles_and_finds_its_imports() {
    let engine = an_engine();
    let mut wrong = Vec::new();
    for (name, text) in files("stdlib/").into_iter().chain(files("scripts/")) {
        let evaluated = engine
            .compile(text)
            .map_err(Into::into)
            .and_then(|ast| Module::eval_ast_as_new(Scope::new(), &ast, &engine));
        if let Err(error) = evaluated {
            wrong.push(format!("{name}: {error}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_module_that_a_script_or_module_calls_is_imported_there() {
    let mut wrong = Vec::new();
    for (name, text) in files("stdlib/").into_iter().chain(files("scripts/")) {
        for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            for (at, _) in line.match_indices("::") {
                let is_name = |c: char| c.is_ascii_lowercase() || c == '_';
                let module = line[..at].rsplit(|c| !is_name(c)).next().unwrap_or_default();
                if !module.is_empty() && module != "global" && !text.contains(&format!(" as {module};")) {
                    wrong.push(format!("{name}: {}", line.trim()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_module_that_is_imported_is_used() {
    let mut wrong = Vec::new();
    for (name, text) in files("stdlib/").into_iter().chain(files("scripts/")) {
        for line in text.lines().filter(|line| line.starts_with("import ")) {
            let module = line.rsplit(" as ").next().unwrap_or_default().trim_end_matches(';');
            if !text.contains(&format!("{module}::")) {
                wrong.push(format!("{name}: {line}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The ids of the steps in a script, in their order.
fn step_ids(text: &str) -> Vec<&str> {
    text.split("step(\"").skip(1).filter_map(|rest| rest.split_whitespace().next()).collect()
}

#[test]
fn each_documented_step_stands_in_exactly_one_script_as_the_readme_says() {
    let readme = include_str!("../../scripts/README.md");
    let steps = readme.split("## The steps").nth(1).and_then(|rest| rest.split("\n## ").next()).unwrap();
    let listed: Vec<(&str, &str)> = steps
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split_once(" | "))
        .filter_map(|(id, rest)| Some((id, rest.split(" |").next()?)))
        .filter(|(id, _)| id.chars().any(|c| c.is_ascii_digit()))
        .collect();
    let mut found: Vec<(String, String)> = files("scripts/")
        .iter()
        .flat_map(|(name, text)| {
            let script = name.trim_start_matches("scripts/").trim_end_matches(".rhai");
            step_ids(text).into_iter().map(move |id| (id.to_owned(), script.to_owned()))
        })
        .collect();
    let mut listed: Vec<(String, String)> =
        listed.iter().map(|(id, script)| ((*id).to_owned(), (*script).to_owned())).collect();
    found.sort();
    listed.sort();
    assert_eq!(found, listed, "scripts on the left, scripts/README.md on the right");
    for documented in documented_ids() {
        assert_eq!(found.iter().filter(|(id, _)| *id == documented).count(), 1, "{documented}");
    }
}

/// The ids of the documented procedure.
fn documented_ids() -> Vec<String> {
    let numbered = |letter: &str, ids: std::ops::RangeInclusive<u8>| -> Vec<String> {
        ids.map(|number| format!("{letter}{number}")).collect()
    };
    let mut ids = vec!["B4a".to_owned(), "R6a".to_owned()];
    for (letter, range) in
        [("B", 0..=10), ("R", 1..=8), ("V", 1..=2), ("T", 1..=8), ("E", 0..=33), ("C", 1..=4), ("S", 1..=5)]
    {
        ids.extend(numbered(letter, range));
    }
    ids
}

#[test]
fn the_functions_and_tests_that_the_readme_names_exist() {
    let readme = include_str!("../../scripts/README.md");
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hazards");
    for word in readme.split('`').filter(|word| word.contains("::") && !word.contains(char::is_whitespace)) {
        let (module, function) = word.split_once("::").unwrap();
        let module_text =
            drsh::engine::built_in::find(&format!("stdlib/{module}.rhai")).map(|(_, text)| text);
        let test_text = std::fs::read_to_string(tests.join(format!("{module}.rs"))).unwrap_or_default();
        let wanted = format!("fn {function}(");
        assert!(
            module_text.is_some_and(|text| text.contains(&wanted)) || test_text.contains(&wanted),
            "{word}"
        );
    }
}

#[test]
fn every_known_hazard_stands_in_the_readme() {
    let readme = include_str!("../../scripts/README.md");
    let hazards = readme.split("## Known hazards").nth(1).unwrap();
    let rows: String = hazards
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split(" | ").next())
        .collect::<Vec<_>>()
        .join(" ");
    let listed: Vec<&str> = rows.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    let known = (1..=31).map(|number| format!("H{number}"));
    for hazard in known.chain((1..=75).chain(82..=103).map(|number| format!("F{number}"))) {
        assert!(listed.contains(&hazard.as_str()), "{hazard}");
    }
}

#[test]
fn scripts_are_without_try_and_each_says_what_must_be_before_and_holds_after() {
    for (name, text) in files("scripts/") {
        assert!(!text.contains("try {"), "{name} catches errors: that belongs into stdlib");
        for word in ["//! ", "Source: ", "Before: ", "After: ", "Undo: "] {
            assert!(text.contains(word), "{name} does not say `{word}`");
        }
    }
}

#[test]
fn every_stdlib_function_has_a_doc_in_the_third_person() {
    for (name, text) in files("stdlib/") {
        assert!(text.starts_with("//! "), "{name} does not say what lives there");
        let lines: Vec<&str> = text.lines().collect();
        for (number, line) in lines.iter().enumerate().filter(|(_, line)| line.starts_with("fn ")) {
            let doc = number.checked_sub(1).map_or("", |above| lines[above]);
            assert!(doc.starts_with("///"), "{name}: `{line}` has no doc");
        }
    }
}

/// The names that a line of Rhai gives to values: variables, loop variables, parameters of closures and functions.
fn given_names(line: &str) -> Vec<&str> {
    let word = |text: &'static str| -> Vec<&str> {
        line.split(text)
            .skip(1)
            .filter_map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next())
            .collect()
    };
    let closures = line.split('|').skip(1).step_by(2).flat_map(|inner| inner.split(", "));
    let parameters =
        line.strip_prefix("fn ").and_then(|rest| rest.split_once('(')).map_or("", |(_, rest)| rest);
    let parameters = parameters.trim_end_matches(") {").split(", ");
    word("let ").into_iter().chain(word("for ")).chain(closures).chain(parameters).collect()
}

/// A captured variable that has the name of a function of the same module is not seen in a closure.
#[test]
fn no_value_has_the_name_of_a_function_of_its_module() {
    for (name, text) in files("stdlib/").into_iter().chain(files("scripts/")) {
        let functions: Vec<&str> =
            text.lines().filter_map(|line| line.strip_prefix("fn ")?.split('(').next()).collect();
        for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            let taken = given_names(line).into_iter().find(|given| functions.contains(given));
            assert_eq!(taken, None, "{name}: {line}");
        }
    }
}

#[test]
fn the_readme_of_the_project_has_the_same_table_of_steps() {
    let table = |text: &'static str| {
        let start = text.find("| id | script | stdlib |").expect("a table of steps");
        text[start..].split("\n\n").next()
    };
    assert_eq!(table(include_str!("../../README.md")), table(include_str!("../../scripts/README.md")));
}
