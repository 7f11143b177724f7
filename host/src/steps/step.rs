//! Steps: named parts of a script that are recorded, and that a later start of the run does not repeat.

use std::sync::Arc;
use std::time::Instant;

use rhai::{Dynamic, EvalAltResult, FnPtr, NativeCallContext};

use super::{look, plan};
use crate::closure::{Closure, Home};
use crate::declare::{Effect, Family, Function};
use crate::journal::{self, Record, Undo};
use crate::problem::{Problem, Reply};
use crate::run::{Before, Event, Run, Undoable, milliseconds, step_id};

/// A step under construction.
#[derive(Clone)]
pub struct Step {
    name: Arc<str>,
    check: Option<Closure>,
    undo: Option<Undo>,
    undo_with: Option<Closure>,
    /// The variables where it begins, as far as they were asked for.
    pub(super) around: Vec<(String, Dynamic)>,
}

impl Step {
    /// A step that has nothing but its name.
    pub(super) fn named(name: &str) -> Self {
        Self { name: name.into(), check: None, undo: None, undo_with: None, around: Vec::new() }
    }

    /// The step with the variables that are there where it begins.
    pub(super) fn within(self, around: Vec<(String, Dynamic)>) -> Self {
        Self { around, ..self }
    }

    /// Its id and title.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// What tells whether its effect is there.
    pub(super) fn check(&self) -> Option<&Closure> {
        self.check.as_ref()
    }

    /// What undoes it.
    pub(super) fn undo_with(&self) -> Option<&Closure> {
        self.undo_with.as_ref()
    }
}

static STEP: Function = Function {
    signature: "step(name: string) -> Step",
    effect: Effect::None,
    doc: r#"
Begins the step called `name`; nothing happens until its `run`.

* `name: string` - its id, a space, a title: `B2 pause the hosted cluster`. The id stays when the title is edited.
  A step that is run for several things names each after a colon: `B5 snapshot: etcd-0`.

Returns the step, to be completed by `done_when`, by one of `undo`, `no_undo` and `reads`, and by `run`.

```rhai
let kept = step("X1 remember a number").reads().run(|| 42);
assert_eq(kept, 42);
```
"#,
};

static DONE_WHEN: Function = Function {
    signature: "done_when(step: Step, check: Fn) -> Step",
    effect: Effect::None,
    doc: r#"
Gives the step a check that decides, after an interruption, whether its effect has happened.

* `check: Fn` - returns `false` or `()` if it has not; `true`, or the value that the step should give back, if it has

```rhai
step("X2 make a thing").done_when(|| true).no_undo("an example").run(|| ());
```
"#,
};

static UNDO: Function = Function {
    signature: "undo(step: Step, work: Fn) -> Step",
    effect: Effect::None,
    doc: r#"
Says how the step is undone; its captured values are copied now.

* `work: Fn` - takes the value that the step gave back

```rhai
step("X3 set a thing").undo(|was| log(`back to ${was}`)).run(|| "before");
```
"#,
};

static NO_UNDO: Function = Function {
    signature: "no_undo(step: Step, reason: string) -> Step",
    effect: Effect::None,
    doc: r#"
Says that the step cannot be undone, and why.

```rhai
step("X4 use up a thing").no_undo("what is used up is gone").run(|| ());
```
"#,
};

static READS: Function = Function {
    signature: "reads(step: Step) -> Step",
    effect: Effect::None,
    doc: r#"
Says that the step only looks, so that there is nothing to undo.

```rhai
step("X5 look").reads().run(|| ());
```
"#,
};

static RUN: Function = Function {
    signature: "run(step: Step, work: Fn) -> any",
    effect: Effect::None,
    doc: r#"
Carries the step out, or gives back what the journal recorded if an earlier start of the run has done it.

* `work: Fn` - what the step does; it returns plain data, which is recorded: text, numbers, lists, maps, durations

Returns what `work` returned. Errors: those of `work`; `unrecordable`; `undecided` if an earlier start was interrupted in
this step and it has no check; `step` if the step has neither undo nor a reason, or its id was used before.

```rhai
assert_eq(step("X6 add").reads().run(|| 1 + 1), 2);
```
"#,
};

/// Adds the functions of this file.
pub fn declare(family: &mut Family) {
    family.name_type::<Step>("Step");
    family.add(&STEP, Step::named);
    family.add(&DONE_WHEN, |step: Step, check: FnPtr| Step { check: Some(Closure::new(check)), ..step });
    family.add(&UNDO, |step: Step, work: FnPtr| Step {
        undo: Some(Undo::Possible),
        undo_with: Some(Closure::new(work)),
        ..step
    });
    family.add(&NO_UNDO, |step: Step, reason: &str| Step {
        undo: Some(Undo::Impossible(reason.into())),
        ..step
    });
    family.add(&READS, |step: Step| Step { undo: Some(Undo::Nothing), ..step });
    family.add(&RUN, |context: NativeCallContext, step: Step, work: FnPtr| -> Reply<Dynamic> {
        let run = Run::of(&context)?;
        carry_out(&context, &run, &step, &Closure::new(work))
    });
}

