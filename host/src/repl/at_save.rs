//! The session as a script: what went well, changes as steps, so that the checker finds nothing in it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use rhai::{Engine, Expr, Stmt};

use super::given::Given;
use super::session::{Entry, Session};
use super::{out, secretive};
use crate::check::{self, check};
use crate::declare::Effect;
use crate::engine::Script;
use crate::problem::Problem;
use crate::reference::modules;

/// Writes the session into `file`. Errors: `usage`, `file`.
pub fn save(session: &Session, file: &str) -> Result<(), Problem> {
    if file.is_empty() {
        return Err(
            Problem::new("usage", "`:save` wants the name of a file").hint("such as :save mended.rhai")
        );
    }
    let seat = &session.seat;
    let text = written(&session.entries, &seat.given, &seat.imports, &seat.environment.name, |text| {
        check::effect(text, &session.imported(), &session.library).1
    });
    let text = session.run.redactor().clean(&text).into_owned();
    let made = std::fs::OpenOptions::new().write(true).create_new(true).open(file);
    made.and_then(|mut made| std::io::Write::write_all(&mut made, text.as_bytes())).map_err(|error| {
        Problem::new("file", format!("{file} cannot be written: {error}"))
            .hint("an existing file is not overwritten: take another name")
    })?;
    let found = check(&Script::from_text(file, &text), &session.library, Some(&session.seat.environment));
    if found.is_empty() {
        out::say(&format!("saved as {file}; `drsh check` finds nothing in it"));
    } else {
        out::say(&format!("saved as {file}; `drsh check` finds in it:"));
        for finding in &found {
            out::say(&finding.to_string());
        }
    }
    Ok(())
}

/// The script; `through` names the function by which a line changes something.
fn written(
    entries: &[Entry],
    given: &[Given],
    named: &BTreeMap<String, String>,
    place: &str,
    through: impl Fn(&str) -> String,
) -> String {
    let (mut functions, mut lines, mut number) = (String::new(), String::new(), 0);
    for entry in entries {
        let text = entry.text.trim();
        if secretive::looks_secret(text) {
            lines.push_str("    // A line that looked secret was left out.\n");
        } else if text.lines().any(|line| line.starts_with("fn ") || line.starts_with("private fn ")) {
            let _ = writeln!(functions, "\n{text}");
        } else if text.starts_with("import ") {
            // Its module is imported below by what is used.
        } else if entry.effect < Effect::Change || text.contains("step(") {
            let _ = writeln!(lines, "    {}", closed(text));
        } else {
            number += 1;
            lines.push_str(&step(text, number, entry.effect, &through(text), place));
        }
    }
    let needed = given.iter().filter(|one| needs(&lines, &one.name));
    lines = needed.map(Given::written).collect::<String>() + lines.as_str();
    let all = format!("{functions}{lines}");
    let typed: BTreeSet<String> = entries.iter().filter_map(|entry| imported(&entry.text)).collect();
    let known = modules().into_iter().map(|module| module.name);
    // Modules under the names that a run's script gave them, and all others under their own.
    let known = known.filter(|name| !named.contains_key(name)).map(|name| (name.clone(), name));
    let used = known.chain(named.clone()).filter(|(alias, _)| names_module(&all, alias));
    let used = used.map(|(alias, module)| format!("import \"{module}\" as {alias};"));
    let imports: BTreeSet<String> = used.chain(typed).collect();
    let imports = imports.into_iter().fold(String::new(), |all, line| all + line.as_str() + "\n");
    format!(
        "//! What was typed in the REPL, in environment {place}: each change as a step of its own.\n//!\n\
         //! Source: a session of the REPL.\n//! Before: as the world was then: read it through before it is used.\n\
         //! After: what the steps say.\n//! Undo: none; say for each step how it is undone, where it can be.\n\n\
         {imports}{functions}\nfn main() {{\n{lines}}}\n"
    )
}

/// A change as a step.
fn step(text: &str, number: usize, effect: Effect, through: &str, place: &str) -> String {
    let mut lines = String::new();
    if effect == Effect::Destroy {
        let _ = writeln!(
            lines,
            "    phase(\"typed_{number}\", #{{ confirm: \"{place}\", why: \"does what cannot be undone: {through}\" }});"
        );
    }
    let (before, work) = taken_apart(text);
    let work = work.trim().trim_end_matches(';');
    let body = if work.contains('\n') || work.contains(';') {
        let inner: Vec<String> = work.lines().map(|line| format!("            {line}")).collect();
        format!("{{\n{}\n        }}", inner.join("\n"))
    } else {
        work.to_owned()
    };
    let _ = writeln!(
        lines,
        "    {before}step(\"X{number} {through}\")\n        .done_when(|| false)\n        \
         .no_undo(\"it was typed in the REPL, without saying how it is undone\")\n        .run(|| {body});"
    );
    lines
}

