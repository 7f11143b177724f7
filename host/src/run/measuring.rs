//! What is measured beside the script: when something that users depend on answers, from the script's word to the end of
//! the run. Changes are recorded, nothing else; a probe that cannot record them ends in silence.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{Run, milliseconds};
use crate::journal::{Measured, Record, cut};

/// More changes than these are not recorded of one thing in one start of the run: it flaps.
const MOST_CHANGES: usize = 400;

/// How often a state that lasts is recorded again, so that a run that dies has it measured nearly to its end.
const SIGN_OF_LIFE: Duration = Duration::from_mins(1);

/// What is measured at present.
#[derive(Default)]
pub(super) struct Measuring(Mutex<Under>);

#[derive(Default)]
struct Under {
    ended: bool,
    names: BTreeSet<String>,
}

/// One look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gauge {
    /// Why it did not answer; `None` if it did.
    pub away: Option<String>,
    /// When the look began.
    pub began: Instant,
}

impl Gauge {
    /// Looks: `asked` answers, or says why it does not.
    pub async fn of(asked: impl Future<Output = Result<(), String>>) -> Self {
        let began = Instant::now();
        Self { away: asked.await.err(), began }
    }
}

impl Run {
    /// Measures `what` beside the script until the run ends: `look` is asked anew every `pause`.
    ///
    /// Nothing happens where the run leaves no record, or where `what` is measured already.
    pub fn measure<F>(
        self: &Arc<Self>,
        what: String,
        pause: Duration,
        look: impl Fn() -> F + Send + Sync + 'static,
    ) where
        F: Future<Output = Result<(), String>> + Send,
    {
        if !self.is_recorded() || !self.under().names.insert(what.clone()) {
            return;
        }
        let run = Arc::clone(self);
        self.until_end(async move {
            let mut tally = Tally::new(what);
            loop {
                let began = Instant::now();
                let gauge = Gauge::of(look()).await;
                if let Some(record) = tally.take(&gauge, Instant::now())
                    && !run.record_measured(record)
                {
                    return;
                }
                tokio::time::sleep(pause.saturating_sub(began.elapsed())).await;
            }
        });
    }

    /// Ends what is measured; after this no more of it is recorded.
    pub fn end_measuring(&self) {
        self.under().ended = true;
    }

    /// Records a change; false once the run ends.
    fn record_measured(&self, record: Record) -> bool {
        // The lock is held meanwhile, so that nothing comes after the record of the end.
        let under = self.under();
        !under.ended && self.record(record).is_ok()
    }

    fn under(&self) -> std::sync::MutexGuard<'_, Under> {
        self.measuring.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What one probe has seen so far.
struct Tally {
    what: String,
    answers: Option<bool>,
    recorded: usize,
    recorded_at: Option<Instant>,
}

impl Tally {
    fn new(what: String) -> Self {
        Self { what, answers: None, recorded: 0, recorded_at: None }
    }

    /// Takes a look in; gives what is to be recorded of it.
    fn take(&mut self, gauge: &Gauge, now: Instant) -> Option<Record> {
        let answers = gauge.away.is_none();
        let is_new = self.answers != Some(answers);
        self.answers = Some(answers);
        let is_due = self.recorded_at.is_none_or(|at| now.duration_since(at) >= SIGN_OF_LIFE);
        if !is_due && (!is_new || self.recorded >= MOST_CHANGES) {
            return None;
        }
        (self.recorded, self.recorded_at) = (self.recorded + 1, Some(now));
        let because = gauge.away.as_deref().map(cut);
        let text = match &because {
            None => format!("{} answers", self.what),
            Some(because) => format!("{} does not answer: {because}", self.what),
        };
        let what = self.what.clone();
        let ago = milliseconds(now.duration_since(gauge.began));
        Some(Record::Note { text, warning: false, measured: Some(Measured { what, answers, ago, because }) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(tally: &mut Tally, start: Instant, looks: &[(u64, bool)]) -> Vec<(u64, bool)> {
        let look = |(second, answers): &(u64, bool)| {
            let at = start + Duration::from_secs(*second);
            let away = (!answers).then(|| "refused".to_owned());
            let record = tally.take(&Gauge { away, began: at }, at)?;
            let Record::Note { measured: Some(measured), .. } = record else { return None };
            Some((*second, measured.answers))
        };
        looks.iter().filter_map(look).collect()
    }

    #[test]
    fn only_changes_and_signs_of_life_are_recorded() {
        let (mut tally, start) = (Tally::new("API".into()), Instant::now());
        let looks: Vec<(u64, bool)> = (0..100).map(|second| (second, !(10..20).contains(&second))).collect();
        let recorded = changes(&mut tally, start, &looks);
        assert_eq!(recorded, [(0, true), (10, false), (20, true), (80, true)]);
    }

    #[test]
    fn what_flaps_does_not_fill_the_journal() {
        let (mut tally, start) = (Tally::new("API".into()), Instant::now());
        let looks: Vec<(u64, bool)> = (0..3600).map(|second| (second, second % 2 == 0)).collect();
        let recorded = changes(&mut tally, start, &looks).len();
        assert!((MOST_CHANGES..MOST_CHANGES + 70).contains(&recorded), "{recorded}");
    }
}
