//! The timeline as a picture: a lane for the processes, one for each phase, one for each thing that was measured.

use maud::{Markup, html};

use super::super::axis::{Axis, WIDTH};
use super::super::model::{Downtime, Fate, Report, Step};
use super::super::words;

/// A bar of a lane.
struct Bar {
    left: f64,
    width: f64,
    class: &'static str,
    /// What it says where a pointer rests on it.
    title: String,
}

/// Draws the timeline.
pub fn picture(report: &Report) -> Markup {
    let axis = Axis::of(report);
    let mut phases: Vec<&str> = Vec::new();
    for phase in report.steps.iter().map(|step| step.phase.as_deref().unwrap_or("no phase")) {
        if !phases.contains(&phase) {
            phases.push(phase);
        }
    }
    html! {
        h2 #timeline { "Timeline" }
        @if report.starts.len() > 1 {
            p .muted { "The times between starts are drawn short." }
        }
        (lane("Starts", &starts(report, &axis), &told_starts(report)))
        @for phase in phases {
            @let steps: Vec<&Step> = report.steps.iter().filter(|step| step.phase.as_deref().unwrap_or("no phase") == phase).collect();
            (lane(&format!("Phase {phase}"), &bars(report, &steps, &axis), &told(&steps)))
        }
        @for downtime in &report.downtime {
            (lane(&downtime.what, &measured(downtime, &axis), &words::away(downtime)))
        }
        ul .key aria-label="What the colours mean" {
            (key("fill-good", "done, answered"))
            (key("fill-bad", "stopped, away"))
            (key("fill-care", "interrupted, under way, may have been away"))
            (key("fill-muted", "undone, skipped"))
            (key("fill-link", "a process of drsh"))
        }
    }
}

fn key(class: &str, meaning: &str) -> Markup {
    html! { li { svg viewBox="0 0 10 8" aria-hidden="true" { rect class=(class) width="10" height="8" {} } (meaning) } }
}

fn lane(label: &str, bars: &[Bar], told: &str) -> Markup {
    html! {
        div .lane {
            span { (label) }
            svg viewBox={ "0 0 " (WIDTH) " 20" } preserveAspectRatio="none" role="img" aria-label={ (label) ": " (told) } {
                @for bar in bars {
                    rect class=(bar.class) x={ (format!("{:.1}", bar.left)) } width={ (format!("{:.1}", bar.width)) } y="3" height="14" {
                        title { (bar.title) }
                    }
                }
            }
        }
    }
}

fn starts(report: &Report, axis: &Axis) -> Vec<Bar> {
    let bar = |start: &super::super::model::Start| {
        let (left, width) = axis.place(start.began, start.last);
        let (way, ending) = (words::way(start.way), words::ending(start, report));
        let title = format!("start {}: {way} {}, {ending}", start.number, words::moment(start.began));
        Bar { left, width, class: "fill-link", title }
    };
    report.starts.iter().map(bar).collect()
}

fn told_starts(report: &Report) -> String {
    let one = |start: &super::super::model::Start| {
        format!("{} {}, {}", words::way(start.way), words::moment(start.began), words::ending(start, report))
    };
    report.starts.iter().map(one).collect::<Vec<_>>().join("; ")
}

fn bars(report: &Report, steps: &[&Step], axis: &Axis) -> Vec<Bar> {
    let bar = |step: &&Step| {
        let (left, width) = axis.place(step.began, step.ended.unwrap_or(report.last));
        // A hair of ground between bars, so that neighbours can be told apart.
        let width = if width > 4.0 { width - 1.0 } else { width };
        Bar { left, width, class: fill(step.fate), title: format!("{}: {}", step.name, words::fate(step)) }
    };
    steps.iter().map(bar).collect()
}

fn told(steps: &[&Step]) -> String {
    let count = |fates: &[Fate]| steps.iter().filter(|step| fates.contains(&step.fate)).count();
    let told = [
        (count(&[Fate::Done, Fate::FoundDone]), "done"),
        (count(&[Fate::Failed]), "stopped"),
        (count(&[Fate::Interrupted]), "interrupted"),
        (count(&[Fate::Running]), "under way"),
        (count(&[Fate::Skipped]), "skipped"),
        (count(&[Fate::Undone]), "undone"),
    ];
    let told = told.iter().filter(|(number, _)| *number > 0).map(|(number, word)| format!("{number} {word}"));
    told.collect::<Vec<_>>().join(", ")
}

/// The colour of a step.
pub fn fill(fate: Fate) -> &'static str {
    match fate {
        Fate::Done | Fate::FoundDone => "fill-good",
        Fate::Failed => "fill-bad",
        Fate::Interrupted | Fate::Running => "fill-care",
        Fate::Skipped | Fate::Undone => "fill-muted",
    }
}

fn measured(downtime: &Downtime, axis: &Axis) -> Vec<Bar> {
    let bar = |span: &super::super::model::Span, class, title: String| {
        let (left, width) = axis.place(span.from, span.to);
        Bar { left, width, class, title }
    };
    let answered = downtime.measured.iter().map(|span| bar(span, "fill-good", "measured".to_owned()));
    let doubtful = downtime.gaps.iter().filter(|gap| gap.away_before || gap.away_after);
    let doubtful = doubtful.map(|gap| bar(&gap.span, "fill-care", "not measured".to_owned()));
    let away = downtime.away.iter().map(|one| {
        let lasted = words::span(super::super::downtime::lasted(&one.span));
        bar(
            &one.span,
            "fill-bad",
            format!("away {lasted} from {}: {}", words::moment(one.span.from), one.because),
        )
    });
    answered.chain(doubtful).chain(away).collect()
}
