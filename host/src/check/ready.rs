//! What keeps a script from being begun at all: told before there is a run, when nothing is touched yet.

use std::collections::BTreeSet;
use std::rc::Rc;

use rhai::Stmt;

use super::effects::for_each_node;
use super::files::{File, Files};
use super::{Finding, paths};
use crate::engine::{Library, Script, nearest};
use crate::problem::Problem;

/// Mistakes that stop a script wherever it comes to them.
const CERTAIN: [&str; 4] = ["unknown_function", "unknown_module", "unknown_member", "wrong_arguments"];

/// Whether the script can be begun with these phases approved.
///
/// Errors: `script` if it does not compile or holds nothing to carry out, `usage` if no phase has an approved name.
pub fn ready(script: &Script, library: &Library, approved: &[String]) -> Result<(), Problem> {
    let files = Files::new(library);
    let file = files.script(script).map_err(|finding| shown(&finding, script.text()))?;
    if !has_work(&file) {
        return Err(nothing_to_do(&file));
    }
    let asked: Vec<&String> = approved.iter().filter(|phase| *phase != "*").collect();
    if asked.is_empty() {
        return Ok(());
    }
    // A name that is computed may be any.
    let Some(phases) = phases(&files, &file) else { return Ok(()) };
    match asked.into_iter().find(|phase| !phases.contains(*phase)) {
        None => Ok(()),
        Some(phase) => Err(unknown_phase(script, phase, &phases)),
    }
}

/// The first mistake that surely stops the script once it comes there, and how many there are.
#[must_use]
pub fn foreseen(script: &Script, library: &Library) -> Option<(Finding, usize)> {
    let mut certain = super::check(script, library, None);
    // A module that is imported within a function is not seen there as imported: only its absence is certain.
    certain.retain(|finding| {
        CERTAIN.contains(&finding.word)
            && (finding.word != "unknown_module" || finding.message.starts_with("there is no"))
    });
    let count = certain.len();
    certain.into_iter().next().map(|first| (first, count))
}

/// The finding in the parts of an error, with the line that it points at.
fn shown(finding: &Finding, text: &str) -> Problem {
    let Finding { file, line, column, message, hint, .. } = finding;
    let mut whole = format!("{message}\n  --> {file}:{line}");
    if let Some(shown) = text.lines().nth(line.wrapping_sub(1)) {
        let shown = shown.trim_end();
        let indent = shown.chars().take_while(|c| c.is_whitespace()).count();
        whole = format!("{whole}\n  {line:>4} | {}", shown.trim_start());
        if *column > indent {
            whole = format!("{whole}\n       | {}^", " ".repeat(column - 1 - indent));
        }
    }
    // Its words are those of the finding.
    Problem { kind: "script".into(), message: whole, hint: Some(hint.clone()) }
}

/// Whether there is a `main`, or a statement that does more than name something.
fn has_work(file: &File) -> bool {
    let names = |statement: &Stmt| {
        matches!(statement, Stmt::Import(..) | Stmt::Export(..) | Stmt::Noop(_) | Stmt::Var(..))
    };
    file.function("main", 0).is_some() || !file.statements().iter().all(names)
}

fn nothing_to_do(file: &File) -> Problem {
    let functions: BTreeSet<&str> = file.named_functions().map(|function| function.name.as_str()).collect();
    let problem = Problem::new(
        "script",
        format!(
            "{} holds nothing to carry out: neither a function `main()` nor a line outside of functions",
            file.name
        ),
    );
    problem.hint(match nearest("main", functions.iter().copied()) {
        Some("main") => "`main` is called without arguments: take its parameters away".to_owned(),
        Some(near) => format!("did you mean `main` by `{near}`?"),
        None if functions.is_empty() => "the file is empty: look whether it was saved".to_owned(),
        None => "a file of functions is a module: name the script that imports it".to_owned(),
    })
}

/// The names of all phases, of the scripts too that this one is made of; `None` if one is computed.
fn phases(files: &Files<'_>, file: &Rc<File>) -> Option<BTreeSet<String>> {
    let (mut found, mut read, mut computed) = (BTreeSet::new(), BTreeSet::new(), false);
    let mut pending = vec![file.clone()];
    while let Some(file) = pending.pop() {
        if !read.insert(file.name.clone()) {
            continue;
        }
        let bodies = file.functions().map(|function| &function.body[..]).chain([file.statements()]);
        for body in bodies {
            for_each_node(body, &mut |node| {
                let Some((call, _, false)) = paths::call(node).filter(|(call, ..)| call.name == "phase")
                else {
                    return;
                };
                match call.args.first().and_then(paths::text) {
                    Some((name, true)) => drop(found.insert(name)),
                    _ => computed = true,
                }
            });
        }
        let modules = file.aliases().filter_map(|alias| file.imported(alias));
        pending.extend(modules.filter_map(|module| files.module(module)));
    }
    (!computed).then_some(found)
}

fn unknown_phase(script: &Script, phase: &str, phases: &BTreeSet<String>) -> Problem {
    let plain = phase.trim().to_lowercase();
    let like = nearest(&plain, phases.iter().map(String::as_str));
    let hint = match like {
        Some(like) => format!("did you mean --approve {like}?"),
        None if phases.is_empty() => "it has no phases: leave --approve away".to_owned(),
        None => format!("its phases are {}", phases.iter().cloned().collect::<Vec<_>>().join(", ")),
    };
    Problem::new("usage", format!("{} has no phase `{phase}` to approve", script.name())).hint(hint)
}
