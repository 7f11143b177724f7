//! `drsh plan SCRIPT`: reads go through the gate, each change is shown instead of made; no run is kept.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use super::console::{is_json, json, say, say_aside, set_in, tell, tell_end, tell_program};
use super::procedure::interrupt_on_signals;
use super::state::State;
use super::{args, exit, wrong_or};
use crate::check;
use crate::engine::{Report, Script};
use crate::environment::Environment;
use crate::problem::Problem;
use crate::run::{
    Beginning, Claim, Direction, Event, Listener, Planned, Replay, Run, clients, random_id, spoken,
};
use crate::unknown;

/// Changes of one kind on one target: more of them in one step are counted, not shown.
const ALIKE: usize = 6;

/// What stands before the further lines of a text.
const INDENT: &str = "             ";

/// How much of what a wait sees is printed, in characters.
const SEEN: usize = 160;

/// What a plan is asked for.
pub struct Question {
    /// The script.
    pub script: Script,
    /// The environment.
    pub environment: Environment,
    /// The phases that count as approved.
    pub approved: Vec<String>,
    /// Where stdlib modules are taken from first.
    pub stdlib: Option<PathBuf>,
    /// Where identities are compared with those of earlier runs.
    pub state: State,
    /// Whether changes that are alike are all shown.
    pub all: bool,
}

/// `drsh plan SCRIPT`.
pub fn show(command: &args::Plan) -> Result<u8, Problem> {
    let script = Script::find(&command.script)?;
    check::ready(&script, &script.library(command.stdlib.clone()), &command.approve)?;
    carry_out(&Question {
        script,
        environment: Environment::read(&command.env)?,
        approved: command.approve.clone(),
        stdlib: command.stdlib.clone(),
        state: State::of(&command.state)?,
        all: command.all,
    })
}

/// Shows the plan; returns the exit code: 0 unless the run itself would stop before it changes anything.
pub fn carry_out(question: &Question) -> Result<u8, Problem> {
    let runtime = clients()?;
    announce(question);
    let printer = Arc::new(Printer { all: question.all, ..Printer::default() });
    let run = Run::begin(Beginning {
        id: random_id(),
        environment: Arc::new(question.environment.clone()),
        journal: None,
        replay: Replay::default(),
        direction: Direction::Planning,
        until: None,
        approved: question.approved.iter().cloned().collect(),
        may_change: false,
        memory: Some(question.state.identities()),
        runtime: runtime.handle().clone(),
        listener: Box::new(printer.clone()),
        asker: None,
        claim: Claim::default(),
    });
    let library = Arc::new(question.script.library(question.stdlib.clone()));
    interrupt_on_signals(&runtime, &run);
    let done = question.script.carry_out(&run, &library);
    printer.end_step();
    for line in library.overridden() {
        say(&format!("note: module {line} took the place of the built-in one"));
    }
    run.end();
    let (code, error) = match done {
        Ok(_) => (0, Value::Null),
        Err(error) => {
            let problem = run.redactor().clean_problem(unknown::cause(&error));
            if run.is_blamed_on_plan(&problem) {
                say(&format!(
                    "\nthe plan ends here: what follows hangs on changes that it does not make: {}",
                    problem.message
                ));
                (0, Value::Null)
            } else {
                let mut report = Report::of(&error, &question.script);
                report.problem = run.redactor().clean_problem(report.problem);
                stop(&run, &question.script, &report)
            }
        }
    };
    tell_end("plan_ended", totals(&run, &printer, code, &error), &summary(&run, &printer));
    runtime.shutdown_background();
    Ok(code)
}

/// Tells what begins.
fn announce(question: &Question) {
    let (script, place) = (&question.script, &question.environment.name);
    let file = question.environment.file.display();
    let origin = script.origin();
    let text = format!("drsh plans {origin} in environment {place} ({file}): it looks, and changes nothing");
    let fields = || {
        json!({
            "script": script.name(), "environment": place, "environment_file": file.to_string(),
            "version": env!("CARGO_PKG_VERSION"),
        })
    };
    tell("plan_started", fields, &[text]);
}

/// Prints what would stop the run itself; returns the exit code, and the error as programs read it.
fn stop(run: &Run, script: &Script, report: &Report) -> (u8, Value) {
    say_aside(&format!("\n{}", report.render(script).trim_end()));
    let place = run.place().clone();
    let at = match &place.step {
        Some(step) => format!("in \"{step}\""),
        None => "between steps".to_owned(),
    };
    let state = format!("nothing was changed; the run would stop here, {at}");
    say_aside(&format!("state: {state}"));
    if let Some(hint) = &report.problem.hint {
        say_aside(&format!("hint: {hint}"));
    }
    (wrong_or(&report.problem, exit::FAILED), json::error(report, &state, report.problem.hint.as_deref()))
}

/// How much there is of what, as programs read it.
fn totals(run: &Run, printer: &Printer, code: u8, error: &Value) -> Value {
    let entries = run.ledger().entries().clone();
    let changes = entries.changes.iter().map(|(target, (changes, destroying))| {
        (target.clone(), json!({ "changes": changes, "destroying": destroying }))
    });
    json!({
        "exit_code": code, "steps": *printer.steps.lock().unwrap_or_else(PoisonError::into_inner),
        "looks": entries.reads, "changes": changes.collect::<serde_json::Map<_, _>>(),
        "not_known": entries.not_known, "error": error,
    })
}

