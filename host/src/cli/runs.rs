//! Lists the runs, and shows what the journal of one holds.

use serde_json::json;

use super::args;
use super::console::{say, tell};
use super::state::{Header, State};
use crate::journal::{Line, Outcome, Record};
use crate::problem::Problem;

/// `drsh runs`.
pub fn list(command: &args::Runs) -> Result<u8, Problem> {
    let state = State::of(&command.state)?;
    let runs = state.runs();
    if runs.is_empty() {
        say(&format!("there are no runs in {}", state.all_runs().display()));
    }
    for id in runs {
        match state.lines(&id) {
            Ok(lines) => {
                let fields = || {
                    json!({
                        "run": id, "began": lines.first().map(|line| line.at), "outcome": ending(&lines),
                        "steps_done": steps_done(&lines), "script": script_of(&id, &lines, &state),
                    })
                };
                tell("run", fields, &[line_of(&id, &lines, &state)]);
            }
            Err(problem) => {
                let fields = || json!({ "run": id, "error": super::console::json::problem(&problem) });
                tell("run", fields, &[format!("{id}  {problem}")]);
            }
        }
    }
    Ok(0)
}

fn script_of(id: &str, lines: &[Line], state: &State) -> String {
    Header::of(lines, &state.run(id)).map(|header| header.script).unwrap_or_default()
}

fn steps_done(lines: &[Line]) -> usize {
    lines.iter().filter(|line| matches!(line.record, Record::StepDone { .. })).count()
}

fn line_of(id: &str, lines: &[Line], state: &State) -> String {
    let script = script_of(id, lines, state);
    let at = lines.first().map(|line| line.at.to_string()).unwrap_or_default();
    let done = steps_done(lines);
    let steps = if done == 1 { "step" } else { "steps" };
    format!("{id}  {at:.19}  {:<22} {done:>3} {steps} done  {script}", ending(lines))
}

fn ending(lines: &[Line]) -> &'static str {
    match lines.last().map(|line| &line.record) {
        Some(Record::RunEnded { outcome: Outcome::Done, .. }) => "done",
        Some(Record::RunEnded { outcome: Outcome::Failed, .. }) => "failed, resumable",
        Some(Record::RunEnded { outcome: Outcome::Refused, .. }) => "refused, resumable",
        Some(Record::RunEnded { outcome: Outcome::Undone, .. }) => "undone",
        Some(Record::RunEnded { outcome: Outcome::Interrupted, .. }) => "interrupted, resumable",
        _ => "running or died",
    }
}

/// `drsh show RUN`.
pub fn show(command: &args::Show) -> Result<u8, Problem> {
    let state = State::of(&command.state)?;
    let id = state.find(&command.run)?;
    for line in state.lines(&id)? {
        let text = format!("{:.23}  {}", line.at.to_string(), describe(&line.record));
        tell("record", || json!({ "seq": line.seq, "at": line.at, "record": line.record }), &[text]);
    }
    Ok(0)
}

fn describe(record: &Record) -> String {
    match record {
        Record::RunStarted { script, environment, resumed, .. } => {
            let verb = if *resumed { "resumed" } else { "started" };
            format!("run {verb}: {script} in {environment}")
        }
        Record::StartedOver { from, steps } => format!("to be done again from {from}: {}", steps.join(", ")),
        Record::Skipped { step, because } => format!("to be skipped: {step}: {because}"),
        Record::Phase { name } => format!("phase {name}"),
        Record::StepStarted { step, .. } => format!("  began {step}"),
        Record::StepDone { step, milliseconds, .. } => format!("  done  {step} ({milliseconds} ms)"),
        Record::StepFailed { step, message, .. } => format!("  stop  {step}: {message}"),
        Record::UndoStarted { step } => format!("  began to undo {step}"),
        Record::Undone { step, milliseconds } => format!("  undone {step} ({milliseconds} ms)"),
        Record::CallIntended { function, target, about, effect } => {
            format!("        {function} on {target}: {about} ({effect})")
        }
        Record::CallEnded { of, problem: Some(problem), .. } => {
            format!("        call {of} stopped: {problem}")
        }
        Record::CallEnded { of, milliseconds, .. } => format!("        call {of} ended ({milliseconds} ms)"),
        Record::Waited { what, milliseconds, last_seen: None, .. } => {
            format!("        waited {milliseconds} ms for {what}")
        }
        Record::Waited { what, milliseconds, last_seen: Some(seen), .. } => {
            format!("        gave up after {milliseconds} ms waiting for {what}: {seen}")
        }
        Record::Identity { cluster, uid, version } => {
            format!("        cluster {cluster} is {uid}, version {version}")
        }
        Record::LeaseTaken { cluster, from: Some(from), because } => {
            let because = because.as_deref().unwrap_or("it was free");
            format!("        took cluster {cluster} over from run {from}: {because}")
        }
        Record::LeaseTaken { cluster, .. } => format!("        holds cluster {cluster}"),
        Record::Approved { phase, by } => format!("approved phase {phase}: {by}"),
        Record::PointOfNoReturn { reason } => format!("point of no return: {reason}"),
        Record::Note { text, .. } => format!("        note: {text}"),
        Record::RunEnded { outcome, .. } => format!("run ended: {outcome:?}").to_lowercase(),
    }
}
