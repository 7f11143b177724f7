//! Carries out a script: begins the run, prints what happens, ends it with the right state and exit code.

mod again;
mod begin;
mod edits;
mod place;
mod stop;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use serde_json::json;
use tokio::runtime::Runtime;

pub use self::again::{Again, go_on, resume, undo};
use super::console::{Console, complain, leave_at_once, live, say, tell_end};
use super::offer::{self, Ended};
use super::state::State;
use super::{args, exit, telemetry};
use crate::check;
use crate::engine::{Report, Script};
use crate::environment::Environment;
use crate::journal::{self, Outcome, Record};
use crate::problem::Problem;
use crate::run::{Direction, Run, clients, milliseconds, spoken};

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
    pub resumed: Option<Earlier>,
    /// Forward, or gathering for the way back.
    pub direction: Direction,
    /// Whether clusters that another run holds are taken from it.
    pub take_over: bool,
    /// What a resume or an undo is told besides.
    pub again: Again,
}

/// A run to go on with.
#[derive(Debug)]
pub struct Earlier {
    /// Its id.
    pub id: String,
    /// Its journal, where that was read already.
    pub seen: Option<journal::State>,
}

/// `drsh run SCRIPT`.
pub fn run(command: &args::Run) -> Result<u8, Problem> {
    let order = Order {
        script: Script::find(&command.script)?,
        environment: Environment::read(&command.env)?,
        approved: command.manner.approve.clone(),
        stdlib: command.manner.means.stdlib.clone(),
        state: State::of(&command.manner.means.state)?,
        resumed: None,
        direction: Direction::Forward,
        take_over: command.manner.means.take_over,
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
    let runtime = clients()?;
    let console = Arc::new(Console::default());
    let began = Instant::now();
    let library = Arc::new(order.script.library(order.stdlib.clone()));
    let telemetry = telemetry::begin(&runtime, &order.script.name())?;
    let listener = telemetry::beside(Box::new(console.clone()), telemetry.as_ref());
    let run = begin::begin(order, &library, &runtime, listener)?;
    interrupt_on_signals(&runtime, &run);
    let shown = live::show(&format!("run {}", run.id()));
    let done = order.script.carry_out(&run, &library);
    for step in order.again.never_came_up(&run.place().done) {
        say(&format!("note: {step}, which was to be skipped, did not come up"));
    }
    for line in library.overridden() {
        say(&format!("note: module {line} took the place of the built-in one"));
    }
    let failure = done.err().map(|error| {
        let report = Report::of(&error, &order.script);
        Report { problem: run.redactor().clean_problem(report.problem), ..report }
    });
    let outcome = match &failure {
        Some(report) => outcome_of(&report.problem),
        None if order.direction == Direction::Gathering => Outcome::Undone,
        None => Outcome::Done,
    };
    let error = failure.as_ref().map(stop::kept);
    run.end_measuring();
    let recorded = run.record(Record::RunEnded { outcome, error });
    run.end();
    drop(shown);
    if let Some(telemetry) = telemetry {
        telemetry.end(run.id(), failure.as_ref().map(|report| &report.problem));
    }
    let code = match failure {
        None => {
            let word = match order.direction {
                Direction::Forward => "done",
                _ if run.place().done.is_empty() => "nothing was undone",
                _ => "undone",
            };
            let (script, took) = (order.script.name(), began.elapsed());
            let mut lines = vec![format!("\n{word}: {script} in {}, run {}", spoken(took), run.id())];
            lines.extend(console.summary());
            if word == "nothing was undone" {
                lines.push(format!(
                    "hint: where something stays, it says why; `drsh resume {}` goes forward",
                    run.id()
                ));
            }
            // For programs there are two words.
            let outcome = if order.direction == Direction::Forward { "done" } else { "undone" };
            let fields = json!({
                "run": run.id(), "outcome": outcome, "exit_code": 0, "milliseconds": milliseconds(took),
            });
            tell_end("run_ended", fields, &lines);
            0
        }
        Some(report) => stop::stop(&run, order, &report, began.elapsed()),
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
            leave_at_once();
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
