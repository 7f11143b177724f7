//! Going back: what an undo gathers from the script before it undoes anything.

use std::collections::BTreeSet;
use std::sync::{MutexGuard, PoisonError};

use rhai::Dynamic;

use super::Run;
use crate::closure::Closure;
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
}

/// What was gathered.
#[derive(Default)]
pub struct Way {
    /// Which way it goes.
    pub direction: Direction,
    /// The steps that can be undone, oldest first.
    pub undoable: Vec<Undoable>,
    /// The points of no return that the gathering came past.
    pub passed: BTreeSet<String>,
    /// The steps that stay as they are, and why.
    pub kept: Vec<(String, String)>,
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
