//! Goes on with a run that stopped, or back: what it was begun with is read from its journal.

use super::{Order, start};
use crate::cli::args;
use crate::cli::console::say;
use crate::cli::offer::{self, Ended};
use crate::cli::state::{Header, State};
use crate::engine::Script;
use crate::environment::Environment;
use crate::journal::Record;
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
    let header = Header::of(&state.lines(&id)?, &state.run(&id))?;
    if header.script == crate::repl::SCRIPT {
        return Err(Problem::new(
            "run",
            format!("run {id} was typed in the REPL: there is no script to go on with"),
        )
        .hint(format!("`drsh show {id}` tells what it did; what is left to do is typed in `drsh repl`")));
    }
    let script = Script::find(&header.script)?;
    if script.sha256() != header.script_sha256 {
        say(&format!(
            "note: {} was edited since run {id} began; steps are matched by their ids",
            header.script
        ));
    }
    let both = header.approved.into_iter().chain(manner.approve.iter().cloned());
    let approved = both.collect::<std::collections::BTreeSet<_>>().into_iter().collect();
    let environment = Environment::read(&header.environment)?;
    let stdlib = manner.means.stdlib.clone().or(header.stdlib);
    let take_over = manner.means.take_over;
    start(&Order {
        script,
        environment,
        approved,
        stdlib,
        state,
        resumed: Some(id),
        direction,
        take_over,
        again,
    })
}
