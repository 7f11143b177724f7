//! What a wait's closure says of what it saw, and how a wait tells what is still missing.

use std::time::{Duration, Instant};

use rhai::Dynamic;

use crate::journal::{Record, Sighting, sight};
use crate::problem::Problem;
use crate::run::{Run, Waiting, milliseconds as spent, spoken};

/// What a closure says of what it saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is as it should be.
    Met,
    /// It is not yet, and this is missing.
    Missing(String),
}

impl Verdict {
    /// Reads a closure's answer: `true`, `false`, or text that says what is missing; `otherwise` stands for `false`.
    ///
    /// Errors: `bad_argument` for any other answer.
    pub fn of(answer: &Dynamic, otherwise: &str) -> Result<Self, Problem> {
        if let Ok(met) = answer.as_bool() {
            return Ok(if met { Self::Met } else { Self::Missing(otherwise.to_owned()) });
        }
        answer.clone().into_string().map(Self::Missing).map_err(|kind| {
            Problem::new("bad_argument", format!("the closure of a wait answered a value of type {kind}"))
                .hint("let it answer true, false, or text that says what is still missing")
        })
    }
}

/// A wait under way: what it is for, and what it saw last.
pub struct Vigil<'a> {
    run: &'a Run,
    told: Waiting<'a>,
    subject: String,
    limit: Duration,
    began: Instant,
    seen: Option<(String, Instant)>,
    sightings: Vec<Sighting>,
}

impl<'a> Vigil<'a> {
    /// Begins a wait for `subject`, as `hc/demo in clusters to be Available`.
    #[must_use]
    pub fn new(run: &'a Run, subject: String, limit: Duration) -> Self {
        let told = Waiting::begin(run, &subject, limit);
        Self { run, told, subject, limit, began: Instant::now(), seen: None, sightings: Vec::new() }
    }

    /// How much of the limit is left.
    #[must_use]
    pub fn left(&self) -> Duration {
        self.limit.saturating_sub(self.began.elapsed())
    }

    /// Takes note of what is missing, and tells those who look on if it is new.
    pub fn see(&mut self, missing: &str) {
        if self.seen.as_ref().is_none_or(|(seen, _)| seen != missing) {
            self.seen = Some((missing.to_owned(), Instant::now()));
            sight(&mut self.sightings, spent(self.began.elapsed()), &self.run.redactor().clean(missing));
            self.told.see(missing);
        }
    }

    /// Records that it came true. Errors: `journal`.
    pub fn met(&self) -> Result<(), Problem> {
        self.record(None)
    }

    /// Records that it did not, and says so: a `timeout` with what was seen last and for how long.
    pub fn ran_out(&self) -> Problem {
        let (seen, since) = match &self.seen {
            Some((seen, at)) => (seen.clone(), format!(" for {}", spoken(at.elapsed()))),
            None => ("nothing was seen of it".to_owned(), String::new()),
        };
        if let Err(problem) = self.record(Some(seen.clone())) {
            return problem;
        }
        let waited = spoken(self.limit);
        Problem::new("timeout", format!("waited {waited} for {}; seen last{since}: {seen}", self.subject))
            .hint("mend what is missing")
    }

    fn record(&self, last_seen: Option<String>) -> Result<(), Problem> {
        let (what, milliseconds) = (self.subject.clone(), spent(self.began.elapsed()));
        let (limit, seen) = (Some(spent(self.limit)), self.sightings.clone());
        self.run.record(Record::Waited { what, milliseconds, last_seen, limit, seen }).map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closure_answers_yes_no_or_what_is_missing() {
        let of = |answer: Dynamic| Verdict::of(&answer, "not yet");
        assert_eq!(of(true.into()).unwrap(), Verdict::Met);
        assert_eq!(of(false.into()).unwrap(), Verdict::Missing("not yet".into()));
        assert_eq!(of("2 of 3 are Ready".into()).unwrap(), Verdict::Missing("2 of 3 are Ready".into()));
        assert_eq!(of(3_i64.into()).unwrap_err().kind, "bad_argument");
        assert_eq!(of(Dynamic::UNIT).unwrap_err().kind, "bad_argument");
    }
}
