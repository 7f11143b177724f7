//! The report as one HTML page that needs nothing else: no network, no script.

mod lanes;
mod steps;
mod style;
mod tables;

use maud::{Markup, html};

use super::model::{Report, State};
use super::words;
use crate::journal::Outcome;
use crate::page::page;

/// Writes the page.
#[must_use]
pub fn html(report: &Report) -> String {
    let name = report.script.rsplit('/').next().unwrap_or(&report.script);
    let body = html! {
        a .skip href="#main" { "To the report" }
        header { (head(report, name)) }
        nav aria-label="Contents" {
            ul {
                @for (anchor, title, is_there) in sections(report) {
                    @if is_there { li { a href={ "#" (anchor) } { (title) } } }
                }
            }
        }
        main #main tabindex="-1" {
            (errors(report))
            section aria-labelledby="downtime" { (downtime(report)) }
            section aria-labelledby="timeline" { (lanes::picture(report)) }
            section aria-labelledby="steps" { (steps::list(report)) }
            (tables::changes(report))
            (tables::decisions(report))
            (tables::remarks("warnings", "Warnings", &report.warnings))
            (tables::checksums(report))
            (tables::remarks("notes", "Notes", &report.notes))
            (tables::setting(report))
        }
        footer { p { "Made by drsh " (env!("CARGO_PKG_VERSION")) " from the journal of run " (report.run) ". All times are UTC." } }
    };
    page(&format!("{name}, run {}: {}", report.run, words::state(report).0), style::STYLE, &body)
}

fn sections(report: &Report) -> [(&'static str, &'static str, bool); 10] {
    let has_errors = report.starts.iter().any(|start| start.error.is_some());
    [
        ("errors", "Errors", has_errors),
        ("downtime", "Downtime", true),
        ("timeline", "Timeline", true),
        ("steps", "Steps and waits", true),
        ("changes", "Changes", tables::has_changes(report)),
        ("decisions", "Decisions", tables::has_decisions(report)),
        ("warnings", "Warnings", !report.warnings.is_empty()),
        ("checksums", "Checksums", !report.checksums.is_empty()),
        ("notes", "Notes", !report.notes.is_empty()),
        ("setting", "Run and environment", true),
    ]
}

fn head(report: &Report, name: &str) -> Markup {
    let (state, next) = words::state(report);
    let mood = match report.state {
        State::Ended(Outcome::Done | Outcome::Undone) => "good",
        State::Ended(Outcome::Failed) | State::Died => "bad",
        _ => "care",
    };
    let environment = report.setting.as_ref().map(|setting| setting.environment.as_str());
    let done = report.steps.iter().filter(|step| step.is_done()).count();
    html! {
        p .kind { "Recovery report" }
        h1 { (name) }
        p .state { span class={ "badge " (mood) } { (state) } @if let Some(next) = next { " " code { (next) } } }
        dl .facts {
            div { dt { "Run" } dd { code { (report.run) } } }
            @if let Some(environment) = environment { div { dt { "Environment" } dd { (environment) } } }
            div { dt { "Began" } dd { (words::moment(report.began)) } }
            div { dt { "Last record" } dd { (words::moment(report.last)) } }
            div { dt { "Worked" } dd { (words::span(worked(report))) } }
            div { dt { "Started" } dd { (times(report.starts.len())) } }
            div { dt { "Steps done" } dd { (done) } }
        }
    }
}

/// How long processes carried the run out, in milliseconds.
fn worked(report: &Report) -> u64 {
    let spans = report.starts.iter().map(|start| super::model::Span { from: start.began, to: start.last });
    spans.map(|span| super::downtime::lasted(&span)).sum()
}

fn times(count: usize) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        count => format!("{count} times"),
    }
}

fn errors(report: &Report) -> Markup {
    let stopped: Vec<_> =
        report.starts.iter().filter_map(|start| Some((start, start.error.as_ref()?))).collect();
    html! {
        @if !stopped.is_empty() {
            section aria-labelledby="errors" {
                h2 #errors { "Errors" }
                @for (start, error) in stopped {
                    div .error {
                        p .when { "Start " (start.number) ", " (words::moment(start.last)) }
                        p { strong { "error: " } (error.message) }
                        @for at in &error.at { p .place { "at " code { (at) } } }
                        p { strong { "state: " } (words::standing(report, start)) }
                        @if let Some(hint) = &error.hint { p { strong { "hint: " } (hint) } }
                    }
                }
            }
        }
    }
}

fn downtime(report: &Report) -> Markup {
    html! {
        h2 #downtime { "Downtime, measured" }
        @if report.downtime.is_empty() {
            p { "Nothing was measured: the script began no probe, or it ended before its first look." }
        }
        @for one in &report.downtime {
            div .measure {
                h3 { (one.what) }
                p class=(if one.away.is_empty() { "good" } else { "bad" }) { (words::away(one)) }
                @if !one.away.is_empty() || !one.gaps.is_empty() {
                    ul {
                        @for away in &one.away {
                            li {
                                strong .number { (words::span(super::downtime::lasted(&away.span))) }
                                " from " (words::moment(away.span.from)) " to " (words::clock(away.span.to))
                                @if !away.ended { ", when it was looked last" }
                                ": " (away.because)
                            }
                        }
                        @for gap in &one.gaps {
                            li .muted {
                                "not measured between stops of drsh, "
                                span .number { (words::span(super::downtime::lasted(&gap.span))) }
                                " from " (words::moment(gap.span.from)) " to " (words::moment(gap.span.to))
                                @if gap.away_before && gap.away_after { "; away before and after" }
                                @else if gap.away_before { "; away before" }
                                @else if gap.away_after { "; away after" }
                            }
                        }
                    }
                }
            }
        }
    }
}
