//! What a run tells those who look on.

use std::time::Duration;

use super::Planned;
use crate::declare::Effect;
use crate::problem::Problem;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A phase began.
    Phase(String),
    /// A step began.
    StepStarted(String),
    /// A step is done, after this time; `replayed` if an earlier start of the run had done it.
    StepDone {
        /// Its id and title.
        step: String,
        /// How long it took.
        took: Duration,
        /// Whether the journal already had it.
        replayed: bool,
    },
    /// A step was left out, as the operator asked.
    StepSkipped {
        /// Its id and title.
        step: String,
        /// The reason that was given.
        because: String,
    },
    /// A step stopped on an error.
    StepFailed {
        /// Its id and title.
        step: String,
        /// The error.
        problem: Problem,
        /// How long it took.
        took: Duration,
    },
    /// A wait began.
    WaitBegan {
        /// Its number, which no other wait of the process has.
        number: u64,
        /// What for.
        what: String,
        /// How long at most.
        limit: Duration,
    },
    /// A wait saw something new.
    Waiting {
        /// Its number.
        number: u64,
        /// What for.
        what: String,
        /// What it saw last.
        seen: String,
        /// How long it has lasted.
        waited: Duration,
        /// How long at most.
        limit: Duration,
    },
    /// A wait is over, whether it came true, ran out, or was given up.
    WaitEnded {
        /// Its number.
        number: u64,
        /// What it was for.
        what: String,
        /// How long it lasted.
        took: Duration,
    },
    /// A call to the outside ended.
    Called {
        /// The function, as scripts name it.
        function: String,
        /// The target: `cluster source`.
        target: String,
        /// What was asked of it: `patch hc/demo in clusters`.
        about: String,
        /// What it does to the world.
        effect: Effect,
        /// How long it took.
        took: Duration,
        /// What went wrong.
        problem: Option<Problem>,
    },
    /// A command under way printed a line.
    Streamed {
        /// The host.
        host: String,
        /// The line.
        line: String,
    },
    /// Of a plan: what would come about.
    Planned(Planned),
    /// The script says something to the operator.
    Said(String),
    /// Something that the operator should look at, though the run goes on.
    Warned(String),
}

/// Hears what happens; called from the script's threads.
pub trait Listener: Send + Sync {
    /// Takes one event.
    fn hear(&self, event: &Event);
}

/// Hears nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Deaf;

impl Listener for Deaf {
    fn hear(&self, _event: &Event) {}
}
