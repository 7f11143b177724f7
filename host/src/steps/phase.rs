//! Phases: groups of steps, approved as a whole where they destroy.

use rhai::{Map, NativeCallContext};

use super::step::check_name;
use crate::declare::{Effect, Family, Function};
use crate::journal::Record;
use crate::problem::{Problem, Reply};
use crate::run::{Event, Planned, Run};

static PHASE: Function = Function {
    signature: "phase(name: string, approval?: map)",
    effect: Effect::None,
    doc: r#"
Begins the phase called `name`: the steps that follow belong to it.

* `name: string` - a word, such as `teardown`
* `approval: map` - for a phase that destroys: `confirm: string`, the name that the operator types to approve it, and
  `why: string`, what the phase will do

Errors: `refused` if the phase asks for approval and nobody gives it: neither `--approve NAME` nor the typed name.

```rhai
phase("look");
```
"#,
};

static POINT_OF_NO_RETURN: Function = Function {
    signature: "point_of_no_return(reason: string)",
    effect: Effect::None,
    doc: r#"
Declares that nothing before this place is undone any more, and why.

```rhai
point_of_no_return("from here on the destination is the only place where this cluster lives");
```
"#,
};

/// Adds the functions of this file.
pub fn declare(family: &mut Family) {
    family.add(&PHASE, |context: NativeCallContext, name: &str| -> Reply<()> {
        let run = Run::of(&context)?;
        begin(&run, name).map_err(|problem| problem.at(context.call_position()))
    });
    family.add(&PHASE, |context: NativeCallContext, name: &str, approval: Map| -> Reply<()> {
        let run = Run::of(&context)?;
        let begun = begin(&run, name)
            .and_then(|()| if run.is_retracing() { Ok(()) } else { approve(&run, name, &approval) });
        begun.map_err(|problem| run.redactor().clean_problem(problem).at(context.call_position()))
    });
    family.add(&POINT_OF_NO_RETURN, |context: NativeCallContext, reason: &str| -> Reply<()> {
        let run = Run::of(&context)?;
        run.place().no_return = Some(reason.to_owned());
        if run.is_gathering() {
            let mut way = run.way();
            way.passed.insert(reason.to_owned());
            let earlier = std::mem::take(&mut way.undoable);
            way.kept.extend(earlier.into_iter().map(|one| (one.step, reason.to_owned())));
            return Ok(());
        }
        if run.is_looking() {
            return Ok(());
        }
        if run.is_planning() {
            run.tell(Event::Planned(Planned::NoReturn(reason.to_owned())));
        }
        let recorded = run.record(Record::PointOfNoReturn { reason: reason.to_owned() });
        recorded.map(drop).map_err(|problem| problem.at(context.call_position()))
    });
}

fn begin(run: &Run, name: &str) -> Result<(), Problem> {
    check_name("phase", name)?;
    run.place().phase = Some(name.to_owned());
    if run.is_retracing() {
        return Ok(());
    }
    run.record(Record::Phase { name: name.to_owned() })?;
    run.tell(Event::Phase(name.to_owned()));
    Ok(())
}

fn approve(run: &Run, name: &str, approval: &Map) -> Result<(), Problem> {
    let text = |key: &str| {
        approval.get(key).and_then(|value| value.clone().into_string().ok()).ok_or_else(|| {
            Problem::new("step", format!("the approval of phase `{name}` lacks `{key}`"))
                .hint("write phase(\"teardown\", #{ confirm: name, why: \"what it will do\" })")
        })
    };
    let (confirm, why) = (text("confirm")?, text("why")?);
    let beforehand = {
        let place = run.place();
        place.approved.contains(name) || place.approved.contains("*")
    };
    if run.is_planning() {
        // What follows is shown as if it were approved.
        run.place().approved.insert(name.to_owned());
        let confirm = (!beforehand).then_some(confirm);
        run.tell(Event::Planned(Planned::Approval { phase: name.to_owned(), confirm, why }));
        return Ok(());
    }
    let by = if beforehand {
        "--approve, or an earlier word in this run".to_owned()
    } else {
        let question =
            format!("phase {name} {why}.\nType {confirm} to approve it, anything else to stop here: ");
        match run.ask(&question) {
            Some(typed) if typed.trim() == confirm => format!("typed {confirm}"),
            Some(_) => return Err(refused(name, &why, "the typed name was another")),
            None => return Err(refused(name, &why, "nobody is there to ask")),
        }
    };
    run.place().approved.insert(name.to_owned());
    run.record(Record::Approved { phase: name.to_owned(), by }).map(drop)
}

fn refused(name: &str, why: &str, reason: &str) -> Problem {
    Problem::new("refused", format!("phase {name} is not approved: {reason}; it {why}"))
        .hint(format!("to approve it beforehand, resume with --approve {name}"))
}
