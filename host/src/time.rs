//! The family of durations and of the present time.

use std::time::Duration;

use jiff::Timestamp;
use rhai::NativeCallContext;

use crate::declare::{Effect, Family, Function};
use crate::problem::{Problem, Reply};
use crate::run::spoken;

static SECONDS: Function = Function {
    signature: "seconds(count: int) -> Duration",
    effect: Effect::None,
    doc: r#"
Makes a duration of `count` seconds. Errors: `duration` below zero.

```rhai
assert_eq(seconds(60), minutes(1));
```
"#,
};

static MINUTES: Function = Function {
    signature: "minutes(count: int) -> Duration",
    effect: Effect::None,
    doc: r#"
Makes a duration of `count` minutes. Errors: `duration` below zero.

```rhai
assert_eq(minutes(60), hours(1));
```
"#,
};

static HOURS: Function = Function {
    signature: "hours(count: int) -> Duration",
    effect: Effect::None,
    doc: r#"
Makes a duration of `count` hours. Errors: `duration` below zero.

```rhai
assert_eq(`${hours(2)}`, "2h");
```
"#,
};

static NOW: Function = Function {
    signature: "now() -> string",
    effect: Effect::None,
    doc: r#"
Gives the present time as RFC 3339 text in UTC, to the nanosecond.

```rhai
assert(now() > "2026", "the clock is wrong");
```
"#,
};

static TIME_SINCE: Function = Function {
    signature: "time_since(time: string) -> Duration",
    effect: Effect::None,
    doc: r#"
Says how long ago a time was, such as an object's `creationTimestamp`; a time to come was no time ago.

* `time: string` - RFC 3339, as Kubernetes and `now` write it

Errors: `time` if the text is none.

```rhai
assert(time_since("2020-01-01T00:00:00Z") > hours(24), "that was yesterday");
assert(time_since(now()) < minutes(1), "that took long");
```
"#,
};

/// The family's functions.
#[must_use]
pub fn family() -> Family {
    let mut family = Family::new("time");
    family.name_type::<Duration>("Duration");
    family.property("seconds", |time: &mut Duration| i64::try_from(time.as_secs()).unwrap_or(i64::MAX));
    family.add(&SECONDS, |context: NativeCallContext, count: i64| duration(&context, count, 1));
    family.add(&MINUTES, |context: NativeCallContext, count: i64| duration(&context, count, 60));
    family.add(&HOURS, |context: NativeCallContext, count: i64| duration(&context, count, 3600));
    family.add(&NOW, || format!("{:.9}", Timestamp::now()));
    family.add(&TIME_SINCE, |context: NativeCallContext, time: &str| -> Reply<Duration> {
        let then: Timestamp = time.parse().map_err(|_| {
            Problem::new("time", format!("`{time}` is no time as RFC 3339 writes it"))
                .at(context.call_position())
        })?;
        Ok(Duration::try_from(Timestamp::now().duration_since(then)).unwrap_or_default())
    });
    let module = family.module_mut();
    module.set_native_fn("to_string", |time: &mut Duration| Ok(spoken(*time)));
    module.set_native_fn("to_debug", |time: &mut Duration| Ok(spoken(*time)));
    module.set_native_fn("==", |a: Duration, b: Duration| Ok(a == b));
    module.set_native_fn("!=", |a: Duration, b: Duration| Ok(a != b));
    module.set_native_fn("<", |a: Duration, b: Duration| Ok(a < b));
    module.set_native_fn("<=", |a: Duration, b: Duration| Ok(a <= b));
    module.set_native_fn(">", |a: Duration, b: Duration| Ok(a > b));
    module.set_native_fn(">=", |a: Duration, b: Duration| Ok(a >= b));
    module.set_native_fn("+", |a: Duration, b: Duration| Ok(a.saturating_add(b)));
    module.set_native_fn("-", |a: Duration, b: Duration| Ok(a.saturating_sub(b)));
    family
}

fn duration(context: &NativeCallContext<'_>, count: i64, unit: u64) -> Reply<Duration> {
    u64::try_from(count).ok().and_then(|count| count.checked_mul(unit)).map(Duration::from_secs).ok_or_else(
        || {
            Problem::new("duration", format!("{count} is no number of {}", context.fn_name()))
                .hint("name a number from 0 upwards")
                .at(context.call_position())
        },
    )
}