fn carry_out(context: &NativeCallContext<'_>, run: &Arc<Run>, step: &Step, work: &Closure) -> Reply<Dynamic> {
    let fail = |problem: Problem| run.redactor().clean_problem(problem).at(context.call_position());
    check_name("step", &step.name).map_err(fail)?;
    let undo = step.undo.clone().ok_or_else(|| {
        fail(
            Problem::new("step", format!("the step `{}` does not say how it is undone", step.name))
                .hint("add .undo(|was| ..), .no_undo(\"why\") or .reads() before .run"),
        )
    })?;
    if run.is_gathering() {
        return gather(context, run, step, undo).map_err(fail);
    }
    if run.is_planning() {
        return plan::carry_out(context, run, step, &undo, work);
    }
    if run.is_looking() {
        return look::carry_out(context, run, step, work);
    }
    enter(run, step, &undo).map_err(fail)?;
    let began = Instant::now();
    let done = match run.replay().step(&step.name) {
        Some(Before::Done(value)) => replayed(run, step, value, began).map_err(fail),
        Some(Before::Interrupted) => decide(context, run, step, &undo, work, began),
        // Something else may have done it meanwhile, which its check would tell.
        Some(Before::Untouched) if step.check.is_some() => decide(context, run, step, &undo, work, began),
        Some(Before::Skipped(because)) => Ok(skip(context, run, step, because)),
        Some(Before::Untouched) | None => act(context, run, step, &undo, work, began),
    };
    leave(run, step, done.is_ok());
    if let Err(error) = &done {
        failed(run, step, error, began).map_err(fail)?;
    }
    done
}

/// On the way back: hands over the undo of what happened, and ends where nothing did.
fn gather(
    context: &NativeCallContext<'_>,
    run: &Arc<Run>,
    step: &Step,
    undo: Undo,
) -> Result<Dynamic, Problem> {
    let (value, whole) = match run.replay().step(&step.name) {
        Some(Before::Done(value)) => (journal::decode(value)?, true),
        // Its effect may have happened in part: its undo takes what its check finds, or nothing.
        Some(Before::Interrupted) => (left(context, step).unwrap_or(Dynamic::UNIT), false),
        Some(Before::Untouched) => return Ok(left(context, step).unwrap_or(Dynamic::UNIT)),
        Some(Before::Skipped(because)) => {
            // Whatever there is of its effect, this run did not see it happen.
            run.way().kept.push((step.name.to_string(), format!("it was skipped: {because}")));
            return Ok(left(context, step).unwrap_or(Dynamic::UNIT));
        }
        None => return Err(Run::nothing_further()),
    };
    let name = step.name.to_string();
    run.way().seen.insert(step_id(&name));
    match (undo, &step.undo_with) {
        (Undo::Possible, Some(work)) => {
            let (value, work, home) = (value.clone(), work.clone(), Home::of(context));
            run.way().undoable.push(Undoable { step: name, value, work, home });
        }
        (Undo::Impossible(reason), _) => run.way().kept.push((name, reason)),
        _ => {}
    }
    if whole { Ok(value) } else { Err(Run::nothing_further()) }
}

/// The longest name of a step or a phase, in characters.
const LONGEST_NAME: usize = 200;

/// A name is one line that people read. Errors: `step`.
pub(super) fn check_name(what: &str, name: &str) -> Result<(), Problem> {
    let why = if name.trim().is_empty() {
        "it has none"
    } else if name.chars().any(char::is_control) {
        "it holds a line break or another control character"
    } else if name.chars().count() > LONGEST_NAME {
        "it is longer than 200 characters"
    } else {
        return Ok(());
    };
    let shown: String = name.escape_debug().take(60).collect();
    Err(Problem::new("step", format!("`{shown}` cannot be the name of a {what}: {why}")))
}

/// Makes the step the one that is under way.
pub(super) fn enter(run: &Run, step: &Step, undo: &Undo) -> Result<(), Problem> {
    let mut place = run.place();
    if let Some(outer) = &place.step {
        return Err(Problem::new(
            "step",
            format!("the step `{}` begins inside of the step `{outer}`", step.name),
        )
        .hint("steps stand one after another: end the outer one first"));
    }
    let id = step_id(&step.name);
    if place.is_done(&id) {
        return Err(Problem::new("step", format!("the step id `{id}` is used twice in this run")).hint(
            "a step that is run for several things names each after a colon, as in `B5 snapshot: etcd-0`",
        ));
    }
    place.step = Some(step.name.to_string());
    place.undoable = *undo == Undo::Possible;
    drop(place);
    run.tell(Event::StepStarted(step.name.to_string()));
    Ok(())
}

