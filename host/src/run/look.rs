//! A look at where a run stopped: the script is carried out again, reading only, up to the step that it stopped in.

use std::time::Duration;

use rhai::Dynamic;

use super::{Direction, Run, step_id};

/// How long one call of a look may take: somebody waits for the prompt.
pub const CALL: Duration = Duration::from_secs(5);

/// What a step sees before it acts.
#[derive(Debug, Clone, Default)]
pub struct Sight {
    /// The step's id and title.
    pub step: String,
    /// The variables that it captured, by name.
    pub variables: Vec<(String, Dynamic)>,
    /// The modules at hand there: the name that the script gave each, and what it is imported by.
    pub imports: Vec<(String, String)>,
}

impl Run {
    /// Whether the script is carried out only to see what it saw: finished steps give back what they recorded.
    #[must_use]
    pub fn is_looking(&self) -> bool {
        self.way().direction == Direction::Looking
    }

    /// Whether the script is only led along what an earlier start of the run did: nothing is told, asked or recorded.
    #[must_use]
    pub fn is_retracing(&self) -> bool {
        matches!(self.way().direction, Direction::Looking | Direction::Gathering)
    }

    /// Keeps what an unfinished step sees; returns whether it is the one that the look is for.
    ///
    /// The first of them is kept until that one comes: of steps side by side another may come before it.
    pub fn keep_sight(&self, sight: Sight) -> bool {
        let mut way = self.way();
        let is_meant = |step: &str| way.until.as_ref().is_none_or(|until| *until == step_id(step));
        let (is_it, had_it) = (is_meant(&sight.step), way.sight.as_ref().is_some_and(|kept| is_meant(&kept.step)));
        if way.sight.is_none() || is_it && !had_it {
            way.sight = Some(sight);
        }
        is_it
    }
}
