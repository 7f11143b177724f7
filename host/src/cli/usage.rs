//! What is wrong with a command line, as every other error is told; and small forms of its values.

use std::path::Path;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::engine::{built_in, nearest};
use crate::problem::Problem;

/// Takes a reason that says something.
pub fn reason(text: &str) -> Result<String, String> {
    let said = text.trim();
    if said.is_empty() { Err("it is blank: say in a few words why".to_owned()) } else { Ok(said.to_owned()) }
}

/// Takes how many times faster something is.
pub fn times(text: &str) -> Result<f64, String> {
    text.parse().map_err(|_| "it is a number, such as 200 or 0.5".to_owned())
}

/// Says what the parser found in the words that were `given`; `None` for what it prints by itself, such as the help.
pub fn told(error: &clap::Error, given: &[String]) -> Option<Problem> {
    if !error.use_stderr() || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return None;
    }
    let text = error.to_string();
    let parts: Vec<String> = text.split("\n\n").map(|part| in_one_line(part.trim())).collect();
    let message = parts.first().map_or("", |first| first.trim_start_matches("error: "));
    let tip = parts.iter().find_map(|part| part.strip_prefix("tip: "));
    // What stands in the environment counts as typed, and would only be in the way here.
    let usage = parts
        .iter()
        .find_map(|part| part.strip_prefix("Usage: "))
        .map(|usage| usage.replace("--state <DIR> ", ""));
    let hint = hint(error, given).or_else(|| tip.map(str::to_owned));
    let usage =
        usage.map_or_else(|| "`drsh --help` tells all".to_owned(), |usage| format!("the form is `{usage}`"));
    Some(
        Problem::new("usage", message)
            .hint(hint.map_or_else(|| usage.clone(), |hint| format!("{hint}; {usage}"))),
    )
}

fn in_one_line(text: &str) -> String {
    text.lines().map(str::trim).collect::<Vec<_>>().join(" ")
}

/// What the parser cannot know.
fn hint(error: &clap::Error, given: &[String]) -> Option<String> {
    let named = |kind: ContextKind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        _ => None,
    };
    let is_script = |word: &String| Path::new(word).extension().is_some_and(|ending| ending == "rhai");
    let command = given.get(1).map(String::as_str).unwrap_or_default();
    match error.kind() {
        ErrorKind::UnknownArgument => {
            let word = named(ContextKind::InvalidArg)?;
            if word == "--env" && ["resume", "undo", "show"].contains(&command) {
                return Some(
                    "a run goes on in the environment that it was begun with: leave --env away".to_owned(),
                );
            }
            if ["--param", "--params", "--parameter", "--set", "--var", "-p"].contains(&word.as_str()) {
                return Some("parameters stand in the environment file, under [parameters]".to_owned());
            }
            if is_script(&word) {
                return Some("one script at a time: begin the next when this one is done".to_owned());
            }
            None
        }
        ErrorKind::InvalidSubcommand => {
            let word = named(ContextKind::InvalidSubcommand)?;
            if given.iter().skip(2).any(is_script) {
                return Some("a path with a blank in it stands between quotes".to_owned());
            }
            let scripts = built_in::FILES
                .iter()
                .filter_map(|(name, _)| name.strip_prefix("scripts/")?.strip_suffix(".rhai"));
            nearest(&word, scripts).map(|near| format!("did you mean `drsh scripts/{near}.rhai`?"))
        }
        _ => None,
    }
}
