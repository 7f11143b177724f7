//! Steps of a look at where a run stopped: what is done gives back what it recorded, what is not ends the look.

use rhai::{Dynamic, EvalAltResult, NativeCallContext};

use super::step::{Step, left};
use crate::closure::Closure;
use crate::journal;
use crate::problem::Reply;
use crate::run::{Before, Run, Sight};

/// Gives back what the step recorded, or keeps what it sees and ends the script there.
pub(super) fn carry_out(
    context: &NativeCallContext<'_>,
    run: &Run,
    step: &Step,
    work: &Closure,
) -> Reply<Dynamic> {
    match run.replay().step(step.name()) {
        Some(Before::Done(value)) => {
            return journal::decode(value).map_err(|problem| problem.at(context.call_position()));
        }
        Some(Before::Skipped(_)) => return Ok(left(context, step).unwrap_or(Dynamic::UNIT)),
        Some(Before::Interrupted | Before::Untouched) | None => {}
    }
    if run.keep_sight(sight(context, step, work)) {
        // Whatever goes on side by side with it is of no more use.
        run.cancel().cancel();
    }
    // No script can catch this one.
    Err(EvalAltResult::ErrorTerminated(Dynamic::UNIT, context.call_position()).into())
}

/// What the step's closures captured, and the modules where it stands.
fn sight(context: &NativeCallContext<'_>, step: &Step, work: &Closure) -> Sight {
    let mut sight = Sight { step: step.name().to_owned(), ..Sight::default() };
    for closure in [Some(work), step.check(), step.undo_with()].into_iter().flatten() {
        for (name, value) in closure.captured(context) {
            if !sight.variables.iter().any(|(known, _)| *known == name) {
                sight.variables.push((name, value));
            }
        }
    }
    // The innermost come first.
    for (alias, module) in context.iter_imports() {
        if !sight.imports.iter().any(|(known, _)| known == alias)
            && let Some(path) = module.id().and_then(imported_by)
        {
            sight.imports.push((alias.to_owned(), path));
        }
    }
    sight
}

/// What a module is imported by: the name of its file.
fn imported_by(file: &str) -> Option<String> {
    let name = std::path::Path::new(file).file_stem()?;
    Some(name.to_string_lossy().into_owned())
}
