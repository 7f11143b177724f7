//! Steps, waits and branches of a plan: nothing acts, and what cannot be known is said.

use std::sync::Arc;
use std::time::Duration;

use rhai::{Dynamic, EvalAltResult, NativeCallContext};

use super::step::{self, Step};
use crate::closure::Closure;
use crate::journal::Undo;
use crate::problem::{Problem, Reply};
use crate::run::{Event, Planned, Run};
use crate::unknown::{self, Unknown};

/// Shows what a step would do. What stops it because of changes that were not made leaves its value unknown.
pub(super) fn carry_out(
    context: &NativeCallContext<'_>,
    run: &Arc<Run>,
    step: &Step,
    undo: &Undo,
    work: &Closure,
) -> Reply<Dynamic> {
    let fail = |problem: Problem| run.redactor().clean_problem(problem).at(context.call_position());
    step::enter(run, step, undo).map_err(fail)?;
    let undo = match undo {
        Undo::Possible => "can be undone".to_owned(),
        Undo::Impossible(reason) => format!("is not undone: {reason}"),
        Undo::Nothing => String::new(),
    };
    run.tell(Event::Planned(Planned::Step {
        step: step.name().to_owned(),
        undo,
        already: is_done(context, step),
    }));
    let done = work.call(context, ()).or_else(|error| {
        let why = format!("what step \"{}\" would give back is not known in a plan", step.name());
        excuse(run, &error, &why).ok_or(error)
    });
    step::leave(run, step, done.is_ok());
    done
}

/// Asks the step's own check; one that cannot tell has not found anything.
fn is_done(context: &NativeCallContext<'_>, step: &Step) -> bool {
    let found = step.check().and_then(|check| check.call(context, ()).ok());
    found.is_some_and(|found| {
        found.as_bool().unwrap_or(!found.is_unit() && !found.is::<Unknown>() && !found.is_string())
    })
}

/// Gives a value that is not known in place of an error that may come of changes that were not made, and says so.
pub(super) fn excuse(run: &Run, error: &EvalAltResult, why: &str) -> Option<Dynamic> {
    if !run.is_planning() {
        return None;
    }
    let problem = unknown::cause(error);
    if !run.is_blamed_on_plan(&problem) {
        return None;
    }
    if let Some(step) = run.place().step.clone() {
        let ledger = run.ledger();
        let mut entries = ledger.entries();
        if !entries.not_known.contains(&step) {
            entries.not_known.push(step);
        }
    }
    let message = problem.message;
    run.tell_once(Planned::NotKnown(message.clone()), &format!("not known: {message}"));
    Some(Unknown::value(why))
}

/// Asks once whether what is waited for is so, and says what is so instead.
pub(super) fn wait(
    context: &NativeCallContext<'_>,
    run: &Run,
    what: &str,
    limit: Duration,
    check: &Closure,
) -> Reply<Duration> {
    let now = match check.call(context, ()) {
        Ok(answer) if answer.as_bool() == Ok(true) => return Ok(Duration::ZERO),
        Ok(answer) if answer.is::<Unknown>() => "not known in a plan".to_owned(),
        Ok(answer) => answer.into_string().unwrap_or_default(),
        Err(error) => {
            let problem = unknown::cause(&error);
            if !run.is_blamed_on_plan(&problem) && !matches!(&*problem.kind, "unreachable" | "timeout") {
                return Err(error);
            }
            problem.message
        }
    };
    let waited = run.would_wait(what, limit, now);
    waited
        .map(|()| Duration::ZERO)
        .map_err(|problem| run.redactor().clean_problem(problem).at(context.call_position()))
}
