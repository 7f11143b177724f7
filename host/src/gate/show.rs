//! In a plan: a change comes to the gate, and is shown instead of made.

use std::future::Future;

use rhai::Dynamic;
use tracing::Instrument as _;

use super::{Call, Permitted, place};
use crate::declare::Effect;
use crate::environment::Target;
use crate::problem::{Problem, Reply};
use crate::run::{Event, Planned, Trace};
use crate::unknown::Unknown;

/// What a family tells of a change that a plan shows.
#[derive(Debug, Clone)]
pub struct Preview {
    /// Particulars, a line each; without a secret.
    pub lines: Vec<String>,
    /// What the call gives back, as far as that can be known.
    pub value: Dynamic,
    /// What would be left behind.
    pub trace: Trace,
}

impl Preview {
    /// A preview of a change whose answer is known.
    pub fn new(lines: Vec<String>, value: impl Into<Dynamic>) -> Self {
        Self { lines, value: value.into(), trace: Trace::default() }
    }

    /// Says what the change would leave behind.
    #[must_use]
    pub fn leaves(self, trace: Trace) -> Self {
        Self { trace, ..self }
    }
}

impl Call {
    /// Whether the call is a change, and only shown.
    #[must_use]
    pub fn is_shown(&self) -> bool {
        self.effect >= Effect::Change && self.run.is_planning()
    }

    /// Takes the call through the gate as [`Call::through`] does; in a plan, `show` looks what `work` would change.
    ///
    /// What `show` is handed looks only: nobody else is kept off the target for it, and a wire that can tries out
    /// instead of doing. Errors: those of [`Call::through`].
    pub fn through_or_show<T, R, F, S>(
        &self,
        target: &T,
        about: &str,
        work: impl FnOnce(Permitted<T>) -> F,
        show: impl FnOnce(Permitted<T>) -> S,
    ) -> Reply<Dynamic>
    where
        T: Target,
        R: Clone + Send + Sync + 'static,
        F: Future<Output = Result<R, Problem>>,
        S: Future<Output = Result<Preview, Problem>>,
    {
        if self.is_shown() {
            return self.show(target, about, show).map_err(|problem| self.fail(problem));
        }
        self.through(target, about, work).map(Dynamic::from)
    }

    /// Does so for a change of which there is nothing more to look at than `preview`.
    pub fn through_or_tell<T, R, F>(
        &self,
        target: &T,
        about: &str,
        work: impl FnOnce(Permitted<T>) -> F,
        preview: impl FnOnce() -> Preview,
    ) -> Reply<Dynamic>
    where
        T: Target,
        R: Clone + Send + Sync + 'static,
        F: Future<Output = Result<R, Problem>>,
    {
        self.through_or_show(target, about, work, |_| std::future::ready(Ok(preview())))
    }

    /// What the call would answer, which a plan does not know.
    pub fn unknown(&self, target: &impl Target) -> Dynamic {
        Dynamic::from(self.not_known(target))
    }

    pub(super) fn not_known(&self, target: &impl Target) -> Unknown {
        Unknown::because(&format!(
            "what {} on {} would answer is not known in a plan",
            self.function.name(),
            place(target)
        ))
    }

    pub(super) fn show<T, S>(
        &self,
        target: &T,
        about: &str,
        show: impl FnOnce(Permitted<T>) -> S,
    ) -> Result<Dynamic, Problem>
    where
        T: Target,
        S: Future<Output = Result<Preview, Problem>>,
    {
        let permitted = self.check(target, about)?.into_showing();
        let span =
            tracing::info_span!("show", function = self.function.name(), target = %place(target), about);
        let shown = self
            .run
            .block_on(Some(self.time_limit()), show(permitted).instrument(span))
            .and_then(|shown| shown);
        let shown = match shown {
            // The run would stop here just so, unless the changes before it would have seen to it.
            Err(problem) if !self.run.is_blamed_on_plan(&problem) => return Err(problem),
            Err(problem) => {
                let line = format!("what it would change is not known: {}", problem.message);
                Preview::new(vec![line], self.unknown(target))
            }
            Ok(shown) => shown,
        };
        self.run.ledger().leave(shown.trace);
        self.tell_shown(target, about, shown.lines);
        Ok(shown.value)
    }

    pub(super) fn tell_shown(&self, target: &impl Target, about: &str, lines: Vec<String>) {
        let target = place(target);
        self.run.count_planned(self.effect, &target);
        let destroys = self.effect == Effect::Destroy;
        self.run.tell(Event::Planned(Planned::Change { destroys, target, about: about.to_owned(), lines }));
    }
}