/// Says how much there is of what, and what is not known.
fn summary(run: &Run, printer: &Printer) -> Vec<String> {
    let entries = run.ledger().entries().clone();
    let steps = *printer.steps.lock().unwrap_or_else(PoisonError::into_inner);
    let count = |number: usize, one: &str, more: &str| {
        if number == 1 { format!("1 {one}") } else { format!("{number} {more}") }
    };
    let changes = entries.changes.values().map(|(changes, _)| changes).sum();
    let mut lines = vec![format!(
        "\nplan: {}, {}, {}; nothing was changed",
        count(steps, "step", "steps"),
        count(entries.reads, "look", "looks"),
        count(changes, "change", "changes")
    )];
    for (target, (changes, destroying)) in &entries.changes {
        let destroying = match destroying {
            0 => String::new(),
            number => format!(", {number} of them cannot be changed back"),
        };
        lines.push(format!("  {target:<24} {}{destroying}", count(*changes, "change", "changes")));
    }
    if !entries.not_known.is_empty() {
        lines
            .push("  not known to their end, as they build on changes that a plan does not make:".to_owned());
        lines.extend(entries.not_known.iter().map(|step| format!("    {step}")));
    }
    lines
}

/// What a wait sees, cut: a run says all of it.
fn short(seen: &str) -> String {
    match seen.char_indices().nth(SEEN) {
        Some((end, _)) => format!("{} ...", &seen[..end]),
        None => seen.to_owned(),
    }
}

/// Prints what a plan says.
#[derive(Default)]
pub struct Printer {
    all: bool,
    steps: Mutex<usize>,
    /// How many changes of this step were alike, by what they are.
    alike: Mutex<HashMap<String, usize>>,
}

impl Printer {
    /// Says how many changes of the step were not shown.
    fn end_step(&self) {
        let alike = std::mem::take(&mut *self.alike.lock().unwrap_or_else(PoisonError::into_inner));
        let mut more: Vec<(String, usize)> = alike.into_iter().filter(|(_, count)| *count > ALIKE).collect();
        more.sort_unstable();
        for (what, count) in more {
            say(&format!("    ...      and {} more: {what} ... (--all shows them)", count - ALIKE));
        }
    }

    fn step(&self, step: &str, undo: &str, already: bool) {
        self.end_step();
        *self.steps.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        say(&format!("\n  {step}"));
        if !undo.is_empty() {
            say(&format!("    undo     {undo}"));
        }
        if already {
            say("    so       already, as its own check finds; a run does it again");
        }
    }

    fn change(&self, destroys: bool, target: &str, about: &str, lines: &[String]) {
        let verb = about.split(' ').next().unwrap_or_default();
        let what = format!("{target}: {verb}");
        {
            let mut alike = self.alike.lock().unwrap_or_else(PoisonError::into_inner);
            let count = alike.entry(what).or_default();
            *count += 1;
            if *count > ALIKE && !self.all && !destroys {
                return;
            }
        }
        let word = if destroys { "DESTROY" } else { "change" };
        let mut text = format!("    {word:<8} {target}: {about}");
        for line in lines {
            text.push_str("\n               ");
            text.push_str(line);
        }
        say(&text);
    }
}

impl Listener for Arc<Printer> {
    fn hear(&self, event: &Event) {
        if is_json() {
            // A plan has its own word for a step.
            if matches!(event, Event::StepStarted(_)) {
                return;
            }
            if matches!(event, Event::Planned(Planned::Step { .. })) {
                *self.steps.lock().unwrap_or_else(PoisonError::into_inner) += 1;
            }
            tell_program(event);
            return;
        }
        match event {
            Event::Phase(name) => {
                self.end_step();
                say(&format!("\n{name}"));
            }
            Event::Planned(Planned::Step { step, undo, already }) => self.step(step, undo, *already),
            Event::Planned(Planned::Change { destroys, target, about, lines }) => {
                self.change(*destroys, target, about, lines);
            }
            Event::Planned(Planned::Wait { what, limit, now }) => {
                let now = if now.is_empty() { "not so".to_owned() } else { short(now) };
                say(&format!("    wait     for {what}, up to {}; now: {now}", spoken(*limit)));
            }
            Event::Planned(Planned::Approval { phase, confirm: Some(confirm), why }) => {
                say(&format!("  ask        here the run asks for approval: phase {phase} {why}"));
                say(&format!("             type {confirm} then, or start it with --approve {phase}"));
            }
            Event::Planned(Planned::Approval { phase, confirm: None, why }) => {
                say(&format!("  ask        nothing: phase {phase} is approved; it {why}"));
            }
            Event::Planned(Planned::Check(message)) => {
                say(&format!("    check    the run stops here if it is so by then, too: {message}"));
            }
            Event::Planned(Planned::NoReturn(reason)) => {
                self.end_step();
                say(&format!("\n  ----       point of no return: {reason}"));
            }
            Event::Planned(Planned::NotKnown(why)) => say(&format!("    unknown  from here on: {why}")),
            Event::Said(text) => say(&format!("    says     {}", set_in(text, INDENT))),
            Event::Warned(text) => say(&format!("    note     {}", set_in(text, INDENT))),
            Event::WaitBegan { .. }
            | Event::Waiting { .. }
            | Event::WaitEnded { .. }
            | Event::Called { .. }
            | Event::Streamed { .. }
            | Event::StepStarted(_)
            | Event::StepSkipped { .. }
            | Event::StepDone { .. }
            | Event::StepFailed { .. } => {}
        }
    }
}
