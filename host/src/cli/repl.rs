//! `drsh repl`: puts the operator into the seat.

use std::io::IsTerminal as _;
use std::path::Path;
use std::sync::Arc;

use super::args;
use super::console::{Console, Terminal};
use super::state::State;
use crate::environment::Environment;
use crate::problem::Problem;
use crate::repl::{self, Seat};
use crate::run::Asker;

/// `drsh repl`.
pub fn carry_out(command: &args::Repl) -> Result<u8, Problem> {
    let environment = Environment::read(&command.env)?;
    let state = State::of(&command.state)?;
    let is_terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    let user = std::env::var("USER").or_else(|_| std::env::var("LOGNAME")).unwrap_or_else(|_| "?".to_owned());
    let machine = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let stopped = repl::carry_out(Seat {
        environment: Arc::new(environment),
        stdlib: command.stdlib.clone(),
        runs: state.all_runs(),
        identities: state.identities(),
        history: state.history(),
        listener: Box::new(|| Box::new(Arc::new(Console::default()))),
        asker: Box::new(|| Terminal::present().unwrap_or_else(|| Box::new(NextLine))),
        holder: format!("repl by {user}@{}", machine.trim()),
        take_over: command.take_over,
        is_terminal,
    })?;
    // A person saw what stopped; whoever pipes lines in wants to know afterwards.
    Ok(if stopped > 0 && !is_terminal { super::exit::FAILED } else { 0 })
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
