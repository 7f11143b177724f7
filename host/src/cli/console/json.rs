//! Events as programs read them: one JSON object a line. EVENTS.md tells what each of them holds.

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
        Event::Called { function, target, about, effect, took, problem } => (
            "call",
            json!({
                "function": function, "target": target, "about": about, "effect": effect.to_string(),
                "milliseconds": milliseconds(*took), "error": problem.as_ref().map(self::problem),
            }),
        ),
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
#[allow(clippy::panic, reason = "a test ends where it cannot go on")]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn every_field_of_every_event_is_documented() {
        let (text, took) = (|| "x".to_owned(), Duration::ZERO);
        let all = [
            Event::Phase(text()),
            Event::StepStarted(text()),
            Event::StepDone { step: text(), took, replayed: false },
            Event::StepSkipped { step: text(), because: text() },
            Event::StepFailed { step: text(), problem: Problem::new("x", "x"), took },
            Event::WaitBegan { number: 1, what: text(), limit: took },
            Event::Waiting { number: 1, what: text(), seen: text(), waited: took, limit: took },
            Event::WaitEnded { number: 1, what: text(), took },
            Event::Called {
                function: text(),
                target: text(),
                about: text(),
                effect: crate::declare::Effect::Read,
                took,
                problem: None,
            },
            Event::Streamed { host: text(), line: text() },
            Event::Said(text()),
            Event::Warned(text()),
            Event::Planned(Planned::Step { step: text(), undo: text(), already: false }),
            Event::Planned(Planned::Change {
                destroys: false,
                target: text(),
                about: text(),
                lines: Vec::new(),
            }),
            Event::Planned(Planned::Wait { what: text(), limit: took, now: text() }),
            Event::Planned(Planned::Approval { phase: text(), confirm: None, why: text() }),
            Event::Planned(Planned::Check(text())),
            Event::Planned(Planned::NoReturn(text())),
            Event::Planned(Planned::NotKnown(text())),
        ];
        let page = include_str!("EVENTS.md");
        for happened in all {
            let (name, fields) = event(&happened);
            let row = page.lines().find(|line| line.starts_with(&format!("| `{name}` |")));
            let row = row.unwrap_or_else(|| panic!("{name} is not documented"));
            for field in fields.as_object().unwrap().keys() {
                assert!(row.contains(&format!("`{field}`")), "{name} does not document {field}");
            }
        }
    }

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
