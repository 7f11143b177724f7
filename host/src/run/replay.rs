//! What an earlier start of a run recorded, by step.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde_json::Value;

use crate::journal::{Line, Record, Undo};
use crate::problem::Problem;

/// What the journal says of a step.
#[derive(Debug, Clone, PartialEq)]
pub enum Before {
    /// It is done and gave this value back.
    Done(Value),
    /// It began to change something, and no end is on record: its effect may have happened or not.
    Interrupted,
    /// It began, no end is on record, and it had not begun to change anything.
    Untouched,
    /// The operator asked to go on without it, for this reason.
    Skipped(String),
}

/// What an earlier start of a run recorded; empty for a new one.
#[derive(Debug, Clone, Default)]
pub struct Replay {
    steps: HashMap<String, Before>,
    /// The ids of steps in the order in which they first began.
    order: Vec<String>,
    /// The same, to find one among many.
    begun: HashSet<String>,
    /// Those of them that began, and neither ended nor changed anything yet.
    under_way: HashSet<String>,
    /// The ids of steps that said that they can be undone.
    undoable: BTreeSet<String>,
    /// The points of no return that were passed, each with how many steps had begun by then.
    no_return: BTreeMap<String, usize>,
}

impl Replay {
    /// Reads it from the lines of a journal.
    #[must_use]
    pub fn from_lines(lines: &[Line]) -> Self {
        let mut replay = Self::default();
        for line in lines {
            replay.take(&line.record);
        }
        replay
    }

    /// Takes one record in.
    pub fn take(&mut self, record: &Record) {
        match record {
            Record::StepStarted { step, undo } => {
                if *undo == Undo::Possible {
                    self.undoable.insert(step_id(step));
                }
                // What it changed in an earlier start may be there.
                if self.step(step) != Some(&Before::Interrupted) {
                    self.set(step_id(step), Before::Untouched);
                }
            }
            // Whose call it is stands nowhere: of several that go on side by side it may be that of any.
            Record::CallIntended { .. } => {
                for id in self.under_way.drain() {
                    if let Some(before) =
                        self.steps.get_mut(&id).filter(|before| **before == Before::Untouched)
                    {
                        *before = Before::Interrupted;
                    }
                }
            }
            Record::StepDone { step, value, .. } => self.set(step_id(step), Before::Done(value.clone())),
            Record::Skipped { step, because } => self.set(step.clone(), Before::Skipped(because.clone())),
            Record::Undone { step, .. } => drop(self.steps.remove(&step_id(step))),
            Record::StartedOver { steps, .. } => steps.iter().for_each(|id| drop(self.steps.remove(id))),
            Record::PointOfNoReturn { reason } => {
                self.no_return.entry(reason.clone()).or_insert(self.order.len());
            }
            _ => {}
        }
    }

    fn set(&mut self, id: String, before: Before) {
        if self.begun.insert(id.clone()) {
            self.order.push(id.clone());
        }
        if before == Before::Untouched {
            self.under_way.insert(id.clone());
        } else {
            self.under_way.remove(&id);
        }
        self.steps.insert(id, before);
    }

    /// The points of no return that were passed.
    pub fn no_return(&self) -> impl Iterator<Item = &String> {
        self.no_return.keys()
    }

    /// The ids of the steps that left something to undo, oldest first.
    pub fn undoable(&self) -> impl Iterator<Item = &String> {
        let left = |id: &&String| {
            self.undoable.contains(*id)
                && matches!(self.steps.get(*id), Some(Before::Done(_) | Before::Interrupted))
        };
        self.order.iter().filter(left)
    }

    /// What is known of the step; `None` if it never began.
    #[must_use]
    pub fn step(&self, step: &str) -> Option<&Before> {
        self.steps.get(&step_id(step))
    }

    /// The ids of the step called `from` and of those that began after it, to do them again.
    ///
    /// Errors: `step` if it never began, `refused` if a point of no return was passed since.
    pub fn from(&self, from: &str) -> Result<Vec<String>, Problem> {
        let begun: Vec<&String> = self.order.iter().filter(|id| self.steps.contains_key(*id)).collect();
        let at = self.order.iter().position(|id| id == from && self.steps.contains_key(id));
        let Some(at) = at else {
            let known: Vec<&str> = begun.iter().map(|id| id.as_str()).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            return Err(Problem::new("step", format!("the run has begun no step {from}"))
                .hint(format!("the steps that it began are: {known}")));
        };
        if let Some((reason, _)) = self.no_return.iter().find(|(_, begun)| **begun > at) {
            let message =
                format!("{from} is not done again: the run passed a point of no return since: {reason}");
            return Err(Problem::new("refused", message).hint("go on with the run, or begin a new one"));
        }
        Ok(self.order[at..].iter().filter(|id| self.steps.contains_key(*id)).cloned().collect())
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

    fn started(step: &str) -> Record {
        Record::StepStarted { step: step.to_owned(), undo: Undo::Possible }
    }

    fn call() -> Record {
        let text = |text: &str| text.to_owned();
        Record::CallIntended {
            function: text("oc_patch"),
            target: text("cluster source"),
            about: text("patch hc/demo"),
            effect: text("change"),
        }
    }

    /// Nobody needs to be asked whether the effect happened of a step that stopped before its first change.
    #[test]
    fn a_step_that_stopped_before_it_changed_anything_is_known_as_such() {
        let mut replay = Replay::default();
        replay.take(&started("B2 pause"));
        assert_eq!(replay.step("B2 pause"), Some(&Before::Untouched));
        assert_eq!(replay.undoable().count(), 0);
        replay.take(&call());
        assert_eq!(replay.step("B2 pause"), Some(&Before::Interrupted));
        assert_eq!(replay.undoable().collect::<Vec<_>>(), ["B2"]);
        // It begins anew, and stops earlier: what it changed the first time may be there nevertheless.
        replay.take(&started("B2 pause"));
        assert_eq!(replay.step("B2 pause"), Some(&Before::Interrupted));
    }

    #[test]
    fn a_call_may_be_that_of_any_step_that_goes_on() {
        let mut replay = Replay::default();
        for step in ["B5 save: a", "B5 save: b"] {
            replay.take(&started(step));
        }
        replay.take(&call());
        for step in ["B5 save: a", "B5 save: b"] {
            assert_eq!(replay.step(step), Some(&Before::Interrupted), "{step}");
        }
    }

    #[test]
    fn a_step_is_known_by_its_id_and_by_what_it_is_run_for() {
        assert_eq!(step_id("B2 pause the hosted cluster"), "B2");
        assert_eq!(step_id("B2 stop reconciliation"), "B2");
        assert_eq!(step_id("B5 snapshot: etcd-0"), "B5: etcd-0");
        assert_ne!(step_id("B5 snapshot: etcd-0"), step_id("B5 snapshot: etcd-1"));
    }
}
