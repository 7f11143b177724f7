//! Carries out a script: begins the run, prints what happens, ends it with the right state and exit code.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use rhai::EvalAltResult;
use tokio::runtime::Runtime;

use super::console::{Console, Terminal, say, say_aside};
use super::state::{Header, State};
use super::{args, exit, wrong_or};
use crate::engine::{Report, Script};
use crate::environment::Environment;
use crate::journal::{FORMAT, Journal, Outcome, Record};
use crate::problem::Problem;
use crate::run::{Beginning, Direction, Replay, Run, random_id, spoken};

/// What a run is begun with, by any command.
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
    };
    carry_out(&order)
}

/// `drsh resume RUN`.
pub fn resume(command: &args::Resume) -> Result<u8, Problem> {
    go_on(command, Direction::Forward)
}

/// `drsh undo RUN`.
pub fn undo(command: &args::Resume) -> Result<u8, Problem> {
    go_on(command, Direction::Gathering)
}

fn go_on(command: &args::Resume, direction: Direction) -> Result<u8, Problem> {
    let state = State::of(&command.manner.state)?;
    let id = state.find(&command.run)?;
    let header = Header::of(&state.lines(&id)?, &state.run(&id))?;
    let script = Script::find(&header.script)?;
    if script.sha256() != header.script_sha256 {
        say(&format!(
            "note: {} was edited since run {id} began; steps are matched by their ids",
            header.script
        ));
    }
    let both = header.approved.into_iter().chain(command.manner.approve.iter().cloned());
    let approved = both.collect::<std::collections::BTreeSet<_>>().into_iter().collect();
    let environment = Environment::read(&header.environment)?;
    let stdlib = command.manner.stdlib.clone().or(header.stdlib);
    carry_out(&Order { script, environment, approved, stdlib, state, resumed: Some(id), direction })
}

/// Carries the order out; returns the exit code.
pub fn carry_out(order: &Order) -> Result<u8, Problem> {
    let runtime = Runtime::new()
        .map_err(|error| Problem::new("internal", format!("no threads for the clients: {error}")))?;
    let console = Arc::new(Console::default());
    let began = Instant::now();
    let run = begin(order, &runtime, &console)?;
    let library = Arc::new(order.script.library(order.stdlib.clone()));
    interrupt_on_signals(&runtime, &run);
    let done = order.script.carry_out(&run, &library);
    for line in library.overridden() {
        say(&format!("note: module {line} took the place of the built-in one"));
    }
    let outcome = match &done {
        Ok(_) if order.direction == Direction::Gathering => Outcome::Undone,
        Ok(_) => Outcome::Done,
        Err(error) => outcome_of(&Report::of(error, &order.script).problem),
    };
    let recorded = run.record(Record::RunEnded { outcome });
    let code = match done {
        Ok(_) => {
            let word = if order.direction == Direction::Forward { "done" } else { "undone" };
            say(&format!(
                "\n{word}: {} in {}, run {}",
                order.script.name(),
                spoken(began.elapsed()),
                run.id()
            ));
            for line in console.summary() {
                say(&line);
            }
            0
        }
        Err(error) => stop(&run, &order.script, &error),
    };
    runtime.shutdown_background();
    recorded.map(|_| code)
}

fn begin(order: &Order, runtime: &Runtime, console: &Arc<Console>) -> Result<Arc<Run>, Problem> {
    let id = order.resumed.clone().unwrap_or_else(random_id);
    let folder = order.state.run(&id);
    let (journal, replay) = if order.resumed.is_some() {
        let (journal, state) = Journal::open(&folder)?;
        if state.torn_bytes > 0 {
            say("note: the journal's last record was torn by a crash and is left out");
        }
        (journal, Replay::from_lines(&state.lines))
    } else {
        (Journal::create(&folder)?, Replay::default())
    };
    let file =
        std::path::absolute(&order.environment.file).unwrap_or_else(|_| order.environment.file.clone());
    journal.append(Record::RunStarted {
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        run: id.clone(),
        script: absolute(&order.script),
        script_sha256: order.script.sha256(),
        environment: file.display().to_string(),
        stdlib: order.stdlib.as_ref().map(|folder| {
            std::path::absolute(folder).unwrap_or_else(|_| folder.clone()).display().to_string()
        }),
        approved: order.approved.clone(),
        resumed: order.resumed.is_some(),
    })?;
    let verb = match (order.direction, &order.resumed) {
        (Direction::Forward, None) => "carries out",
        (Direction::Forward, Some(_)) => "resumes",
        (Direction::Gathering | Direction::Back, _) => "undoes",
    };
    let (script, place) = (order.script.origin(), &order.environment.name);
    say(&format!(
        "drsh {verb} {script} in environment {place} ({}), run {id}",
        order.environment.file.display()
    ));
    Ok(Run::begin(Beginning {
        id,
        environment: Arc::new(order.environment.clone()),
        journal: Some(journal),
        replay,
        direction: order.direction,
        approved: order.approved.iter().cloned().collect(),
        may_change: true,
        memory: Some(order.state.identities()),
        runtime: runtime.handle().clone(),
        listener: Box::new(console.clone()),
        asker: Terminal::present(),
    }))
}

/// A script file is recorded by its absolute path, so that a resume from another folder finds it.
fn absolute(script: &Script) -> String {
    let name = script.name();
    if !Path::new(&name).is_file() {
        return name;
    }
    std::path::absolute(&name).map_or(name, |path| path.display().to_string())
}

/// The first signal ends the present call and saves; the process then ends by itself.
fn interrupt_on_signals(runtime: &Runtime, run: &Arc<Run>) {
    use tokio::signal::unix::{SignalKind, signal};
    for kind in [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()] {
        let cancel = run.cancel().clone();
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
        "refused" | "wrong_cluster" => Outcome::Refused,
        _ => Outcome::Failed,
    }
}

/// Prints the four parts of an error; returns the exit code.
fn stop(run: &Arc<Run>, script: &Script, error: &EvalAltResult) -> u8 {
    let mut report = Report::of(error, script);
    report.problem = run.redactor().clean_problem(report.problem);
    say_aside(&format!("\n{}", report.render(script).trim_end()));
    let place = run.place().clone();
    let steps =
        if place.done.len() == 1 { "1 step".to_owned() } else { format!("{} steps", place.done.len()) };
    let id = run.id();
    let stopped = match &place.step {
        Some(step) => format!("stopped in \"{step}\""),
        None => "stopped between steps".to_owned(),
    };
    say_aside(&format!("state: {steps} done, {stopped}, nothing undone; run {id} is saved"));
    let hint = report.problem.hint.clone();
    let resume = format!("`drsh resume {id}`");
    // Exit code 2 promises that nothing was touched, which holds before the first step only.
    let untouched = report.problem.kind == "environment" && place.done.is_empty();
    match hint {
        Some(hint) if untouched => say_aside(&format!("hint: {hint}")),
        Some(hint) => say_aside(&format!("hint: {hint}; then {resume}")),
        None => say_aside(&format!("hint: {resume} goes on from here")),
    }
    match &*report.problem.kind {
        "environment" if !untouched => exit::FAILED,
        _ => wrong_or(&report.problem, exit::FAILED),
    }
}
