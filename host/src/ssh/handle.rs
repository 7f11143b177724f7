//! `host`: the handle of a declared host.

use rhai::{ImmutableString, NativeCallContext};

use crate::declare::{Effect, Family, Function};
use crate::environment::{Host, Target};
use crate::gate::Call;
use crate::problem::Reply;

static HOST: Function = Function {
    signature: "host(name: string) -> Host",
    effect: Effect::None,
    doc: r#"
Gives the handle of the host that the environment calls `name`.

* `name: string` - as under `[hosts]` in the environment file

Returns a `Host`, with the properties `name` (in the environment) and `address`. Nothing is connected yet.
Errors: `unknown_target`, with the names that are declared.

```rhai
try {
    host("no-such-host");
} catch (problem) {
    assert_eq(problem.kind, "unknown_target");
}
```
"#,
};

pub(super) fn add_to(family: &mut Family) {
    family.name_type::<Host>("Host").shown::<Host>();
    family.property("name", |host: &mut Host| ImmutableString::from(host.name()));
    family.property("address", |host: &mut Host| ImmutableString::from(host.entry().address.as_str()));
    family.add(&HOST, |context: NativeCallContext, name: &str| -> Reply<Host> {
        let call = Call::of(&context, &HOST)?;
        Host::find(call.run().environment(), name).map_err(|problem| call.fail(problem))
    });
}
