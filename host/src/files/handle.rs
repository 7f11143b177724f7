//! `folder`: the handle of a declared folder.

use rhai::{ImmutableString, NativeCallContext};

use crate::declare::{Effect, Family, Function};
use crate::environment::{Folder, Target};
use crate::gate::Call;
use crate::problem::Reply;

static FOLDER: Function = Function {
    signature: "folder(name: string) -> Folder",
    effect: Effect::None,
    doc: r#"
Gives the handle of the folder that the environment calls `name`.

* `name: string` - as under `[folders]` in the environment file

Returns a `Folder`, with the property `name`. Nothing is read or made yet.
Errors: `unknown_target`, with the names that are declared.

```rhai
let backup = folder("backup");
assert_eq(backup.name, "backup");
```
"#,
};

pub(super) fn add_to(family: &mut Family) {
    family.name_type::<Folder>("Folder").shown::<Folder>();
    family.property("name", |folder: &mut Folder| ImmutableString::from(folder.name()));
    family.add(&FOLDER, |context: NativeCallContext, name: &str| -> Reply<Folder> {
        let call = Call::of(&context, &FOLDER)?;
        Folder::find(call.run().environment(), name).map_err(|problem| call.fail(problem))
    });
}
