//! Events as programs read them: one JSON object a line. scripts/EVENTS.md tells what each of them holds.

use jiff::{Timestamp, Unit};
use serde_json::{Value, json};

use crate::engine::Report;
use crate::problem::Problem;
use crate::run::{Event, Planned, milliseconds, step_id};

/// The number of the form: it changes where a reader of the one before would be led astray.
const SCHEMA: u32 = 1;

/// Writes an event as a line; what every event has stands first.
pub fn line(event: &str, fields: Value) -> String {
    let now = Timestamp::now();
    let time = now.round(Unit::Millisecond).unwrap_or(now);
    let fields = match fields {
        Value::Object(fields) if !fields.is_empty() => Value::Object(fields).to_string(),
        _ => "{}".to_owned(),
    };
    let comma = if fields == "{}" { "" } else { "," };
    format!("{{\"schema\":{SCHEMA},\"time\":\"{time}\",\"event\":\"{event}\"{comma}{}", &fields[1..])
}

/// The name and the fields of what happened in a run.
pub fn event(event: &Event) -> (&'static str, Value) {
    match event {
        Event::Phase(name) => ("phase", json!({ "name": name })),
        Event::StepStarted(step) => ("step_started", json!({ "id": step_id(step), "step": step })),
        Event::StepDone { step, took, replayed } => (
            "step_done",
            json!({ "id": step_id(step), "step": step, "milliseconds": milliseconds(*took), "replayed": replayed }),
        ),
        Event::StepSkipped { step, because } => {
            ("step_skipped", json!({ "id": step_id(step), "step": step, "because": because }))
        }
        Event::StepFailed { step, problem, took } => (
            "step_failed",
            json!({
                "id": step_id(step), "step": step, "milliseconds": milliseconds(*took), "error": self::problem(problem),
            }),
        ),
        Event::WaitBegan { number, what, limit } => (
            "wait_began",
            json!({ "wait": number, "what": what, "limit_milliseconds": milliseconds(*limit) }),
        ),
        Event::Waiting { number, what, seen, waited, limit } => (
            "waiting",
            json!({
                "wait": number, "what": what, "seen": seen,
                "milliseconds": milliseconds(*waited), "limit_milliseconds": milliseconds(*limit),
            }),
        ),
        Event::WaitEnded { number, what, took } => {
            ("wait_ended", json!({ "wait": number, "what": what, "milliseconds": milliseconds(*took) }))
        }
        Event::Streamed { host, line } => ("output", json!({ "host": host, "line": line })),
        Event::Said(text) => ("said", json!({ "text": text })),
        Event::Warned(text) => ("warned", json!({ "text": text })),
        Event::Planned(planned) => self::planned(planned),
    }
}

/// The name and the fields of what a plan says.
fn planned(planned: &Planned) -> (&'static str, Value) {
    match planned {
        Planned::Step { step, undo, already } => (
            "planned_step",
            json!({ "id": step_id(step), "step": step, "undo": text(undo), "already": already }),
        ),
        Planned::Change { destroys, target, about, lines } => (
            "planned_change",
            json!({ "destroys": destroys, "target": target, "about": about, "particulars": lines }),
        ),
        Planned::Wait { what, limit, now } => (
            "planned_wait",
            json!({ "what": what, "limit_milliseconds": milliseconds(*limit), "now": text(now) }),
        ),
        Planned::Approval { phase, confirm, why } => {
            ("planned_approval", json!({ "phase": phase, "confirm": confirm, "why": why }))
        }
        Planned::Check(message) => ("planned_check", json!({ "message": message })),
        Planned::NoReturn(reason) => ("planned_no_return", json!({ "reason": reason })),
        Planned::NotKnown(why) => ("planned_unknown", json!({ "why": why })),
    }
}

/// A text, or nothing where it is empty.
fn text(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { text.into() }
}

/// What went wrong, without where.
pub fn problem(problem: &Problem) -> Value {
    json!({ "kind": problem.kind, "message": problem.message, "hint": problem.hint })
}

/// The four parts of an error: what, where, how things stand, and what to do next.
pub fn error(report: &Report, state: &str, hint: Option<&str>) -> Value {
    let frames = report.frames.iter();
    let at: Vec<Value> = frames
        .map(|frame| json!({ "file": frame.source, "line": frame.line, "column": frame.column }))
        .collect();
    json!({
        "kind": report.problem.kind, "message": report.problem.message, "at": at, "state": state, "hint": hint,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_object_whose_first_fields_say_what_it_is() {
        let happened = Event::Warned("two\nlines \u{1b}[2J".into());
        let (name, fields) = event(&happened);
        let line = line(name, fields);
        assert!(line.starts_with("{\"schema\":1,\"time\":\"20"), "{line}");
        assert!(!line.contains('\n') && !line.contains('\u{1b}'), "{line}");
        let read: Value = serde_json::from_str(&line).unwrap();
        assert_eq!((&read["event"], &read["text"]), (&json!("warned"), &json!("two\nlines \u{1b}[2J")));
        assert!(read["time"].as_str().unwrap().parse::<Timestamp>().is_ok());
        assert_eq!(serde_json::from_str::<Value>(&self::line("x", Value::Null)).unwrap()["event"], "x");
    }
}
