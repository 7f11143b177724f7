//! Steps of a look at where a run stopped: what is done gives back what it recorded, what is not ends the look.

use rhai::{Dynamic, Engine, EvalAltResult, NativeCallContext, Scope};

use super::step::{Step, left};
use crate::closure::{Closure, unshare};
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

/// What stands around the step and what its closures captured, and the modules there.
fn sight(context: &NativeCallContext<'_>, step: &Step, work: &Closure) -> Sight {
    let mut sight =
        Sight { step: step.name().to_owned(), variables: step.around.clone(), ..Sight::default() };
    for closure in [Some(work), step.check(), step.undo_with()].into_iter().flatten() {
        for (name, value) in closure.captured(context).into_iter().filter(|(name, _)| name != AROUND) {
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

/// The variable that stands for all that are there; the text of a look names it, and no script does.
const AROUND: &str = "__around";

/// The variables where a step begins.
#[derive(Clone)]
struct Around(Vec<(String, Dynamic)>);

/// The text of a script or module for a look: each step is begun with the variables that are there.
#[must_use]
pub fn text(text: &str) -> String {
    let mut seeing = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(BEGINS) {
        let end = at + BEGINS.len();
        let before = if at == 0 { seeing.chars().next_back() } else { rest[..at].chars().next_back() };
        let is_call = before.is_none_or(|c| !c.is_alphanumeric() && !"_.:".contains(c));
        seeing.push_str(&rest[..end]);
        rest = &rest[end..];
        if is_call && rest.starts_with(['"', '`']) {
            seeing.push_str(AROUND);
            seeing.push_str(", ");
        }
    }
    seeing + rest
}

/// How a step begins in a script.
const BEGINS: &str = "step(";

/// Lets an engine carry such texts out.
pub fn declare(engine: &mut Engine) {
    // The variable is made when it is read.
    engine.set_strict_variables(false);
    #[allow(deprecated, reason = "it is not, says its documentation, but may change")]
    engine
        .on_var(|name, _, context| Ok((name == AROUND).then(|| Dynamic::from(Around::of(context.scope())))));
    engine.register_fn("step", |around: Around, name: &str| Step::named(name).within(around.0));
}

impl Around {
    /// The last of each name hides those before it.
    fn of(scope: &Scope<'_>) -> Self {
        let mut variables: Vec<(String, Dynamic)> = Vec::new();
        for (name, _, value) in scope.iter().filter(|(name, ..)| *name != AROUND) {
            variables.retain(|(known, _)| known != name);
            variables.push((name.to_owned(), unshare(&value)));
        }
        Self(variables)
    }
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn each_step_is_begun_with_what_is_around_it() {
        assert_eq!(
            text(
                "let a = step(\"B1 x\").run(|| step(`B2 ${a}`)); steps(\"a\"); my_step(\"b\"); x.step(\"c\"); step(d)"
            ),
            "let a = step(__around, \"B1 x\").run(|| step(__around, `B2 ${a}`)); steps(\"a\"); my_step(\"b\"); x.step(\"c\"); step(d)"
        );
        assert_eq!(text("step(\"é\")step(\"b\")"), "step(__around, \"é\")step(__around, \"b\")");
    }
}
