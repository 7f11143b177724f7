//! What the gate hands out, and the wires accept.

use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::declare::Effect;
use crate::run::Run;

/// A target that the gate let this call reach, until its deadline.
///
/// ```compile_fail
/// // Outside of the gate none can be made.
/// let forged = drsh::gate::Permitted::new(1, run, effect, (deadline, attempt));
/// ```
#[derive(Clone)]
pub struct Permitted<T> {
    target: T,
    run: Arc<Run>,
    effect: Effect,
    shows: bool,
    deadline: Instant,
    attempt: Duration,
    changed: Changed,
}

/// What a change made different, as the wire tells it.
#[derive(Debug, Clone, Default)]
pub(super) struct Changed(Arc<Mutex<Vec<String>>>);

impl Changed {
    /// What was told, which is then gone.
    pub(super) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<T> Permitted<T> {
    pub(super) fn new(target: T, run: Arc<Run>, effect: Effect, limits: (Instant, Duration)) -> Self {
        let (deadline, attempt) = limits;
        Self { target, run, effect, shows: false, deadline, attempt, changed: Changed::default() }
    }

    /// The same permission for a look at what a change would do.
    pub(super) fn into_showing(self) -> Self {
        Self { shows: true, effect: Effect::Read, ..self }
    }

    pub(super) fn changed(&self) -> &Changed {
        &self.changed
    }

    /// Tells what the change made different, a field a line, for the journal; secrets masked.
    pub fn tell_changed(&self, lines: Vec<String>) {
        *self.changed.0.lock().unwrap_or_else(PoisonError::into_inner) = lines;
    }

    /// Whether a change is only tried out, for a plan: a wire that cannot try it out must not begin it.
    #[must_use]
    pub fn shows(&self) -> bool {
        self.shows
    }

    /// The run, for what the family holds open in it and for what it tells.
    #[must_use]
    pub fn run(&self) -> &Arc<Run> {
        &self.run
    }

    /// What the call may do to the target.
    #[must_use]
    pub fn effect(&self) -> Effect {
        self.effect
    }

    /// The same permission for `limit` from now on: for what the run keeps up beside its calls.
    #[must_use]
    pub fn anew(&self, limit: Duration) -> Self
    where
        T: Clone,
    {
        Self { deadline: Instant::now() + limit, ..self.clone() }
    }

    /// When the call as a whole is given up, retries included.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// The same permission, given up after `limit` at the latest: for one of several requests of a call.
    #[must_use]
    pub fn for_at_most(&self, limit: Duration) -> Self
    where
        T: Clone,
    {
        Self { deadline: self.deadline.min(Instant::now() + limit), ..self.clone() }
    }

    /// How long one attempt may go without an answer: never past the deadline.
    #[must_use]
    pub fn attempt(&self) -> Duration {
        self.attempt.min(self.deadline.saturating_duration_since(Instant::now()))
    }
}

impl<T> Deref for Permitted<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.target
    }
}
