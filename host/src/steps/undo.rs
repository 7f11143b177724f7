//! The way back: the undo functions that were gathered act, newest first, each on record.

use std::sync::Arc;
use std::time::Instant;

use rhai::{Dynamic, NativeCallContext, Position};

use crate::declare::Family;
use crate::journal::Record;
use crate::problem::{Problem, Reply};
use crate::run::{Direction, Event, Run, Undoable, milliseconds};

/// What ends a script that is carried out to be undone; it is called where the script's imports are at hand.
pub const LAST_CALL: &str = "undo_what_was_gathered";

/// Adds the last call: no function for scripts, so that it has no declaration.
pub fn declare(family: &mut Family) {
    family.module_mut().set_native_fn(LAST_CALL, |context: NativeCallContext, ended: Dynamic| -> Reply<()> {
        let run = Run::of(&context)?;
        go_back(&context, &run, &ended)
    });
}

/// Refuses to go back where the script did not come past every step that left something: what is older is not undone
/// before what is newer.
///
/// `ended` is what the script threw in the end: that nothing further happened, or an error of its own.
fn check_that_all_was_seen(context: &NativeCallContext<'_>, run: &Run, ended: &Dynamic) -> Reply<()> {
    let seen = run.way().seen.clone();
    let unseen: Vec<&str> =
        run.replay().undoable().filter(|id| !seen.contains(*id)).map(String::as_str).collect();
    if unseen.is_empty() {
        return Ok(());
    }
    let message = format!("the script does not come past {} any more, which the run did", unseen.join(", "));
    let own = match ended.read_lock::<Problem>() {
        Some(problem) if problem.kind == Run::nothing_further().kind => None,
        Some(problem) => Some(problem.clone()),
        None if ended.is_unit() => None,
        None => Some(Problem::new("refused", ended.to_string())),
    };
    let again = "let the script have these steps again, or put right by hand what they did";
    Err(match own {
        None => Problem::new("refused", message)
            .hint(format!("nothing was undone; {again}"))
            .at(context.call_position()),
        // Where it came about was lost when it was caught, and this call stands behind the script's end.
        Some(own) => Problem { message: format!("{message}; it ended with: {}", own.message), ..own }
            .hint(format!("nothing was undone; mend what ended it, {again}"))
            .at(Position::NONE),
    })
}

fn go_back(context: &NativeCallContext<'_>, run: &Arc<Run>, ended: &Dynamic) -> Reply<()> {
    let unseen = run.replay().no_return().find(|reason| !run.way().passed.contains(*reason)).cloned();
    if let Some(reason) = unseen {
        // The gathering ended before it: what was gathered may be what must stay.
        let problem = Problem::new("refused", format!("the run passed a point of no return: {reason}"));
        return Err(problem.hint("nothing was undone; go forward instead").at(context.call_position()));
    }
    check_that_all_was_seen(context, run, ended)?;
    let (undoable, kept) = {
        let mut way = run.way();
        way.cut().map_err(|problem| problem.at(context.call_position()))?;
        way.direction = Direction::Back;
        (std::mem::take(&mut way.undoable), std::mem::take(&mut way.kept))
    };
    run.tell(Event::Phase("undo".to_owned()));
    for (step, reason) in kept {
        run.tell(Event::Said(format!("stays: {step}: {reason}")));
    }
    for one in undoable.iter().rev() {
        run.tell(Event::Said(format!("to undo: {}", one.step)));
    }
    undoable.into_iter().rev().try_for_each(|one| undo(context, run, &one))
}

fn undo(context: &NativeCallContext<'_>, run: &Arc<Run>, one: &Undoable) -> Reply<()> {
    let fail = |problem: Problem| run.redactor().clean_problem(problem).at(context.call_position());
    let name = format!("undo {}", one.step);
    let began = Instant::now();
    {
        let mut place = run.place();
        place.step = Some(name.clone());
        // Going back is what the operator asked for, whatever it deletes on the way.
        place.undoable = true;
    }
    run.tell(Event::StepStarted(name.clone()));
    run.record(Record::UndoStarted { step: one.step.clone() }).map_err(fail)?;
    if let Err(error) = one.work.call_at(&one.home, context, (one.value.clone(),)) {
        let problem = Problem::within(&error).unwrap_or_else(|| Problem::new("script", error.to_string()));
        run.tell(Event::StepFailed { step: name, problem, took: began.elapsed() });
        return Err(error);
    }
    let took = began.elapsed();
    run.record(Record::Undone { step: one.step.clone(), milliseconds: milliseconds(took) }).map_err(fail)?;
    let mut place = run.place();
    place.undoable = false;
    place.step = None;
    place.finish(name.clone());
    drop(place);
    run.tell(Event::StepDone { step: name, took, replayed: false });
    Ok(())
}
