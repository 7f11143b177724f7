//! Branches: the same work for several things, side by side.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};

use rhai::{Array, Dynamic, EvalAltResult, FnPtr, NativeCallContext};

use super::plan;
use crate::closure::{Closure, STACK};
use crate::declare::{Effect, Family, Function};
use crate::problem::{Problem, Reply};
use crate::run::Run;

/// More branches than this at a time help nobody.
const MOST: i64 = 64;

/// How many reasons of branches that stopped are told.
const TOLD: usize = 8;

static PARALLEL: Function = Function {
    signature: "parallel(items: array, most: int, work: Fn) -> array",
    effect: Effect::None,
    doc: r#"
Does `work` for each item, side by side.

* `items: array` - what to work on
* `most: int` - how many at a time, 1 to 64
* `work: Fn` - takes an item; values that it captured are its own copies, so that it gives results back by returning them

Returns the results, in the order of the items. All branches are ended before it returns.
Errors: that of the branch that failed; `several` with each of them if more than one did.

```rhai
assert_eq(parallel([1, 2, 3], 2, |n| n * 10), [10, 20, 30]);
```
"#,
};

/// Adds the functions of this file.
pub fn declare(family: &mut Family) {
    family.add(
        &PARALLEL,
        |context: NativeCallContext, items: Array, most: i64, work: FnPtr| -> Reply<Array> {
            if !(1..=MOST).contains(&most) {
                let problem = Problem::new("parallel", format!("{most} branches at a time cannot be had"));
                return Err(problem
                    .hint(format!("name a number from 1 to {MOST}"))
                    .at(context.call_position()));
            }
            side_by_side(&context, &items, usize::try_from(most).unwrap_or(1), &Closure::new(work))
        },
    );
}

fn side_by_side(context: &NativeCallContext<'_>, items: &Array, most: usize, work: &Closure) -> Reply<Array> {
    let next = AtomicUsize::new(0);
    let results: Mutex<BTreeMap<usize, Reply<Dynamic>>> = Mutex::default();
    let take_turns = || {
        loop {
            let turn = next.fetch_add(1, Ordering::Relaxed);
            // Of an interrupted run each ends at its beginning.
            let Some(item) = items.get(turn) else { break };
            let done = work.clone().call(context, (item.clone(),));
            results.lock().unwrap_or_else(PoisonError::into_inner).insert(turn, done);
        }
    };
    std::thread::scope(|scope| {
        for number in 0..most.min(items.len()) {
            let thread = std::thread::Builder::new().name(format!("branch {number}")).stack_size(STACK);
            // Without even one thread of its own, the work is done on this one below.
            let _ = thread.spawn_scoped(scope, take_turns);
        }
    });
    take_turns();
    let results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    gather(context, results.into_values())
}

/// Takes what came of each item, in their order.
fn gather(context: &NativeCallContext<'_>, results: impl Iterator<Item = Reply<Dynamic>>) -> Reply<Array> {
    let run = Run::of(context)?;
    let mut values = Array::new();
    let mut errors: Vec<Box<EvalAltResult>> = Vec::new();
    for done in results {
        match done {
            Ok(value) => values.push(value),
            Err(error) => {
                match plan::excuse(&run, &error, "what a branch would give back is not known in a plan") {
                    Some(unknown) => values.push(unknown),
                    None => errors.push(error),
                }
            }
        }
    }
    // Whoever interrupts does so once, however many branches hear of it.
    let interruption = errors.iter().position(|error| is_interruption(error)).map(|at| errors.remove(at));
    errors.retain(|error| !is_interruption(error));
    match (interruption, errors.len()) {
        (None, 0) => Ok(values),
        (None, 1) => Err(errors.remove(0)),
        (None, _) => {
            let problem = Problem::new("several", stopped(&errors));
            let hint = errors.iter().find_map(|error| Problem::within(error)?.hint);
            Err(Problem { hint, ..problem }.at(context.call_position()))
        }
        (Some(interruption), 0) => Err(interruption),
        (Some(_), _) => {
            let interrupted = Problem::interrupted();
            let message = format!("{}; before that, {}", interrupted.message, stopped(&errors));
            Err(Problem { message, ..interrupted }.at(context.call_position()))
        }
    }
}

fn is_interruption(error: &EvalAltResult) -> bool {
    Problem::within(error).is_some_and(|problem| problem.is_interruption())
}

/// Says how many branches stopped, and the first of their reasons, each once.
fn stopped(errors: &[Box<EvalAltResult>]) -> String {
    let mut reasons: Vec<(String, usize)> = Vec::new();
    for error in errors {
        let reason = Problem::within(error).map_or_else(|| error.to_string(), |problem| problem.message);
        match reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, times)) => *times += 1,
            None => reasons.push((reason, 1)),
        }
    }
    let told = reasons.iter().take(TOLD).map(|(reason, times)| match times {
        1 => reason.clone(),
        times => format!("{reason} ({times} times)"),
    });
    let told = told.collect::<Vec<String>>().join("; ");
    let untold: usize = reasons.iter().skip(TOLD).map(|(_, times)| times).sum();
    let more = if untold > 0 { format!("; and {untold} more") } else { String::new() };
    let branches = if errors.len() == 1 { "branch" } else { "branches" };
    format!("{} {branches} stopped: {told}{more}", errors.len())
}