pub(super) fn leave(run: &Run, step: &Step, done: bool) {
    let mut place = run.place();
    place.undoable = false;
    if done {
        place.step = None;
        place.finish(step.name.to_string());
    }
}

/// What a step's check finds of its value, where the step did not act in this start of the run.
pub(super) fn left(context: &NativeCallContext<'_>, step: &Step) -> Option<Dynamic> {
    step.check.as_ref()?.call(context, ()).ok().filter(|found| !found.is_bool())
}

/// The operator goes on without the step: it gives back what its check finds, or nothing.
fn skip(context: &NativeCallContext<'_>, run: &Run, step: &Step, because: &str) -> Dynamic {
    run.place().skipped += 1;
    run.tell(Event::StepSkipped { step: step.name.to_string(), because: because.to_owned() });
    left(context, step).unwrap_or(Dynamic::UNIT)
}

fn replayed(run: &Run, step: &Step, value: &serde_json::Value, began: Instant) -> Result<Dynamic, Problem> {
    let value = journal::decode(value)?;
    run.tell(Event::StepDone { step: step.name.to_string(), took: began.elapsed(), replayed: true });
    Ok(value)
}

/// An earlier start was interrupted in this step: its own check decides whether its effect has happened.
fn decide(
    context: &NativeCallContext<'_>,
    run: &Arc<Run>,
    step: &Step,
    undo: &Undo,
    work: &Closure,
    began: Instant,
) -> Reply<Dynamic> {
    if *undo == Undo::Nothing {
        return act(context, run, step, undo, work, began);
    }
    let Some(check) = &step.check else {
        return match asked(run, step).map_err(|problem| problem.at(context.call_position()))? {
            Answer::Done => finish(context, run, step, Dynamic::UNIT, began, true),
            Answer::Again => act(context, run, step, undo, work, began),
        };
    };
    let found = check.call(context, ())?;
    match found.as_bool() {
        Ok(true) => finish(context, run, step, Dynamic::UNIT, began, true),
        Ok(false) => act(context, run, step, undo, work, began),
        Err(_) if found.is_unit() => act(context, run, step, undo, work, began),
        Err(_) => finish(context, run, step, found, began, true),
    }
}

/// What the operator knows of a step that was interrupted.
enum Answer {
    Done,
    Again,
}

/// Asks the operator whether the effect of a step happened that no check tells of.
///
/// Errors: `undecided` where nobody is there, or nothing was decided.
fn asked(run: &Run, step: &Step) -> Result<Answer, Problem> {
    let (name, id) = (&step.name, step_id(&step.name));
    let question = format!(
        "the step `{name}` was interrupted, and it has no check that tells whether its effect happened.\n\
         Look at the target, then type done if it happened, again to do it again, anything else to stop here: "
    );
    match run.ask(&question).as_deref().map(str::trim) {
        Some("done") => Ok(Answer::Done),
        Some("again") => Ok(Answer::Again),
        _ => Err(Problem::new(
            "undecided",
            format!(
                "the step `{name}` was interrupted, and it has no check that tells whether its effect happened"
            ),
        )
        .hint(format!(
            "look at the target; if it happened, `drsh resume {run} --skip {id} --because \"it happened\"`, which an undo \
             then leaves alone; else `drsh resume {run} --from {id}` does it again",
            run = run.id()
        ))),
    }
}

fn act(
    context: &NativeCallContext<'_>,
    run: &Arc<Run>,
    step: &Step,
    undo: &Undo,
    work: &Closure,
    began: Instant,
) -> Reply<Dynamic> {
    let intent = Record::StepStarted { step: step.name.to_string(), undo: undo.clone() };
    run.record(intent).map_err(|problem| problem.at(context.call_position()))?;
    let value = work.call(context, ())?;
    finish(context, run, step, value, began, false)
}

fn finish(
    context: &NativeCallContext<'_>,
    run: &Arc<Run>,
    step: &Step,
    value: Dynamic,
    began: Instant,
    found_done: bool,
) -> Reply<Dynamic> {
    let position = context.call_position();
    let encoded = journal::encode(&value).map_err(|problem| problem.at(position))?;
    let name = step.name.to_string();
    let milliseconds = milliseconds(began.elapsed());
    run.record(Record::StepDone { step: name.clone(), value: encoded, milliseconds, found_done })
        .map_err(|problem| problem.at(position))?;
    run.tell(Event::StepDone { step: name, took: began.elapsed(), replayed: false });
    Ok(value)
}

fn failed(run: &Run, step: &Step, error: &EvalAltResult, began: Instant) -> Result<(), Problem> {
    let problem = Problem::within(error).unwrap_or_else(|| Problem::new("script", error.to_string()));
    run.record(Record::StepFailed {
        step: step.name.to_string(),
        kind: problem.kind.clone().into_owned(),
        message: problem.message.clone(),
        milliseconds: milliseconds(began.elapsed()),
    })?;
    run.tell(Event::StepFailed { step: step.name.to_string(), problem, took: began.elapsed() });
    Ok(())
}
