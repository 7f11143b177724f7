//! `zone`: the handle of a declared hosted zone.

use rhai::{ImmutableString, NativeCallContext};

use crate::declare::{Effect, Family, Function};
use crate::environment::{Target, Zone};
use crate::gate::Call;
use crate::problem::Reply;

static ZONE: Function = Function {
    signature: "zone(name: string) -> Zone",
    effect: Effect::None,
    doc: r#"
Gives the handle of the hosted zone that the environment calls `name`.

* `name: string` - as under `[zones]` in the environment file

Returns a `Zone`, with the properties `name` (in the environment) and `id`. Nothing is asked of Route53 yet.
Errors: `unknown_target`, with the names that are declared.

```rhai
let dns = zone("dns");
assert_eq(dns.name, "dns");
```
"#,
};

pub(super) fn add_to(family: &mut Family) {
    family.name_type::<Zone>("Zone").shown::<Zone>();
    family.property("name", |zone: &mut Zone| ImmutableString::from(zone.name()));
    family.property("id", |zone: &mut Zone| ImmutableString::from(zone.entry().id.as_str()));
    family.add(&ZONE, |context: NativeCallContext, name: &str| -> Reply<Zone> {
        let call = Call::of(&context, &ZONE)?;
        Zone::find(call.run().environment(), name).map_err(|problem| call.fail(problem))
    });
}
