//! The one door to the outside: authority, effect, deadline and interruption, journal, redaction, tracing.
//!
//! The code that speaks to a wire takes a [`Permitted`] value, and only this module makes one.

mod each;
mod permitted;
mod show;

pub use permitted::Permitted;
pub use show::Preview;

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rhai::{EvalAltResult, NativeCallContext, Position};
use tracing::Instrument as _;

use crate::declare::{Effect, Function};
use crate::environment::{Mode, Target};
use crate::journal::Record;
use crate::problem::{Problem, Reply};
use crate::run::{self, Event, Run, placed, placed_change};

/// One call of a declared function by a script.
#[derive(Clone)]
pub struct Call {
    run: Arc<Run>,
    function: &'static Function,
    effect: Effect,
    limit: Option<Duration>,
    position: Position,
}

impl Call {
    /// Takes up the call of `function` that `context` describes.
    pub fn of(context: &NativeCallContext<'_>, function: &'static Function) -> Reply<Self> {
        Ok(Self {
            run: Run::of(context)?,
            function,
            effect: function.effect,
            limit: None,
            position: context.call_position(),
        })
    }

    /// The run that the call belongs to.
    #[must_use]
    pub fn run(&self) -> &Arc<Run> {
        &self.run
    }

    /// Gives the call its own limit instead of the environment's `limits.call_seconds`.
    #[must_use]
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = Some(limit);
        self
    }

    /// States the effect where it depends on the arguments: a command that only reads, say.
    #[must_use]
    pub fn effect(mut self, effect: Effect) -> Self {
        self.effect = effect;
        self
    }

    /// Turns a problem into a script error that points at this call, secrets cut out.
    #[must_use]
    pub fn fail(&self, problem: Problem) -> Box<EvalAltResult> {
        self.run.redactor().clean_problem(problem).at(self.position)
    }

    /// Takes the call through the gate and waits for the work on the script's thread.
    ///
    /// `about` says what is asked of the target, for the journal and for errors: `patch hc/demo in clusters`.
    /// It must not hold a secret. Errors: `refused`, `timeout`, `interrupted`, `journal`, and those of the work.
    pub fn through<T, R, F>(&self, target: &T, about: &str, work: impl FnOnce(Permitted<T>) -> F) -> Reply<R>
    where
        T: Target,
        F: Future<Output = Result<R, Problem>>,
    {
        self.perform(target, about, work).map_err(|problem| self.fail(problem))
    }

    /// Takes the call through the gate without waiting for anything: for a source or a watch that is read later.
    ///
    /// In a plan a change gets no permission: it is shown. Errors: those of [`Call::through`]; `unknown`.
    pub fn permit<T: Target>(&self, target: &T, about: &str) -> Reply<Permitted<T>> {
        let permitted = self.check(target, about).map_err(|problem| self.fail(problem))?;
        self.only_looks(target, about).map_err(|problem| self.fail(problem))?;
        Ok(permitted)
    }

    /// In a plan: counts a look, and ends a change here, shown.
    fn only_looks(&self, target: &impl Target, about: &str) -> Result<(), Problem> {
        if self.is_shown() {
            self.run.ledger().leave(crate::run::Trace::Something);
            self.tell_shown(target, about, Vec::new());
            return Err(self.not_known(target).problem());
        }
        if self.run.is_planning() {
            self.run.count_planned(self.effect, &place(target));
        }
        Ok(())
    }

    fn perform<T, R, F>(
        &self,
        target: &T,
        about: &str,
        work: impl FnOnce(Permitted<T>) -> F,
    ) -> Result<R, Problem>
    where
        T: Target,
        F: Future<Output = Result<R, Problem>>,
    {
        let permitted = self.check(target, about)?;
        self.only_looks(target, about)?;
        let changed = permitted.changed().clone();
        let (place, function) = (place(target), self.function.name());
        let began = Instant::now();
        let intent = self.intend(&place, about)?;
        let limit = self.time_limit();
        let span = tracing::info_span!("call", function, target = %place, about);
        let done = self.run.block_on(Some(limit), work(permitted).instrument(span)).and_then(|done| done);
        let done = done.map_err(|problem| self.placed(problem, &place, about));
        self.ended(intent, began.elapsed(), done.as_ref().err(), changed.take())?;
        let took = began.elapsed();
        self.tell(&place, about, took, done.as_ref().err());
        tracing::debug!(function, target = %place, about = %self.run.redactor().clean(about), ?took, ok = done.is_ok());
        done
    }

    /// Says of an answer that did not come where it was awaited, and what that means.
    fn placed(&self, problem: Problem, place: &str, about: &str) -> Problem {
        let asked = || format!("{place} did not {about}");
        if self.effect < Effect::Change { placed(problem, asked) } else { placed_change(problem, asked) }
    }

    /// Records that a change is about to be made; a look leaves no record.
    fn intend(&self, place: &str, about: &str) -> Result<Option<u64>, Problem> {
        if self.effect < Effect::Change {
            return Ok(None);
        }
        let record = Record::CallIntended {
            function: self.function.name().to_owned(),
            target: place.to_owned(),
            about: about.to_owned(),
            effect: self.effect.to_string(),
        };
        self.run.record(record).map(Some)
    }

    fn ended(
        &self,
        intent: Option<u64>,
        took: Duration,
        problem: Option<&Problem>,
        changed: Vec<String>,
    ) -> Result<(), Problem> {
        let Some(of) = intent else { return Ok(()) };
        let problem = problem.map(|problem| problem.message.clone());
        let milliseconds = crate::run::milliseconds(took);
        self.run.record(Record::CallEnded { of, milliseconds, problem, changed })?;
        Ok(())
    }

    /// Tells those who look on of a call that ended; a plan tells its changes in a way of its own.
    fn tell(&self, place: &str, about: &str, took: Duration, problem: Option<&Problem>) {
        if !self.run.is_planning() {
            self.run.tell(Event::Called {
                function: self.function.name().to_owned(),
                target: place.to_owned(),
                about: about.to_owned(),
                effect: self.effect,
                took,
                problem: problem.cloned(),
            });
        }
    }

    /// Authority and effect class; makes the value that the wire wants.
    fn check<T: Target>(&self, target: &T, about: &str) -> Result<Permitted<T>, Problem> {
        let refuse = |why: String| {
            Problem::new(
                "refused",
                format!(
                    "{} may not {about} on {} {}: {why}",
                    self.function.name(),
                    target.kind(),
                    target.name()
                ),
            )
        };
        if self.effect >= Effect::Change {
            if self.run.is_gathering() {
                return Err(Run::nothing_further());
            }
            if !self.run.may_change() && !self.run.is_planning() {
                return Err(refuse("this run only reads".into()));
            }
            if target.mode() == Mode::ReadOnly {
                let file = self.run.environment().file.display().to_string();
                return Err(refuse(format!("{file} declares it read-only"))
                    .hint("if it should be changed, set its mode to read-write in the environment file"));
            }
        }
        if self.effect == Effect::Destroy {
            let place = self.run.place();
            let phase = place.phase.clone().unwrap_or_default();
            let approved = place.approved.contains(&phase) || place.approved.contains("*");
            if !place.undoable && !approved {
                let (why, hint) = if phase.is_empty() {
                    (
                        "and the script has begun no phase that could be approved".to_owned(),
                        "let the script begin a phase before it".to_owned(),
                    )
                } else {
                    (
                        format!("and the phase `{phase}` is not approved"),
                        format!("approve it with --approve {phase}"),
                    )
                };
                return Err(refuse(format!("it cannot be undone, {why}")).hint(hint));
            }
        }
        let deadline = Instant::now() + self.time_limit();
        let attempt = Duration::from_secs(self.run.environment().limits.attempt_seconds.max(1));
        let attempt = if self.run.is_looking() { attempt.min(run::CALL) } else { attempt };
        Ok(Permitted::new(target.clone(), self.run.clone(), self.effect, (deadline, attempt)))
    }

    fn time_limit(&self) -> Duration {
        let usual = || Duration::from_secs(self.run.environment().limits.call_seconds.max(1));
        let limit = self.limit.unwrap_or_else(usual);
        if self.run.is_looking() { limit.min(run::CALL) } else { limit }
    }
}

/// A target as records and messages name it: `host master-1`.
fn place(target: &impl Target) -> String {
    format!("{} {}", target.kind(), target.name())
}
