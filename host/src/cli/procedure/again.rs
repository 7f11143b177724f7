//! Goes on with a run that stopped, or back: what it was begun with is read from its journal.

use super::{Earlier, Order, ready, start};
use crate::cli::args;
use crate::cli::console::say;
use crate::cli::offer::{self, Ended};
use crate::cli::state::{Header, State};
use crate::engine::Script;
use crate::environment::Environment;
use crate::journal::{Line, Outcome, Record};
use crate::problem::Problem;
use crate::run::{Before, Direction, Replay, step_id};

/// What a resume or an undo is told besides the run.
#[derive(Debug, Clone, Default)]
pub struct Again {
    /// The first step that is done again.
    pub from: Option<String>,
    /// The steps to go on without.
    pub skip: Vec<String>,
    /// Why.
    pub because: String,
    /// The step that the way back ends with.
    pub to: Option<String>,
}

impl Again {
    /// Whether it can be done with what the journal holds.
    ///
    /// Errors: `step` for a step that it does not fit, `refused` beyond a point of no return.
    pub(super) fn look(&self, replay: &Replay) -> Result<(), Problem> {
        if let Some(to) = self.to.as_ref().filter(|to| replay.step(to).is_none()) {
            let known: Vec<&str> = replay.undoable().map(String::as_str).collect();
            let hint = if known.is_empty() {
                "no step of it left something to undo".to_owned()
            } else {
                format!("those that left something to undo are: {}", known.join(", "))
            };
            return Err(Problem::new(
                "step",
                format!("the way back cannot end with {to}: the run has done no such step"),
            )
            .hint(hint));
        }
        let again = self.from.as_ref().map(|from| replay.from(from)).transpose()?.unwrap_or_default();
        let done =
            |step: &&String| matches!(replay.step(step), Some(Before::Done(_))) && !again.contains(step);
        match self.skip.iter().find(done) {
            Some(step) => Err(Problem::new("step", format!("{step} is not skipped: the run has done it"))
                .hint("a resume does not repeat it in any case")),
            None => Ok(()),
        }
    }

    /// The steps to be skipped that are not among those that the script came past.
    pub(super) fn never_came_up(&self, done: &[String]) -> Vec<&String> {
        self.skip.iter().filter(|id| !done.iter().any(|step| step_id(step) == **id)).collect()
    }

    /// What is recorded of it.
    pub(super) fn records(&self, replay: &Replay) -> Result<Vec<Record>, Problem> {
        let mut records = Vec::new();
        if let Some(from) = &self.from {
            records.push(Record::StartedOver { from: from.clone(), steps: replay.from(from)? });
        }
        let because = &self.because;
        records.extend(
            self.skip.iter().map(|step| Record::Skipped { step: step.clone(), because: because.clone() }),
        );
        Ok(records)
    }
}

/// `drsh resume RUN`.
pub fn resume(command: &args::Resume) -> Result<u8, Problem> {
    offer::after(go_on(command)?, &command.manner)
}

/// Goes on with a run that stopped; returns how that ended.
pub fn go_on(command: &args::Resume) -> Result<Ended, Problem> {
    let again = Again {
        from: command.from.clone(),
        skip: command.skip.clone(),
        because: command.because.clone().unwrap_or_default(),
        to: None,
    };
    once_more(&command.run, &command.manner, Direction::Forward, again)
}

/// `drsh undo RUN`.
pub fn undo(command: &args::Undo) -> Result<u8, Problem> {
    let again = Again { to: command.to.clone(), ..Again::default() };
    once_more(&command.run, &command.manner, Direction::Gathering, again).map(|ended| ended.code)
}

fn once_more(run: &str, manner: &args::Manner, direction: Direction, again: Again) -> Result<Ended, Problem> {
    let state = State::of(&manner.means.state)?;
    let id = state.find(run)?;
    let seen = state.journal(&id)?;
    let header = Header::of(&seen.lines, &state.run(&id))?;
    if header.script == crate::repl::SCRIPT {
        return Err(Problem::new(
            "run",
            format!("run {id} was typed in the REPL: there is no script to go on with"),
        )
        .hint(format!("`drsh show {id}` tells what it did; what is left to do is typed in `drsh repl`")));
    }
    if let Some(told) = nothing_left(&id, &seen.lines, direction, &again) {
        say(&told);
        return Ok(Ended { code: 0, run: id, step: None });
    }
    let script = Script::find(&header.script).map_err(|problem| {
        Problem::new(problem.kind, problem.message)
            .hint(format!("run {id} was begun with this script: put it back where it was, then go on"))
    })?;
    if script.sha256() != header.script_sha256 {
        say(&format!(
            "note: {} was edited since run {id} began; steps are matched by their ids",
            header.script
        ));
    }
    let both = header.approved.into_iter().chain(manner.approve.iter().cloned());
    let approved = both.collect::<std::collections::BTreeSet<_>>().into_iter().collect();
    let environment = Environment::read(&header.environment).map_err(|problem| {
        if header.environment.is_file() {
            return problem;
        }
        Problem::new(problem.kind, problem.message)
            .hint(format!("run {id} was begun with this file: put it back where it was, then go on"))
    })?;
    let stdlib = manner.means.stdlib.clone().or(header.stdlib);
    let take_over = manner.means.take_over;
    let order = Order {
        script,
        environment,
        approved,
        stdlib,
        state,
        resumed: Some(Earlier { id, seen: Some(seen) }),
        direction,
        take_over,
        again,
    };
    ready(&order, &manner.approve)?;
    start(&order)
}

/// What to say where the run has come to the end that is asked for: asking twice is no mistake, and does nothing.
fn nothing_left(id: &str, lines: &[Line], direction: Direction, again: &Again) -> Option<String> {
    let Some(Record::RunEnded { outcome, .. }) = lines.last().map(|line| &line.record) else { return None };
    match (direction, outcome) {
        (Direction::Forward, Outcome::Done) if again.from.is_none() => Some(format!(
            "run {id} is done: there is nothing to go on with\nhint: `drsh show {id}` tells what it did; --from STEP does that step and the later ones again"
        )),
        (Direction::Gathering, Outcome::Undone) if Replay::from_lines(lines).undoable().next().is_none() => {
            Some(format!(
                "run {id} is undone already: there is nothing left to undo\nhint: `drsh show {id}` tells what was undone; `drsh resume {id}` would do it all anew"
            ))
        }
        _ => None,
    }
}
