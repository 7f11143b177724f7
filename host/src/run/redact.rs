//! Cuts known secrets out of every text that leaves the run: errors, journal, events, traces.

use std::borrow::Cow;
use std::sync::{PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Event;
use super::known::{Known, SHORTEST};
use crate::journal::Record;
use crate::problem::Problem;

/// What a text shows in place of a secret.
const MASK: &str = "•••";

/// The secrets of a run, and how to cut them out.
#[derive(Debug, Default)]
pub struct Redactor {
    known: RwLock<Known>,
}

impl Redactor {
    /// Learns a secret: its text, its base64 form, and its lines if it has several (keys and certificates).
    pub fn learn(&self, value: &str) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        for form in [value.trim()].into_iter().chain(value.lines().map(str::trim)) {
            // Nor the bare keys of a file, such as `clusters:` of a kubeconfig.
            if form.len() >= SHORTEST && !form.starts_with("-----") && !is_bare_key(form) {
                known.insert(form);
            }
        }
        if value.len() >= SHORTEST {
            known.insert(&STANDARD.encode(value));
        }
    }

    /// Cuts every known secret out of `text`.
    #[must_use]
    pub fn clean<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let found = known.within(text);
        if found.is_empty() {
            return Cow::Borrowed(text);
        }
        let (mut clean, mut after) = (String::with_capacity(text.len()), 0);
        for secret in found {
            clean.push_str(&text[after..secret.start]);
            clean.push_str(MASK);
            after = secret.end;
        }
        clean.push_str(&text[after..]);
        Cow::Owned(clean)
    }

    /// Cuts every known secret out of a problem.
    #[must_use]
    pub fn clean_problem(&self, problem: Problem) -> Problem {
        Problem {
            kind: problem.kind,
            message: self.clean(&problem.message).into_owned(),
            hint: problem.hint.map(|hint| self.clean(&hint).into_owned()),
        }
    }

    /// Cuts every known secret out of a record.
    pub(super) fn clean_record(&self, record: Record) -> Record {
        record.map_text(&|text| match self.clean(&text) {
            Cow::Borrowed(_) => text,
            Cow::Owned(clean) => clean,
        })
    }

    /// Cuts every known secret out of an event.
    pub(super) fn clean_event(&self, event: Event) -> Event {
        let clean = |text: String| self.clean(&text).into_owned();
        match event {
            Event::StepFailed { step, problem, took } => {
                Event::StepFailed { step: clean(step), problem: self.clean_problem(problem), took }
            }
            Event::StepSkipped { step, because } => {
                Event::StepSkipped { step: clean(step), because: clean(because) }
            }
            Event::WaitBegan { number, what, limit } => Event::WaitBegan { number, what: clean(what), limit },
            Event::Waiting { number, what, seen, waited, limit } => {
                Event::Waiting { number, what: clean(what), seen: clean(seen), waited, limit }
            }
            Event::WaitEnded { number, what, took } => Event::WaitEnded { number, what: clean(what), took },
            Event::Called { function, target, about, effect, took, problem } => Event::Called {
                function,
                target,
                about: clean(about),
                effect,
                took,
                problem: problem.map(|problem| self.clean_problem(problem)),
            },
            Event::Streamed { host, line } => Event::Streamed { host, line: clean(line) },
            Event::Said(text) => Event::Said(clean(text)),
            Event::Warned(text) => Event::Warned(clean(text)),
            Event::Planned(planned) => Event::Planned(planned.map_text(&clean)),
            Event::Phase(name) => Event::Phase(clean(name)),
            Event::StepStarted(step) => Event::StepStarted(clean(step)),
            Event::StepDone { step, took, replayed } => Event::StepDone { step: clean(step), took, replayed },
        }
    }
}

/// Whether a line is a name and a colon, and nothing else.
fn is_bare_key(line: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    line.strip_prefix("- ").unwrap_or(line).strip_suffix(':').is_some_and(|name| name.chars().all(plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_cut_out_in_each_of_its_forms() {
        let redactor = Redactor::default();
        redactor.learn("canary-7f3c\nsecond-line-of-it");
        let text = format!("x canary-7f3c y {} z", STANDARD.encode("canary-7f3c\nsecond-line-of-it"));
        assert_eq!(redactor.clean(&text), "x ••• y ••• z");
        assert_eq!(redactor.clean("second-line-of-it"), "•••");
        assert_eq!(redactor.clean("nothing to hide"), "nothing to hide");
    }

    #[test]
    fn a_secret_that_begins_with_another_is_cut_out_whole() {
        let redactor = Redactor::default();
        redactor.learn("canary-1");
        redactor.learn("canary-1-and-more");
        assert_eq!(redactor.clean("canary-1-and-more, canary-1"), "•••, •••");
    }

    #[test]
    fn the_bare_keys_of_a_file_are_no_secrets() {
        let redactor = Redactor::default();
        redactor.learn("clusters:\n- cluster:\n    token: canary-7f3c");
        assert_eq!(redactor.clean("hc/demo in clusters: token: canary-7f3c"), "hc/demo in clusters: •••");
    }

    #[test]
    fn a_record_loses_its_secrets_and_keeps_its_form() {
        let redactor = Redactor::default();
        redactor.learn("canary-7f3c");
        let record = Record::note("the url is https://x?sig=canary-7f3c");
        assert_eq!(redactor.clean_record(record), Record::note("the url is https://x?sig=•••"));
    }

    #[test]
    fn a_secret_that_is_a_word_of_the_journals_own_does_not_break_a_record() {
        let redactor = Redactor::default();
        redactor.learn("approved");
        let record = Record::Approved { phase: "approved".into(), by: "what was typed".into() };
        let clean = Record::Approved { phase: "•••".into(), by: "what was typed".into() };
        assert_eq!(redactor.clean_record(record), clean);
    }
}