/// What a line gives a value to, and what makes the value: `let a = ` and the rest.
fn taken_apart(text: &str) -> (&str, &str) {
    let mut engine = Engine::new_raw();
    engine.set_optimization_level(rhai::OptimizationLevel::None);
    let Ok(ast) = engine.compile(text) else { return ("", text) };
    let gives = match ast.statements() {
        [Stmt::Var(..)] => true,
        [Stmt::Assignment(both)] => !both.0.is_op_assignment() && matches!(both.1.lhs, Expr::Variable(..)),
        _ => false,
    };
    match text.find('=') {
        Some(at) if gives => text.split_at((at + 1 + leading_spaces(&text[at + 1..])).min(text.len())),
        _ => ("", text),
    }
}

fn leading_spaces(text: &str) -> usize {
    text.len() - text.trim_start().len()
}

fn closed(text: &str) -> String {
    let indented = text.lines().collect::<Vec<_>>().join("\n    ");
    if text.ends_with([';', '}']) { indented } else { format!("{indented};") }
}

fn imported(text: &str) -> Option<String> {
    text.trim().starts_with("import ").then(|| format!("{};", text.trim().trim_end_matches(';')))
}

/// Whether the lines use the variable before they make one of that name themselves.
fn needs(lines: &str, name: &str) -> bool {
    let first = lines.lines().find(|line| names(line, name));
    first.is_some_and(|line| {
        let made =
            line.trim_start().strip_prefix("let ").and_then(|rest| rest.trim_start().strip_prefix(name));
        made.is_none_or(|rest| !rest.trim_start().starts_with('=') || names(rest, name))
    })
}

/// Whether a text names the variable.
fn names(text: &str, name: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name)
}

/// Whether a text takes something out of the module.
fn names_module(text: &str, name: &str) -> bool {
    text.match_indices(&format!("{name}::"))
        .any(|(at, _)| !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
}

#[cfg(test)]
mod tests {
    use rhai::Dynamic;

    use super::super::Source;
    use super::*;
    use crate::data;
    use crate::engine::Library;

    fn entry(text: &str, effect: Effect) -> Entry {
        Entry { text: text.to_owned(), effect }
    }

    #[test]
    fn changes_become_steps_and_the_script_is_clean() {
        let entries = [
            entry("let source = cluster(\"source\")", Effect::None),
            entry("fn twice(n) { n * 2 }", Effect::None),
            entry("oc_list(source, kind::MACHINE)", Effect::Read),
            entry("let was = oc_scale(source, \"deployment/a\", twice(1))", Effect::Change),
            entry("oc_delete(source, \"pod/a\");", Effect::Destroy),
            entry("log(params[\"a-b\"][0])", Effect::None),
            entry("let password = \"hunter2\"", Effect::None),
        ];
        let library = Library::new(None, None);
        let plain = |name: &str, value| Given { name: name.to_owned(), value, source: Source::Plain };
        let given = [
            plain("params", data::to_dynamic(serde_json::json!({ "a-b": ["x", 1, null] }))),
            plain("steps", Dynamic::UNIT),
        ];
        let text =
            written(&entries, &given, &BTreeMap::new(), "lab", |text| check::effect(text, "", &library).1);
        let found = check(&Script::from_text("saved.rhai", &text), &library, None);
        assert!(found.is_empty(), "{text}\n{found:?}");
        assert!(text.contains("let was = step(\"X1 oc_scale\")"), "{text}");
        assert!(text.contains("import \"kind\" as kind;") && text.contains("phase(\"typed_2\""), "{text}");
        assert!(
            text.contains("let params = #{ \"a-b\": [\"x\", 1, ()] };") && !text.contains("let steps"),
            "{text}"
        );
        assert!(!text.contains("hunter2"));
    }

    #[test]
    fn a_variable_of_a_run_is_had_anew_and_its_value_is_not_written() {
        let of_run = |name: &str, had_by: Option<&str>| Given {
            name: name.to_owned(),
            value: "value-7f3c".into(),
            source: Source::Run {
                told: "run 1a2b3c4d of s.rhai, \"B2\"".into(),
                had_by: had_by.map(str::to_owned),
            },
        };
        let given =
            [of_run("job", Some("job::from_environment()")), of_run("was", None), of_run("other", None)];
        let entries = [
            entry("log(job.name)", Effect::None),
            entry("log(was)", Effect::None),
            entry("let other = 1", Effect::None),
            entry("saved::keep(other)", Effect::None),
        ];
        let library = Library::new(None, None);
        let named = BTreeMap::from([("saved".to_owned(), "backup".to_owned())]);
        let text = written(&entries, &given, &named, "lab", |_| String::new());
        assert!(!text.contains("value-7f3c"), "{text}");
        assert!(
            text.contains("    let job = job::from_environment();\n")
                && text.contains("import \"job\" as job;"),
            "{text}"
        );
        assert!(text.contains("let was = fail(\"unset\", \"`was` came from a run\""), "{text}");
        assert!(!text.contains("let other = fail"), "{text}");
        assert!(text.contains("import \"backup\" as saved;"), "{text}");
        let told: Vec<String> = check(&Script::from_text("s.rhai", &text), &library, None)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert!(told.len() == 1 && told[0].contains("keep"), "{text}\n{told:?}");
    }
}
