//! Carries out a script: begins the run, prints what happens, ends it with the right state and exit code.

mod again;
mod begin;
mod edits;
mod place;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use rhai::EvalAltResult;
use tokio::runtime::Runtime;

pub use self::again::{Again, go_on, resume, undo};
use super::console::{Console, complain, say, say_aside};
use super::offer::{self, Ended};
use super::state::State;
use super::{args, exit, wrong_or};
use crate::check;
use crate::engine::{Report, Script};
use crate::environment::Environment;
use crate::journal::{Outcome, Record};
use crate::problem::Problem;
use crate::run::{Direction, Run, spoken};

/// What a run is begun with, by any command.
#[derive(Debug)]
pub struct Order {
    /// The script.
    pub script: Script,
    /// The environment.
    pub environment: Environment,
    /// The phases approved beforehand.
    pub approved: Vec<String>,
    /// Where stdlib modules are taken from first.
    pub stdlib: Option<PathBuf>,
    /// Where state is kept.
    pub state: State,
    /// The run to go on with.
    pub resumed: Option<String>,
    /// Forward, or gathering for the way back.
    pub direction: Direction,
    /// Whether clusters that another run holds are taken from it.
    pub take_over: bool,
    /// What a resume or an undo is told besides.
    pub again: Again,
}

/// `drsh run SCRIPT`.
pub fn run(command: &args::Run) -> Result<u8, Problem> {
    let order = Order {
        script: Script::find(&command.script)?,
        environment: Environment::read(&command.env)?,
        approved: command.manner.approve.clone(),
        stdlib: command.manner.stdlib.clone(),
        state: State::of(&command.manner.state)?,
        resumed: None,
        direction: Direction::Forward,
        take_over: command.manner.take_over,
        again: Again::default(),
    };
    ready(&order, &command.manner.approve)?;
    offer::after(start(&order)?, &command.manner)
}

/// Looks whether the script can be begun, with these phases approved by who asks now. Errors: `script`, `usage`.
fn ready(order: &Order, approved: &[String]) -> Result<(), Problem> {
    let library = order.script.library(order.stdlib.clone());
    check::ready(&order.script, &library, approved)?;
    if let Some((first, count)) = check::foreseen(&order.script, &library) {
        let more = if count == 1 { String::new() } else { format!(", and {} more", count - 1) };
        say(&format!(
            "note: it will stop at {}:{}: {}{more}; `drsh check` tells",
            first.file, first.line, first.message
        ));
    }
    Ok(())
}

/// Carries the order out; returns how it ended.
pub fn start(order: &Order) -> Result<Ended, Problem> {
    let runtime = Runtime::new()
        .map_err(|error| Problem::new("internal", format!("no threads for the clients: {error}")))?;
    let console = Arc::new(Console::default());
    let began = Instant::now();
    let library = Arc::new(order.script.library(order.stdlib.clone()));
    let run = begin::begin(order, &library, &runtime, &console)?;
    interrupt_on_signals(&runtime, &run);
    let done = order.script.carry_out(&run, &library);
    for step in order.again.never_came_up(&run.place().done) {
        say(&format!("note: {step}, which was to be skipped, did not come up"));
    }
    for line in library.overridden() {
        say(&format!("note: module {line} took the place of the built-in one"));
    }
    let outcome = match &done {
        Ok(_) if order.direction == Direction::Gathering => Outcome::Undone,
        Ok(_) => Outcome::Done,
        Err(error) => outcome_of(&Report::of(error, &order.script).problem),
    };
    let recorded = run.record(Record::RunEnded { outcome });
    run.end();
    let code = match done {
        Ok(_) => {
            let word = match order.direction {
                Direction::Forward => "done",
                _ if run.place().done.is_empty() => "nothing was undone",
                _ => "undone",
            };
            say(&format!(
                "\n{word}: {} in {}, run {}",
                order.script.name(),
                spoken(began.elapsed()),
                run.id()
            ));
            for line in console.summary() {
                say(&line);
            }
            if word == "nothing was undone" {
                say(&format!(
                    "hint: where something stays, it says why; `drsh resume {}` goes forward",
                    run.id()
                ));
            }
            0
        }
        Err(error) => stop(&run, order, &error),
    };
    runtime.shutdown_background();
    let code = match recorded {
        // That it was not done is told already, and likely for the same reason.
        Err(problem) if code == 0 => {
            complain(&problem);
            exit::FAILED
        }
        _ => code,
    };
    Ok(Ended { code, run: run.id().to_owned(), step: run.place().step.clone() })
}

/// The first signal ends the present call and saves; the process then ends by itself.
pub(super) fn interrupt_on_signals(runtime: &Runtime, run: &Arc<Run>) {
    use tokio::signal::unix::{SignalKind, signal};
    for kind in [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()] {
        let cancel = run.cancel();
        let _inside = runtime.enter();
        let Ok(mut signals) = signal(kind) else { continue };
        runtime.spawn(async move {
            signals.recv().await;
            cancel.cancel();
            signals.recv().await;
            std::process::exit(exit::INTERRUPTED.into());
        });
    }
}

fn outcome_of(problem: &Problem) -> Outcome {
    match &*problem.kind {
        "interrupted" => Outcome::Interrupted,
        "refused" | "wrong_cluster" | "held" => Outcome::Refused,
        _ => Outcome::Failed,
    }
}

/// Prints the four parts of an error; returns the exit code.
fn stop(run: &Arc<Run>, order: &Order, error: &EvalAltResult) -> u8 {
    let script = &order.script;
    let mut report = Report::of(error, script);
    report.problem = run.redactor().clean_problem(report.problem);
    say_aside(&format!("\n{}", report.render(script).trim_end()));
    let place = run.place().clone();
    let steps = match place.done.len() - place.skipped {
        1 => "1 step".to_owned(),
        count => format!("{count} steps"),
    };
    let skipped = match place.skipped {
        0 => String::new(),
        count => format!(", {count} skipped"),
    };
    let id = run.id();
    let stopped = match &place.step {
        Some(step) => format!("stopped in \"{step}\""),
        None => "stopped between steps".to_owned(),
    };
    say_aside(&format!("state: {steps} done{skipped}, {stopped}, nothing undone; run {id} is saved"));
    let hint = report.problem.hint.clone();
    let word = if order.direction == Direction::Gathering { "undo" } else { "resume" };
    let again = format!("`drsh {word} {id}`");
    // Exit code 2 promises that nothing was touched, which holds before the first step only.
    let untouched = report.problem.kind == "environment" && place.done.is_empty();
    match hint {
        Some(hint) if untouched || hint.contains(&format!("drsh resume {id} ")) => {
            say_aside(&format!("hint: {hint}"));
        }
        Some(hint) if hint.ends_with('?') => say_aside(&format!("hint: {hint} Then {again}")),
        Some(hint) => say_aside(&format!("hint: {hint}; then {again}")),
        None => say_aside(&format!("hint: {again} goes on from here")),
    }
    match &*report.problem.kind {
        "environment" if !untouched => exit::FAILED,
        _ => wrong_or(&report.problem, exit::FAILED),
    }
}
