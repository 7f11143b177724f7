//! Waits for what cannot be watched: asked again and again, less and less often, never past the limit.

use std::time::{Duration, Instant};

use rhai::{Dynamic, FnPtr, NativeCallContext};

use super::plan;
use crate::closure::Closure;
use crate::declare::{Effect, Family, Function};
use crate::journal::{Record, Sighting, sight};
use crate::problem::{Problem, Reply};
use crate::run::{Run, Waiting, milliseconds, spoken};

/// The first pause between two questions; each is half as long again as the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// The longest pause between two questions.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

static WAIT_FOR: Function = Function {
    signature: "wait_for(what: string, limit: Duration, check: Fn) -> Duration",
    effect: Effect::None,
    doc: r#"
Waits until `check` says that something is so: for what cannot be watched, such as a DNS record or a command's answer.

* `what: string` - what is waited for, completing "waiting for": `the records to go`
* `limit: Duration` - how long at most
* `check: Fn` - returns `true` when it is so; `false`, or text that says what is still missing

Returns how long it took. An `unreachable` or `timeout` of `check` counts as not yet.
Errors: `timeout` with what was missing last and since when; any other error of `check`.

```rhai
wait_for("one to be one", seconds(5), || 1 == 1);
```
"#,
};

/// Adds the functions of this file.
pub fn declare(family: &mut Family) {
    family.add(
        &WAIT_FOR,
        |context: NativeCallContext, what: &str, limit: Duration, check: FnPtr| -> Reply<Duration> {
            let run = Run::of(&context)?;
            if run.is_planning() {
                return plan::wait(&context, &run, what, limit, &Closure::new(check));
            }
            Wait::new(&run, what, limit).poll(&context, &Closure::new(check))
        },
    );
}

/// One wait: what it is for, since when, and what was seen last.
pub struct Wait<'a> {
    run: &'a Run,
    what: &'a str,
    limit: Duration,
    began: Instant,
    seen: String,
    seen_at: Instant,
    told: Waiting<'a>,
    sightings: Vec<Sighting>,
}

impl<'a> Wait<'a> {
    /// Begins a wait for `what`. A look waits for nothing: it sees what is there.
    #[must_use]
    pub fn new(run: &'a Run, what: &'a str, limit: Duration) -> Self {
        let now = Instant::now();
        let limit = if run.is_looking() { Duration::ZERO } else { limit };
        let told = Waiting::begin(run, what, limit);
        let (seen, sightings) = (String::new(), Vec::new());
        Self { run, what, limit, began: now, seen, seen_at: now, told, sightings }
    }

    fn poll(mut self, context: &NativeCallContext<'_>, check: &Closure) -> Reply<Duration> {
        let fail = |problem: Problem| self.run.redactor().clean_problem(problem).at(context.call_position());
        let mut pause = FIRST_PAUSE;
        loop {
            let answer = match check.call(context, ()) {
                Ok(answer) => answer,
                Err(error) => match Problem::within(&error) {
                    Some(problem) if matches!(&*problem.kind, "unreachable" | "timeout") => {
                        problem.message.into()
                    }
                    _ => return Err(error),
                },
            };
            if answer.as_bool() == Ok(true) {
                return self.end(None).map_err(fail);
            }
            self.see(&answer);
            let left = self.limit.saturating_sub(self.began.elapsed());
            if left.is_zero() {
                let seen = self.seen.clone();
                return self.end(Some(seen)).map_err(fail);
            }
            // Within a future: a timer can only be made where the runtime is.
            self.run.block_on(None, async { tokio::time::sleep(pause.min(left)).await }).map_err(fail)?;
            pause = pause.mul_f64(1.5).min(LONGEST_PAUSE);
        }
    }

    /// Takes note of what is still missing, and tells those who look on if it is new.
    pub fn see(&mut self, answer: &Dynamic) {
        let seen = answer.clone().into_string().unwrap_or_default();
        if seen != self.seen {
            self.seen_at = Instant::now();
            self.told.see(&seen);
            let clean = self.run.redactor().clean(&seen).into_owned();
            sight(&mut self.sightings, milliseconds(self.began.elapsed()), &clean);
            self.seen = seen;
        }
    }

    /// Ends the wait: recorded, and an error if it ran out of time.
    fn end(&self, last_seen: Option<String>) -> Result<Duration, Problem> {
        let took = self.began.elapsed();
        let what = self.what.to_owned();
        self.run.record(Record::Waited {
            what,
            milliseconds: milliseconds(took),
            last_seen: last_seen.clone(),
            limit: Some(milliseconds(self.limit)),
            seen: self.sightings.clone(),
        })?;
        match last_seen {
            None => Ok(took),
            Some(seen) => {
                let since = spoken(self.seen_at.elapsed());
                let seen = if seen.is_empty() { String::new() } else { format!(": {seen} (for {since})") };
                if self.run.is_looking() {
                    return Err(Problem::new("timeout", format!("there it waits for {}{seen}", self.what)));
                }
                Err(Problem::new("timeout", format!("waited {} for {}{seen}", spoken(self.limit), self.what))
                    .hint("mend what is missing"))
            }
        }
    }
}
