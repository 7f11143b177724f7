//! Going back: what an undo gathers from the script before it undoes anything.

use std::collections::BTreeSet;
use std::sync::{MutexGuard, PoisonError};

use rhai::Dynamic;

use super::{Run, Sight, step_id};
use crate::closure::{Closure, Home};
use crate::problem::Problem;

/// Which way the script is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// Steps act.
    #[default]
    Forward,
    /// Nothing acts: what a step would change is shown instead.
    Planning,
    /// Finished steps give back what they recorded and hand over their undo; nothing acts.
    Gathering,
    /// The undo functions act.
    Back,
    /// Finished steps give back what they recorded, up to one that is not: what it sees is kept; nothing acts.
    Looking,
}

/// The undo of one finished step.
#[derive(Clone)]
pub struct Undoable {
    /// The step's id and title.
    pub step: String,
    /// What it gave back.
    pub value: Dynamic,
    /// What undoes it.
    pub work: Closure,
    /// Where that is called.
    pub home: Home,
}

/// What was gathered.
#[derive(Default)]
pub struct Way {
    /// Which way it goes.
    pub direction: Direction,
    /// The steps that can be undone, oldest first.
    pub undoable: Vec<Undoable>,
    /// The ids of the steps that the gathering came past.
    pub seen: BTreeSet<String>,
    /// The points of no return that the gathering came past.
    pub passed: BTreeSet<String>,
    /// The steps that stay as they are, and why.
    pub kept: Vec<(String, String)>,
    /// The id of the oldest step that is undone, every step where absent; of a look, the step that it is for.
    pub until: Option<String>,
    /// Of a look: what it saw.
    pub sight: Option<Sight>,
}

impl Way {
    /// Leaves out what is older than the step that the way back ends with.
    ///
    /// Errors: `step` if that step is none of those that can be undone.
    pub fn cut(&mut self) -> Result<(), Problem> {
        let Some(until) = &self.until else { return Ok(()) };
        let Some(at) = self.undoable.iter().position(|one| step_id(&one.step) == *until) else {
            let kept = self.kept.iter().find(|(step, _)| step_id(step) == *until);
            let why = match kept {
                Some((_, reason)) => format!("it cannot be undone: {reason}"),
                None => "the run has done no such step that leaves something to undo".to_owned(),
            };
            let known: Vec<String> = self.undoable.iter().map(|one| step_id(&one.step)).collect();
            let hint = if known.is_empty() {
                "nothing was undone; there is no step that can be".to_owned()
            } else {
                format!("nothing was undone; those that can be undone are: {}", known.join(", "))
            };
            return Err(
                Problem::new("step", format!("the way back cannot end with {until}: {why}")).hint(hint)
            );
        };
        self.undoable.drain(..at);
        Ok(())
    }
}

impl Run {
    /// Which way the script is carried out, and what was gathered for the way back.
    pub fn way(&self) -> MutexGuard<'_, Way> {
        self.way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether finished steps only hand over their undo.
    #[must_use]
    pub fn is_gathering(&self) -> bool {
        self.way().direction == Direction::Gathering
    }

    /// Whether changes are shown instead of made.
    #[must_use]
    pub fn is_planning(&self) -> bool {
        self.way().direction == Direction::Planning
    }

    /// What ends the gathering: the script came to something that has not happened.
    #[must_use]
    pub fn nothing_further() -> Problem {
        Problem::new("not_done", "the run came no further")
    }
}
