//! `folder_read_yaml`, `folder_read_json`, `folder_read_text`: files as values.

use rhai::{Dynamic, NativeCallContext};

use super::wire;
use crate::declare::{Effect, Family, Function};
use crate::environment::Folder;
use crate::gate::Call;
use crate::problem::Reply;

static FOLDER_READ_YAML: Function = Function {
    signature: "folder_read_yaml(folder: Folder, path: string) -> value",
    effect: Effect::Read,
    doc: r#"
Reads the one YAML document in a file.

* `folder: Folder` - from `folder("name")`
* `path: string` - relative to the folder, without `..`

Returns what the document holds, a map as a rule; in an object of kind Secret the data is secret, in a
HostedCluster the URLs it is restored from.
Errors: `not_found`, `outside`, `invalid` with the line (also for an empty file and for several documents).
Source: R3-R7.

```rhai
let backup = folder("backup");
folder_write_yaml(backup, "doc/one.yaml", #{kind: "ConfigMap", data: #{answer: "42"}});
assert_eq(folder_read_yaml(backup, "doc/one.yaml").data.answer, "42");
```
"#,
};

static FOLDER_READ_JSON: Function = Function {
    signature: "folder_read_json(folder: Folder, path: string) -> value",
    effect: Effect::Read,
    doc: r#"
Reads a JSON file.

* `folder: Folder` - from `folder("name")`
* `path: string` - relative to the folder, without `..`

Returns what it holds; secret is what `folder_read_yaml` makes secret.
Errors: `not_found`, `outside`, `invalid` with the line.

```rhai
let backup = folder("backup");
folder_write_json(backup, "doc/one.json", [1, 2.5, "three", ()]);
assert_eq(folder_read_json(backup, "doc/one.json")[2], "three");
```
"#,
};

static FOLDER_READ_TEXT: Function = Function {
    signature: "folder_read_text(folder: Folder, path: string) -> string",
    effect: Effect::Read,
    doc: r#"
Reads a file of text in UTF-8.

* `folder: Folder` - from `folder("name")`
* `path: string` - relative to the folder, without `..`

Returns the text as it stands, last newline included.
Errors: `not_found`, `outside`, `invalid` if it is not UTF-8.

```rhai
let backup = folder("backup");
folder_write_text(backup, "doc/note.txt", "kept for T8\n");
assert_eq(folder_read_text(backup, "doc/note.txt"), "kept for T8\n");
```
"#,
};

pub(super) fn add_to(family: &mut Family) {
    family.add(
        &FOLDER_READ_YAML,
        |context: NativeCallContext, folder: Folder, path: &str| -> Reply<Dynamic> {
            let call = Call::of(&context, &FOLDER_READ_YAML)?;
            call.through(&folder, &format!("read {path}"), |permitted| wire::read_yaml(permitted, path))
        },
    );
    family.add(
        &FOLDER_READ_JSON,
        |context: NativeCallContext, folder: Folder, path: &str| -> Reply<Dynamic> {
            let call = Call::of(&context, &FOLDER_READ_JSON)?;
            call.through(&folder, &format!("read {path}"), |permitted| wire::read_json(permitted, path))
        },
    );
    family.add(
        &FOLDER_READ_TEXT,
        |context: NativeCallContext, folder: Folder, path: &str| -> Reply<String> {
            let call = Call::of(&context, &FOLDER_READ_TEXT)?;
            call.through(&folder, &format!("read {path}"), |permitted| wire::read_text(permitted, path))
        },
    );
}
