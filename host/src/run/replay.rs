//! What an earlier start of a run recorded, by step.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use crate::journal::{Line, Record};

/// What the journal says of a step.
#[derive(Debug, Clone, PartialEq)]
pub enum Before {
    /// It is done and gave this value back.
    Done(Value),
    /// It began, and no end is on record: its effect may have happened or not.
    Interrupted,
}

/// What an earlier start of a run recorded; empty for a new one.
#[derive(Debug, Clone, Default)]
pub struct Replay {
    steps: HashMap<String, Before>,
    no_return: BTreeSet<String>,
}

impl Replay {
    /// Reads it from the lines of a journal.
    #[must_use]
    pub fn from_lines(lines: &[Line]) -> Self {
        let mut steps = HashMap::new();
        let mut no_return = BTreeSet::new();
        for line in lines {
            match &line.record {
                Record::StepStarted { step, .. } => {
                    steps.insert(step_id(step), Before::Interrupted);
                }
                Record::StepDone { step, value, .. } => {
                    steps.insert(step_id(step), Before::Done(value.clone()));
                }
                Record::Undone { step, .. } => {
                    steps.remove(&step_id(step));
                }
                Record::PointOfNoReturn { reason } => {
                    no_return.insert(reason.clone());
                }
                _ => {}
            }
        }
        Self { steps, no_return }
    }

    /// The points of no return that were passed.
    #[must_use]
    pub fn no_return(&self) -> &BTreeSet<String> {
        &self.no_return
    }

    /// What is known of the step; `None` if it never began.
    #[must_use]
    pub fn step(&self, step: &str) -> Option<&Before> {
        self.steps.get(&step_id(step))
    }
}

/// The part of a step's name that stays when its title is edited: `B2` of `B2 pause the hosted cluster`.
///
/// A step that is run for several things names them after a colon: `B5 snapshot: etcd-0` is known as `B5: etcd-0`.
#[must_use]
pub fn step_id(step: &str) -> String {
    let id = step.split_whitespace().next().unwrap_or(step).trim_end_matches(':');
    match step.split_once(": ") {
        Some((_, which)) => format!("{id}: {which}"),
        None => id.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_known_by_its_id_and_by_what_it_is_run_for() {
        assert_eq!(step_id("B2 pause the hosted cluster"), "B2");
        assert_eq!(step_id("B2 stop reconciliation"), "B2");
        assert_eq!(step_id("B5 snapshot: etcd-0"), "B5: etcd-0");
        assert_ne!(step_id("B5 snapshot: etcd-0"), step_id("B5 snapshot: etcd-1"));
    }
}
