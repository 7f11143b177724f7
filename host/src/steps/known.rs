//! `is_known`: whether a choice may hang on a value.

use rhai::Dynamic;

use crate::declare::{Effect, Family, Function};
use crate::unknown::Unknown;

static IS_KNOWN: Function = Function {
    signature: "is_known(value: any) -> bool",
    effect: Effect::None,
    doc: r#"
Says whether a value is known, so that a choice may hang on it.

* `value: any` - a map or a list is known if each of its parts is

In a run all is known. In a plan, what a change would have answered is not: it can be carried about and written, but a
choice that hangs on it ends the step there. A script that asks before it compares tells more of what it would do.

```rhai
assert(is_known(#{revision: 7}), "a run knows all");
```
"#,
};

/// Adds the functions of this file.
pub fn declare(family: &mut Family) {
    family.add(&IS_KNOWN, |value: Dynamic| is_known(&value));
}

fn is_known(value: &Dynamic) -> bool {
    if value.is::<Unknown>() {
        return false;
    }
    if let Ok(list) = value.as_array_ref() {
        return list.iter().all(is_known);
    }
    value.as_map_ref().map_or(true, |map| map.values().all(is_known))
}
