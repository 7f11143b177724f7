//! A plan: what it says of the steps instead of carrying them out, and what it keeps in mind on the way.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;

use super::{Event, Run};
use crate::declare::Effect;
use crate::problem::Problem;

/// The kinds of problem that would stop the run itself, whatever changed before.
const REAL: [&str; 7] =
    ["refused", "wrong_cluster", "environment", "bad_argument", "interrupted", "denied", "internal"];

/// How often a plan comes past the same wait or finding in one step before it ends the step.
const PATIENCE: usize = 3;

/// One thing that a plan says.
#[derive(Debug, Clone, PartialEq)]
pub enum Planned {
    /// A step begins.
    Step {
        /// Its id and title.
        step: String,
        /// How it would be undone, in words; empty where there is nothing to undo.
        undo: String,
        /// Whether its own check finds that its effect is there already.
        already: bool,
    },
    /// A change that would be made.
    Change {
        /// Whether it cannot be changed back.
        destroys: bool,
        /// The target: `cluster source`.
        target: String,
        /// What would be asked of it: `patch hc/demo in clusters`.
        about: String,
        /// Particulars: the fields that change, the exact command, the size of a file.
        lines: Vec<String>,
    },
    /// A wait whose end has not come yet.
    Wait {
        /// What for.
        what: String,
        /// How long at most.
        limit: Duration,
        /// What is so now.
        now: String,
    },
    /// The run would ask for an approval.
    Approval {
        /// The phase.
        phase: String,
        /// What would have to be typed; `None` if it is approved already.
        confirm: Option<String>,
        /// What the phase does.
        why: String,
    },
    /// The run would stop here, unless the changes before it see to it that it need not.
    Check(String),
    /// Nothing earlier could be undone from here on.
    NoReturn(String),
    /// What follows in a step, or of all of the script, cannot be told.
    NotKnown(String),
}

impl Planned {
    /// The same with each of its texts changed.
    #[must_use]
    pub(super) fn map_text(self, change: &impl Fn(String) -> String) -> Self {
        match self {
            Self::Step { step, undo, already } => {
                Self::Step { step: change(step), undo: change(undo), already }
            }
            Self::Change { destroys, target, about, lines } => Self::Change {
                destroys,
                target: change(target),
                about: change(about),
                lines: lines.into_iter().map(change).collect(),
            },
            Self::Wait { what, limit, now } => Self::Wait { what: change(what), limit, now: change(now) },
            Self::Approval { phase, confirm, why } => {
                Self::Approval { phase: change(phase), confirm: confirm.map(change), why: change(why) }
            }
            Self::Check(message) => Self::Check(change(message)),
            Self::NoReturn(reason) => Self::NoReturn(change(reason)),
            Self::NotKnown(why) => Self::NotKnown(change(why)),
        }
    }
}

/// What a change would leave behind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Trace {
    /// Something, of which nothing more is kept in mind.
    #[default]
    Something,
    /// A thing by name, such as `snapshot.db in folder backup`, made or made anew.
    Makes(String),
    /// The absence of such a thing.
    Removes(String),
    /// Nothing: all is so already.
    Nothing,
}

/// What a plan keeps in mind: how much it looked at and showed, and what would be otherwise by then.
#[derive(Debug, Default)]
pub struct Ledger {
    inner: Mutex<Entries>,
}

/// The entries of a ledger.
#[derive(Debug, Default, Clone)]
pub struct Entries {
    /// How many calls looked at something.
    pub reads: usize,
    /// How many changes each target would see, and how many of them cannot be changed back.
    pub changes: BTreeMap<String, (usize, usize)>,
    /// The steps of which something is not known.
    pub not_known: Vec<String>,
    /// How many changes would leave something behind, things that are made and removed again left out.
    pending: usize,
    /// What was said before in this step, and how often.
    said: BTreeMap<String, usize>,
    /// The objects as they would be, by where they are; `None` for one that would be gone.
    objects: BTreeMap<String, Option<Value>>,
    /// Things that would be made or made anew, by their names.
    touched: BTreeSet<String>,
}

impl Ledger {
    /// The entries.
    pub fn entries(&self) -> MutexGuard<'_, Entries> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps how the object at `place` would be.
    pub fn keep_object(&self, place: &str, object: Option<Value>) {
        self.entries().objects.insert(place.to_owned(), object);
    }

    /// How the object at `place` would be: `None` where no change was shown, `Some(None)` where it would be gone.
    #[must_use]
    pub fn object(&self, place: &str) -> Option<Option<Value>> {
        self.entries().objects.get(place).cloned()
    }

