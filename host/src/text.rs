//! The family of text: JSON, versions, ids, and secrets as values.

use rhai::{Dynamic, NativeCallContext};

use crate::declare::{Effect, Family, Function};
use crate::problem::{Problem, Reply};
use crate::secret::Secret;

static PARSE_JSON: Function = Function {
    signature: "parse_json(text: string) -> any",
    effect: Effect::None,
    doc: r#"
Reads JSON text, such as the output of a command. Errors: `json` with the place.

```rhai
assert_eq(parse_json("{\"revision\": 7}").revision, 7);
```
"#,
};

static VERSION_AT_LEAST: Function = Function {
    signature: "version_at_least(version: string, least: string) -> bool",
    effect: Effect::None,
    doc: r#"
Says whether `version` is `least` or newer: compared number by number, what follows a `-` or `+` left out.

Errors: `version` if either does not begin with a number.

```rhai
assert(version_at_least("4.20.3", "4.12"), "4.20.3 is newer than 4.12");
assert(!version_at_least("4.9.0", "4.12"), "4.9.0 is older than 4.12");
```
"#,
};

static RANDOM_ID: Function = Function {
    signature: "random_id() -> string",
    effect: Effect::None,
    doc: r#"
Makes an id of eight hexadecimal digits that was not there before.

```rhai
assert(random_id() != random_id(), "two ids are the same");
```
"#,
};

/// The family's functions.
#[must_use]
pub fn family() -> Family {
    let mut family = Family::new("text");
    family.name_type::<Secret>("Secret");
    family.property("length", |secret: &mut Secret| i64::try_from(secret.expose().len()).unwrap_or(i64::MAX));
    family.add(&PARSE_JSON, |context: NativeCallContext, text: &str| -> Reply<Dynamic> {
        serde_json::from_str(text).map(crate::data::to_dynamic).map_err(|error| {
            Problem::new("json", format!("the text is not JSON: {error}")).at(context.call_position())
        })
    });
    family.add(&VERSION_AT_LEAST, |context: NativeCallContext, version: &str, least: &str| -> Reply<bool> {
        let read = |text: &str| numbers(text).map_err(|problem| problem.at(context.call_position()));
        Ok(read(version)? >= read(least)?)
    });
    family.add(&RANDOM_ID, crate::run::random_id);
    let module = family.module_mut();
    module.set_native_fn("to_string", |secret: &mut Secret| Ok(secret.to_string()));
    module.set_native_fn("to_debug", |secret: &mut Secret| Ok(secret.to_string()));
    module.set_native_fn("==", |a: Secret, b: Secret| Ok(a == b));
    module.set_native_fn("!=", |a: Secret, b: Secret| Ok(a != b));
    family
}

fn numbers(version: &str) -> Result<Vec<u64>, Problem> {
    let plain = version.trim().trim_start_matches('v').split(['-', '+']).next().unwrap_or_default();
    let mut numbers =
        plain.split('.').map(str::parse::<u64>).collect::<Result<Vec<u64>, _>>().map_err(|_| {
            Problem::new("version", format!("`{version}` is no version")).hint("a version looks like 4.20.3")
        })?;
    while numbers.last() == Some(&0) {
        numbers.pop();
    }
    Ok(numbers)
}
