//! `drsh repl`: puts the operator into the seat.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rhai::{Dynamic, Map};

use super::args;
use super::console::{Console, Terminal};
use super::plan::Printer;
use super::state::{Header, State};
use crate::data;
use crate::environment::Environment;
use crate::journal::{self, Record};
use crate::problem::Problem;
use crate::repl::{self, Seat};
use crate::run::{Asker, step_id};

/// `drsh repl`.
pub fn carry_out(command: &args::Repl) -> Result<u8, Problem> {
    let state = State::of(&command.means.state)?;
    let attached = command.run.as_deref().map(|run| Attached::to(&state, run)).transpose()?;
    let file = attached.as_ref().map_or(&command.env, |attached| &attached.environment);
    let environment = Environment::read(file)?;
    let mut given = vec![("params".to_owned(), parameters(&environment))];
    given.extend(attached.iter().map(|attached| ("steps".to_owned(), Dynamic::from(attached.steps.clone()))));
    let is_terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    let user = std::env::var("USER").or_else(|_| std::env::var("LOGNAME")).unwrap_or_else(|_| "?".to_owned());
    let machine = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let stopped = repl::carry_out(Seat {
        environment: Arc::new(environment),
        stdlib: command.means.stdlib.clone(),
        runs: state.all_runs(),
        identities: state.identities(),
        history: state.history(),
        given,
        greeting: attached.map(|attached| attached.told).unwrap_or_default(),
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

/// A run that is looked into.
struct Attached {
    environment: PathBuf,
    steps: Map,
    told: Vec<String>,
}

impl Attached {
    /// Reads what the run's journal knows. Errors: `run`, `journal`.
    fn to(state: &State, run: &str) -> Result<Self, Problem> {
        let id = state.find(run)?;
        let lines = state.lines(&id)?;
        let header = Header::of(&lines, &state.run(&id))?;
        let (mut steps, mut stopped) = (Map::new(), None);
        for line in &lines {
            match &line.record {
                Record::StepDone { step, value, .. } => {
                    steps.insert(step_id(step).into(), journal::decode(value)?);
                }
                Record::Undone { step, .. } => drop(steps.remove(step_id(step).as_str())),
                Record::StepFailed { step, message, .. } => stopped = Some((step.clone(), message.clone())),
                Record::StepStarted { .. } => stopped = None,
                _ => {}
            }
        }
        let names: Vec<&str> = steps.keys().map(AsRef::as_ref).collect();
        let mut told = vec![format!("run {id} of {}, in {}", header.script, header.environment.display())];
        if let Some((step, message)) = &stopped {
            told.push(format!("it stopped in \"{step}\": {message}"));
        }
        told.push(match names.first() {
            None => "no step is done; `params` holds the parameters".to_owned(),
            Some(first) => format!(
                "`steps` holds what {} gave back, as in steps[\"{first}\"]; `params` the parameters",
                names.join(", ")
            ),
        });
        let ended = lines.last().is_some_and(|line| matches!(line.record, Record::RunEnded { .. }));
        told.push(if ended || journal::is_left(&state.run(&id)) {
            format!("`drsh resume {id}` goes on with it")
        } else {
            "another drsh carries it out at present: this is how it stood just now".to_owned()
        });
        Ok(Self { environment: header.environment, steps, told })
    }
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
