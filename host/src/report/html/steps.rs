//! The steps in their order, each with its waits and what it stopped on.

use maud::{Markup, html};

use super::super::axis::{Axis, WIDTH};
use super::super::model::{Activity, Fate, Report, Step};
use super::super::words;
use super::lanes::fill;

/// Lists the steps, a heading for each phase of each start.
pub fn list(report: &Report) -> Markup {
    let axis = Axis::of(report);
    let groups = report.steps.chunk_by(|one, next| one.start == next.start && one.phase == next.phase);
    html! {
        h2 #steps { "Steps and waits" }
        @if report.steps.is_empty() { p { "No step was begun." } }
        @for group in groups {
            @if let Some(first) = group.first() {
                h3 { (first.phase.as_deref().unwrap_or("no phase")) @if report.starts.len() > 1 { ", start " (first.start) } }
                ol .steps { @for step in group { (item(report, step, &axis)) } }
            }
        }
        @if !report.between.waits.is_empty() {
            h3 { "Between steps" }
            (waits(&report.between))
        }
    }
}

fn item(report: &Report, step: &Step, axis: &Axis) -> Markup {
    let (left, width) = axis.place(step.began, step.ended.unwrap_or(report.last));
    let mood = match step.fate {
        Fate::Done | Fate::FoundDone => "good",
        Fate::Failed => "bad",
        Fate::Interrupted | Fate::Running => "care",
        Fate::Skipped | Fate::Undone => "muted",
    };
    let took = step.milliseconds.filter(|_| step.fate != Fate::Skipped).map(words::span);
    html! {
        li .superseded[step.superseded.is_some()] {
            div .step {
                span class={ "fate " (mood) } { (words::fate(step)) }
                span .name { (step.name) }
                span .number { (words::clock(step.began)) @if let Some(took) = &took { ", " (took) } }
                svg .bar viewBox={ "0 0 " (WIDTH) " 6" } preserveAspectRatio="none" aria-hidden="true" {
                    rect .fill-line x="0" y="2.5" width=(WIDTH) height="1" {}
                    rect class=(fill(step.fate)) x={ (format!("{left:.1}")) } y="0" width={ (format!("{width:.1}")) } height="6" {}
                }
            }
            @if let Some(because) = &step.because { p .because { (because) } }
            @if !step.activity.waits.is_empty() {
                details open[step.fate == Fate::Failed] {
                    summary { (summary(step)) }
                    (waits(&step.activity))
                }
            } @else if !summary(step).is_empty() { p .because .muted { (summary(step)) } }
        }
    }
}

/// How much was waited for and changed in it, and how it can be undone.
fn summary(step: &Step) -> String {
    let waited: u64 = step.activity.waits.iter().map(|wait| wait.milliseconds).sum();
    let waits = match step.activity.waits.len() {
        0 => None,
        1 => Some(format!("1 wait, {}", words::span(waited))),
        count => Some(format!("{count} waits, {} in all", words::span(waited))),
    };
    let changes = match step.activity.calls.len() {
        0 => None,
        1 => Some("1 change".to_owned()),
        count => Some(format!("{count} changes")),
    };
    let undo = step.undo.as_ref().map(words::undo);
    [waits, changes, undo].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn waits(activity: &Activity) -> Markup {
    html! {
        @if !activity.waits.is_empty() {
            ul .waits {
                @for wait in &activity.waits {
                    li {
                        strong { (words::span(wait.milliseconds)) }
                        @if let Some(limit) = wait.limit { span .muted { " of at most " (words::span(limit)) } }
                        " for " (wait.what)
                        @if wait.ran_out { span .bad { ": ran out of time" } }
                        @if !wait.seen.is_empty() {
                            ol { @for seen in &wait.seen { li { "after " (words::span(seen.after)) ": " (seen.text) } } }
                        }
                    }
                }
            }
        }
    }
}
