//! `drsh repl`: puts the operator into the seat.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::path::Path;
use std::sync::Arc;

use rhai::Dynamic;

use super::args;
use super::attach::Attached;
use super::console::{Console, Terminal};
use super::plan::Printer;
use super::state::State;
use crate::data;
use crate::engine::Library;
use crate::environment::Environment;
use crate::problem::Problem;
use crate::repl::{self, Given, Seat, Source};
use crate::run::Asker;

/// `drsh repl`.
pub fn carry_out(command: &args::Repl) -> Result<u8, Problem> {
    let state = State::of(&command.means.state)?;
    let stdlib = command.means.stdlib.clone();
    let attached = command.run.as_deref().map(|run| Attached::to(&state, run, stdlib.clone())).transpose()?;
    let file = attached.as_ref().map_or(&command.env, |attached| &attached.environment);
    let environment = Arc::new(Environment::read(file)?);
    let plain = |name: &str, value| Given { name: name.to_owned(), value, source: Source::Plain };
    let mut given = vec![plain("params", parameters(&environment))];
    let (mut imports, mut greeting) = (BTreeMap::new(), Vec::new());
    if let Some(attached) = &attached {
        let seen = attached.see(&environment);
        given.push(plain("steps", Dynamic::from(attached.steps.clone())));
        given.extend(seen.variables);
        (imports, greeting) = (seen.imports, seen.told);
    }
    let usual = || Arc::new(Library::new(stdlib.clone(), std::env::current_dir().ok()));
    let is_terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    let user = std::env::var("USER").or_else(|_| std::env::var("LOGNAME")).unwrap_or_else(|_| "?".to_owned());
    let machine = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let stopped = repl::carry_out(Seat {
        environment,
        library: attached.as_ref().map_or_else(usual, |attached| attached.library.clone()),
        stdlib: attached.map_or_else(|| stdlib.clone(), |attached| attached.stdlib),
        runs: state.all_runs(),
        identities: state.identities(),
        history: state.history(),
        given,
        imports,
        greeting,
        planner: Box::new(|| Box::new(Arc::new(Printer::default()))),
        listener: Box::new(|| Box::new(Arc::new(Console::default()))),
        asker: Box::new(|| Terminal::present().unwrap_or_else(|| Box::new(NextLine))),
        holder: format!("repl by {user}@{}", machine.trim()),
        take_over: command.means.take_over,
        is_terminal,
    })?;
    // A person saw what stopped; whoever pipes lines in wants to know afterwards.
    Ok(if stopped > 0 && !is_terminal { super::exit::FAILED } else { 0 })
}

/// The environment's parameters as a script's value.
fn parameters(environment: &Environment) -> Dynamic {
    let json = serde_json::to_value(&environment.parameters).unwrap_or_default();
    data::to_dynamic(json)
}

/// Whether `drsh` alone means the REPL: a person is there, and so is an environment.
pub fn is_meant_by(given: &[String]) -> bool {
    let is_there = std::env::var_os("DRSH_ENV")
        .map_or_else(|| Path::new("environment.toml").is_file(), |file| Path::new(&file).is_file());
    given.len() == 1 && is_there && std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}

/// Takes the next line of a pipe for the answer.
struct NextLine;

impl Asker for NextLine {
    fn ask(&self, _: &str) -> Option<String> {
        let mut typed = String::new();
        std::io::stdin().read_line(&mut typed).ok().filter(|count| *count > 0).map(|_| typed)
    }
}
