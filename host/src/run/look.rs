//! A look at where a run stopped: the script is carried out again, reading only, up to the step that it stopped in.

use std::time::Duration;

use rhai::Dynamic;

use super::{Direction, Run, step_id};

/// How long one call of a look may take: somebody waits for the prompt.
pub const CALL: Duration = Duration::from_secs(10);

/// What a step sees before it acts.
#[derive(Debug, Clone, Default)]
pub struct Sight {
    /// The step's id and title.
    pub step: String,
    /// The variables that there are where it stands, by name.
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
        let (is_it, had_it) =
            (is_meant(&sight.step), way.sight.as_ref().is_some_and(|kept| is_meant(&kept.step)));
        if way.sight.is_none() || is_it && !had_it {
            way.sight = Some(sight);
        }
        is_it
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::run::{Beginning, Claim, Deaf, Replay};

    fn looking(until: Option<&str>, runtime: &tokio::runtime::Runtime) -> Arc<Run> {
        Run::begin(Beginning {
            id: "1a2b3c4d".to_owned(),
            environment: Arc::default(),
            journal: None,
            replay: Replay::default(),
            approved: std::collections::BTreeSet::new(),
            may_change: false,
            direction: Direction::Looking,
            until: until.map(str::to_owned),
            memory: None,
            runtime: runtime.handle().clone(),
            listener: Box::new(Deaf),
            asker: None,
            claim: Claim::default(),
        })
    }

    fn keep(run: &Run, step: &str) -> bool {
        run.keep_sight(Sight { step: step.to_owned(), ..Sight::default() })
    }

    fn kept(run: &Run) -> String {
        run.way().sight.clone().unwrap_or_default().step
    }

    /// Branches come to their steps in any order, and the one that failed is what the operator asks for.
    #[test]
    fn of_steps_side_by_side_the_one_that_is_meant_is_kept() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let run = looking(Some("B5: b"), &runtime);
        assert!(!keep(&run, "B5 save: a") && !keep(&run, "B5 save: c"));
        assert_eq!(kept(&run), "B5 save: a");
        assert!(keep(&run, "B5 save: b") && !keep(&run, "B5 save: c"));
        assert_eq!(kept(&run), "B5 save: b");
    }

    #[test]
    fn where_none_is_meant_the_first_is_kept() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let run = looking(None, &runtime);
        assert!(keep(&run, "B1 look") && keep(&run, "B2 pause"));
        assert_eq!(kept(&run), "B1 look");
    }
}