    /// The objects that would be at the places that begin with `prefix`, no further below, each with its place.
    #[must_use]
    pub fn objects_in(&self, prefix: &str) -> Vec<(String, Value)> {
        let entries = self.entries();
        let from = entries.objects.range(prefix.to_owned()..);
        from.map_while(|(place, object)| place.strip_prefix(prefix).map(|rest| (place, rest, object)))
            .filter(|(_, rest, _)| !rest.contains('/'))
            .filter_map(|(place, _, object)| Some((place.clone(), object.clone()?)))
            .collect()
    }

    /// Keeps what a change would leave behind.
    pub fn leave(&self, trace: Trace) {
        let mut entries = self.entries();
        match trace {
            Trace::Nothing => {}
            Trace::Makes(thing) => drop(entries.touched.insert(thing)),
            Trace::Removes(thing) if entries.touched.remove(&thing) => {}
            Trace::Removes(_) | Trace::Something => entries.pending += 1,
        }
    }

    /// Counts how often `text` is said in `step`, this time included.
    pub fn say_again(&self, step: Option<&str>, text: &str) -> usize {
        let mut entries = self.entries();
        let count = entries.said.entry(format!("{}: {text}", step.unwrap_or_default())).or_default();
        *count += 1;
        *count
    }

    /// The things that would be made or made anew whose names end with `place`, such as ` in bucket backup`, without
    /// that.
    #[must_use]
    pub fn touched_in(&self, place: &str) -> Vec<String> {
        let entries = self.entries();
        entries.touched.iter().filter_map(|thing| thing.strip_suffix(place).map(str::to_owned)).collect()
    }

    /// Whether `thing` would be another by then.
    #[must_use]
    pub fn is_touched(&self, thing: &str) -> bool {
        self.entries().touched.contains(thing)
    }
}

impl Run {
    /// What the plan keeps in mind.
    #[must_use]
    pub fn ledger(&self) -> Arc<Ledger> {
        self.connections().of::<Ledger>()
    }

    /// Counts a call that a plan lets through, or shows.
    pub fn count_planned(&self, effect: Effect, target: &str) {
        let ledger = self.ledger();
        let mut entries = ledger.entries();
        if effect < Effect::Change {
            entries.reads += 1;
            return;
        }
        let count = entries.changes.entry(target.to_owned()).or_default();
        count.0 += 1;
        count.1 += usize::from(effect == Effect::Destroy);
    }

    /// Whether a problem may have come up only because the changes before it were not made.
    #[must_use]
    pub fn is_blamed_on_plan(&self, problem: &Problem) -> bool {
        if !self.is_planning() {
            return false;
        }
        let changed = {
            let ledger = self.ledger();
            let entries = ledger.entries();
            entries.pending > 0 || !entries.touched.is_empty()
        };
        &*problem.kind == "unknown" || (changed && !REAL.contains(&&*problem.kind))
    }

    /// Says something of a plan, once in a step. Gives how often it was to be said.
    pub fn tell_once(&self, planned: Planned, about: &str) -> usize {
        let step = self.place().step.clone();
        let count = self.ledger().say_again(step.as_deref(), about);
        if count == 1 {
            self.tell(Event::Planned(planned));
        }
        count
    }

    /// Whether a script that found `problem` goes on all the same: it may be otherwise by then, and nothing acts.
    ///
    /// What is found again and again in one step ends it, lest a script that tries again never ends.
    #[must_use]
    pub fn goes_on_in_plan(&self, problem: &Problem) -> bool {
        self.is_blamed_on_plan(problem)
            && self.tell_once(Planned::Check(problem.message.clone()), &problem.message) <= PATIENCE
    }

    /// Says that the plan would wait. Errors: `unknown` if it comes to that again and again in one step.
    pub fn would_wait(&self, what: &str, limit: Duration, now: String) -> Result<(), Problem> {
        // What follows takes it for granted.
        self.ledger().leave(Trace::Something);
        let planned = Planned::Wait { what: what.to_owned(), limit, now };
        if self.tell_once(planned, &format!("wait for {what}")) <= PATIENCE {
            return Ok(());
        }
        Err(Problem::new("unknown", format!("it waits again and again for {what}, which a plan cannot")))
    }

    /// Refuses to tell of a thing that would be another by then.
    ///
    /// Errors: `unknown`, of a plan only.
    pub fn require_untouched(&self, thing: &str) -> Result<(), Problem> {
        if self.is_planning() && self.ledger().is_touched(thing) {
            let message = format!("{thing} would be written before, and a plan does not write it");
            return Err(Problem::new("unknown", message));
        }
        Ok(())
    }
}
