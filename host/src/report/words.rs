//! How times, durations and states are said, alike in every form.

use std::time::Duration;

use jiff::Timestamp;

use super::model::{Downtime, Fate, Report, Start, State, Step, Superseded, Way};
use crate::journal::{Outcome, Undo};
use crate::run::spoken;

/// A text in which nothing steers what shows it.
pub fn tame(text: &str) -> String {
    crate::tame::tame(text).into_owned()
}

/// `2026-11-26 03:12:07`, in UTC.
pub fn moment(at: Timestamp) -> String {
    at.to_string().chars().take(19).map(|c| if c == 'T' { ' ' } else { c }).collect()
}

/// `03:12:07`, in UTC.
pub fn clock(at: Timestamp) -> String {
    at.to_string().chars().skip(11).take(8).collect()
}

/// `5m20s`.
pub fn span(milliseconds: u64) -> String {
    spoken(Duration::from_millis(milliseconds))
}

/// How the run stands, and what to do next.
pub fn state(report: &Report) -> (String, Option<String>) {
    let run = &report.run;
    let resume = || Some(format!("drsh resume {run}"));
    match report.state {
        State::Running => ("under way: this report tells how it stood".to_owned(), None),
        State::Died => ("its process died; it can be resumed".to_owned(), resume()),
        State::Ended(Outcome::Done) => ("done".to_owned(), None),
        State::Ended(Outcome::Undone) => ("undone".to_owned(), None),
        State::Ended(Outcome::Failed) => ("stopped on an error; it can be resumed".to_owned(), resume()),
        State::Ended(Outcome::Refused) => ("refused; it can be resumed".to_owned(), resume()),
        State::Ended(Outcome::Interrupted) => {
            ("interrupted by the operator; it can be resumed".to_owned(), resume())
        }
    }
}

/// Which way a process went.
pub fn way(way: Way) -> &'static str {
    match way {
        Way::First => "begun",
        Way::Resume => "resumed",
        Way::Undo => "undone from here",
    }
}

/// How a process ended; `is_last` tells it from those that others followed.
pub fn ending(start: &Start, report: &Report) -> &'static str {
    match start.outcome {
        Some(Outcome::Done) => "done",
        Some(Outcome::Failed) => "stopped on an error",
        Some(Outcome::Refused) => "refused",
        Some(Outcome::Interrupted) => "interrupted by the operator",
        Some(Outcome::Undone) => "undone",
        None if report.state == State::Running && start.number == report.starts.len() => "under way",
        None => "died",
    }
}

/// What became of a step, in a word or two.
pub fn fate(step: &Step) -> &'static str {
    match step.fate {
        Fate::Done | Fate::FoundDone if step.superseded == Some(Superseded::Undone) => "done, undone later",
        Fate::Done | Fate::FoundDone if step.superseded.is_some() => "done, again later",
        Fate::Done => "done",
        Fate::FoundDone => "found done",
        Fate::Failed => "stopped",
        Fate::Interrupted => "interrupted",
        Fate::Running => "under way",
        Fate::Skipped => "skipped",
        Fate::Undone => "undone",
    }
}

/// How a step can be undone.
pub fn undo(undo: &Undo) -> String {
    match undo {
        Undo::Possible => "can be undone".to_owned(),
        Undo::Impossible(reason) => format!("cannot be undone: {reason}"),
        Undo::Nothing => "only looks".to_owned(),
    }
}

/// What was done and what was not, at the end of a process: the third part of an error.
pub fn standing(report: &Report, start: &Start) -> String {
    let is_done = |step: &&Step| matches!(step.fate, Fate::Done | Fate::FoundDone);
    let own = report.steps.iter().filter(|step| step.start == start.number);
    let done = start.from_journal + own.clone().filter(is_done).count();
    let steps = if done == 1 { "1 step".to_owned() } else { format!("{done} steps") };
    match own.rev().find(|step| step.fate == Fate::Failed) {
        Some(step) => format!("{steps} done, stopped in \"{}\"", step.name),
        None => format!("{steps} done, stopped between steps"),
    }
}

/// How long something was away, as one sentence.
pub fn away(downtime: &Downtime) -> String {
    let measured = span(downtime.measured_milliseconds);
    let gaps = downtime.at_most_milliseconds.saturating_sub(downtime.away_milliseconds);
    let doubt = match gaps {
        0 => String::new(),
        more => format!("; it may have been away {} more while drsh did not run", span(more)),
    };
    match downtime.away.len() {
        0 => format!("answered all the time that it was measured ({measured}){doubt}"),
        1 => format!("away {}, once, of {measured} measured{doubt}", span(downtime.away_milliseconds)),
        count => {
            format!("away {}, {count} times, of {measured} measured{doubt}", span(downtime.away_milliseconds))
        }
    }
}

/// A size with its unit.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["bytes", "KiB", "MiB", "GiB", "TiB"];
    let (mut whole, mut unit, mut rest) = (bytes, 0, 0);
    while whole >= 1024 && unit < UNITS.len() - 1 {
        rest = whole % 1024 * 10 / 1024;
        whole /= 1024;
        unit += 1;
    }
    if unit == 0 { format!("{bytes} bytes") } else { format!("{whole}.{rest} {}", UNITS[unit]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_moments_are_said_as_people_do() {
        assert_eq!([size(17), size(1536), size(5 << 30)], ["17 bytes", "1.5 KiB", "5.0 GiB"]);
        let at: Timestamp = "2026-11-26T03:12:07.123Z".parse().unwrap();
        assert_eq!((moment(at).as_str(), clock(at).as_str()), ("2026-11-26 03:12:07", "03:12:07"));
    }
}
