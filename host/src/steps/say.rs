//! Words: to the operator, to the journal, and as errors.

use rhai::{Dynamic, NativeCallContext};

use crate::declare::{Effect, Family, Function};
use crate::journal::Record;
use crate::problem::{Problem, Reply};
use crate::run::{Event, Run};

static LOG: Function = Function {
    signature: "log(text: string)",
    effect: Effect::None,
    doc: r#"
Says something to the operator.

```rhai
log("three nodes are Ready");
```
"#,
};

static WARN: Function = Function {
    signature: "warn(text: string)",
    effect: Effect::None,
    doc: r#"
Says something that the operator should look at, though the run goes on; it is kept in the journal.

```rhai
warn("the hosted API is down, which a disaster explains");
```
"#,
};

static NOTE: Function = Function {
    signature: "note(text: string)",
    effect: Effect::None,
    doc: r#"
Keeps something in the journal: a proof, a checksum, a decision.

Errors: `journal` if it cannot be kept.

```rhai
note("snapshot of etcd-0: revision 4711");
```
"#,
};

static ASSERT: Function = Function {
    signature: "assert(condition: bool, otherwise: string)",
    effect: Effect::None,
    doc: r#"
Stops with the error `otherwise` unless `condition` holds. Errors: `assert`.

```rhai
assert(1 < 2, "one is not less than two");
```
"#,
};

static ASSERT_EQ: Function = Function {
    signature: "assert_eq(left: any, right: any)",
    effect: Effect::None,
    doc: r#"
Stops unless both values are the same, and shows them. Errors: `assert`.

```rhai
assert_eq(1 + 1, 2);
```
"#,
};

static FAIL: Function = Function {
    signature: "fail(kind: string, message: string, hint?: string)",
    effect: Effect::None,
    doc: r#"
Stops with an error of the script's own.

* `kind: string` - the word that a caller can match
* `message: string` - what failed, where, with the values and the limit
* `hint: string` - the next thing to type or to look at

```rhai
let caught = "";
try { fail("too_old", "the snapshot is 3 days old", "take a new one"); } catch (error) { caught = error.kind; }
assert_eq(caught, "too_old");
```
"#,
};

/// Adds the functions of this file.
pub fn declare(family: &mut Family) {
    family.name_type::<Problem>("Problem");
    family.property("kind", |problem: &mut Problem| problem.kind.clone().into_owned());
    family.property("message", |problem: &mut Problem| problem.message.clone());
    family.property("hint", |problem: &mut Problem| problem.hint.clone().unwrap_or_default());
    family.add(&LOG, |context: NativeCallContext, text: &str| -> Reply<()> {
        let run = Run::of(&context)?;
        if !run.is_retracing() {
            run.tell(Event::Said(text.to_owned()));
        }
        Ok(())
    });
    family.add(&WARN, |context: NativeCallContext, text: &str| -> Reply<()> {
        let run = Run::of(&context)?;
        if run.is_retracing() {
            return Ok(());
        }
        run.tell(Event::Warned(text.to_owned()));
        keep(&context, &run, text, true)
    });
    family.add(&NOTE, |context: NativeCallContext, text: &str| -> Reply<()> {
        let run = Run::of(&context)?;
        keep(&context, &run, text, false)
    });
    family.add(&ASSERT, |context: NativeCallContext, condition: bool, otherwise: &str| -> Reply<()> {
        if condition { Ok(()) } else { stop(&context, Problem::new("assert", otherwise)) }
    });
    family.add(&ASSERT_EQ, |context: NativeCallContext, left: Dynamic, right: Dynamic| -> Reply<()> {
        if context.call_native_fn::<bool>("==", (left.clone(), right.clone()))? {
            return Ok(());
        }
        stop(&context, Problem::new("assert", format!("{left} is not {right}")))
    });
    family.add(&FAIL, |context: NativeCallContext, kind: &str, message: &str| -> Reply<()> {
        stop(&context, Problem::new(kind.to_owned(), message))
    });
    family.add(&FAIL, |context: NativeCallContext, kind: &str, message: &str, hint: &str| -> Reply<()> {
        stop(&context, Problem::new(kind.to_owned(), message).hint(hint))
    });
}

fn keep(context: &NativeCallContext<'_>, run: &Run, text: &str, warning: bool) -> Reply<()> {
    if run.is_retracing() {
        return Ok(());
    }
    let recorded = run.record(Record::Note { text: text.to_owned(), warning, measured: None });
    recorded.map(drop).map_err(|problem| problem.at(context.call_position()))
}

fn stop(context: &NativeCallContext<'_>, problem: Problem) -> Reply<()> {
    let run = Run::of(context)?;
    if run.goes_on_in_plan(&problem) {
        return Ok(());
    }
    Err(run.redactor().clean_problem(problem).at(context.call_position()))
}
