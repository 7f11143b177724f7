//! Tells why a run stopped, how things stand, and what to do next.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::Order;
use crate::cli::console::{json, say_aside, tell_end};
use crate::cli::{exit, wrong_or};
use crate::engine::Report;
use crate::journal::Stopped;
use crate::problem::Problem;
use crate::run::{Direction, Run, milliseconds};

/// What the journal keeps of an error that ends a run.
pub(super) fn kept(report: &Report) -> Stopped {
    let Problem { kind, message, hint } = report.problem.clone();
    let at = report.frames.iter().map(|frame| format!("{}:{}", frame.source, frame.line)).collect();
    Stopped { kind: kind.into_owned(), message, at, hint }
}

/// Prints the four parts of an error; returns the exit code.
pub(super) fn stop(run: &Arc<Run>, order: &Order, report: &Report, took: Duration) -> u8 {
    say_aside(&format!("\n{}", report.render(&order.script).trim_end()));
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
    let state = format!("{steps} done{skipped}, {stopped}, nothing undone; run {id} is saved");
    let word = if order.direction == Direction::Gathering { "undo" } else { "resume" };
    let again = format!("drsh {word} {id}");
    // Exit code 2 promises that nothing was touched, which holds before the first step only.
    let untouched = report.problem.kind == "environment" && place.done.is_empty();
    let hint = match &report.problem.hint {
        Some(hint) if untouched || hint.contains(&format!("drsh resume {id} ")) => hint.clone(),
        Some(hint) if hint.ends_with('?') => format!("{hint} Then `{again}`"),
        Some(hint) => format!("{hint}; then `{again}`"),
        None => format!("`{again}` goes on from here"),
    };
    say_aside(&format!("state: {state}"));
    say_aside(&format!("hint: {hint}"));
    let code = match &*report.problem.kind {
        "environment" if !untouched => exit::FAILED,
        _ => wrong_or(&report.problem, exit::FAILED),
    };
    let outcome = match code {
        exit::INTERRUPTED => "interrupted",
        exit::REFUSED => "refused",
        _ => "failed",
    };
    let fields = json!({
        "run": id, "outcome": outcome, "exit_code": code, "milliseconds": milliseconds(took),
        "steps_done": place.done.len() - place.skipped, "steps_skipped": place.skipped, "stopped_in": place.step,
        "resume": again, "error": json::error(report, &state, Some(&hint)),
    });
    tell_end("run_ended", fields, &[]);
    code
}
