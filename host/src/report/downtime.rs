//! What the probes measured: when something did not answer, and when nobody looked.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::model::{Absence, Downtime, Gap, Span, Start};
use super::words::tame;
use crate::journal::{Line, Record};

/// A state, and since when it was so.
struct Sight {
    at: Timestamp,
    answers: bool,
    because: Option<String>,
}

/// Reads what was measured in each process.
pub fn measured(lines: &[Line], starts: &[Start]) -> Vec<Downtime> {
    // By what was measured: for each process, what was seen.
    let mut seen: BTreeMap<&str, Vec<Vec<Sight>>> = BTreeMap::new();
    let mut process = 0;
    for line in lines {
        match &line.record {
            Record::RunStarted { .. } => process += 1,
            Record::Note { measured: Some(measured), .. } if process > 0 => {
                let back = SignedDuration::from_millis(i64::try_from(measured.ago).unwrap_or(i64::MAX));
                let at = line.at.checked_sub(back).unwrap_or(line.at);
                let by_process = seen.entry(&measured.what).or_default();
                by_process.resize_with(process.max(by_process.len()), Vec::new);
                let because = measured.because.as_deref().map(tame);
                by_process[process - 1].push(Sight { at, answers: measured.answers, because });
            }
            _ => {}
        }
    }
    seen.into_iter().map(|(what, by_process)| tell(what, &by_process, starts)).collect()
}

fn tell(what: &str, by_process: &[Vec<Sight>], starts: &[Start]) -> Downtime {
    let mut downtime = Downtime {
        what: tame(what),
        measured: Vec::new(),
        away: Vec::new(),
        gaps: Vec::new(),
        measured_milliseconds: 0,
        away_milliseconds: 0,
        at_most_milliseconds: 0,
    };
    let mut before: Option<(Timestamp, bool)> = None;
    for (sights, start) in by_process.iter().zip(starts) {
        let (Some(first), Some(last)) = (sights.first(), sights.last()) else { continue };
        let to = start.last.max(last.at);
        if let Some((from, away_before)) = before {
            let span = Span { from, to: first.at };
            downtime.gaps.push(Gap { span, away_before, away_after: !first.answers });
        }
        downtime.measured.push(Span { from: first.at, to });
        absences(sights, to, &mut downtime.away);
        before = Some((to, !last.answers));
    }
    let total = |spans: &mut dyn Iterator<Item = Span>| spans.map(|span| lasted(&span)).sum::<u64>();
    downtime.measured_milliseconds = total(&mut downtime.measured.iter().copied());
    downtime.away_milliseconds = total(&mut downtime.away.iter().map(|one| one.span));
    let doubtful = downtime.gaps.iter().filter(|gap| gap.away_before || gap.away_after);
    downtime.at_most_milliseconds = downtime.away_milliseconds + total(&mut doubtful.map(|gap| gap.span));
    downtime
}

/// Adds the times without an answer; `to` is when it was looked last.
fn absences(sights: &[Sight], to: Timestamp, away: &mut Vec<Absence>) {
    let mut open: Option<(Timestamp, String)> = None;
    for sight in sights {
        match (&open, sight.answers) {
            (None, false) => open = Some((sight.at, sight.because.clone().unwrap_or_default())),
            (Some((from, because)), true) => {
                let span = Span { from: *from, to: sight.at };
                away.push(Absence { span, because: because.clone(), ended: true });
                open = None;
            }
            _ => {}
        }
    }
    if let Some((from, because)) = open {
        away.push(Absence { span: Span { from, to }, because, ended: false });
    }
}

/// How long a span lasts, in milliseconds.
pub fn lasted(span: &Span) -> u64 {
    u64::try_from(span.to.duration_since(span.from).as_millis()).unwrap_or_default()
}
