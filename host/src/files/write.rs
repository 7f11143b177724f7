//! `folder_write_yaml`, `folder_write_json`, `folder_write_text`: values as files.

use std::future::ready;

use rhai::{Dynamic, NativeCallContext};

use super::wire;
use crate::declare::{Effect, Family, Function};
use crate::environment::Folder;
use crate::gate::{Call, Permitted, Preview};
use crate::local::draft::Draft;
use crate::local::planned;
use crate::problem::{Problem, Reply};
use crate::secret::Secret;

static FOLDER_WRITE_YAML: Function = Function {
    signature: "folder_write_yaml(folder: Folder, path: string, value: value)",
    effect: Effect::Change,
    doc: r#"
Writes a value as a YAML document, whole or not at all.

* `folder: Folder` - from `folder("name")`
* `path: string` - relative to the folder, without `..`; folders on the way are made (mode 0700)
* `value: value` - a map, a list, text, numbers, secrets

Secrets are written as what they are, because a backup must hold them: the file's mode is 0600.
Errors: `outside`, `file`, `unwritable` for a value that YAML has no form for.
Source: B8.

```rhai
let backup = folder("backup");
folder_write_yaml(backup, "doc/pool.yaml", #{kind: "NodePool", spec: #{replicas: 3}});
assert_eq(folder_read_text(backup, "doc/pool.yaml"), "kind: NodePool\nspec:\n  replicas: 3\n");
```
"#,
};

static FOLDER_WRITE_JSON: Function = Function {
    signature: "folder_write_json(folder: Folder, path: string, value: value)",
    effect: Effect::Change,
    doc: r#"
Writes a value as JSON, whole or not at all.

* `folder: Folder` - from `folder("name")`
* `path: string` - relative to the folder, without `..`; folders on the way are made (mode 0700)
* `value: value` - a map, a list, text, numbers, secrets (written as what they are; the file's mode is 0600)

Errors: `outside`, `file`, `unwritable` for a value that JSON has no form for.

```rhai
let backup = folder("backup");
folder_write_json(backup, "doc/manifest.json", #{objects: 2});
assert_eq(folder_read_json(backup, "doc/manifest.json").objects, 2);
```
"#,
};

static FOLDER_WRITE_TEXT: Function = Function {
    signature: "folder_write_text(folder: Folder, path: string, text: string|Secret)",
    effect: Effect::Change,
    doc: r#"
Writes text, whole or not at all.

* `folder: Folder` - from `folder("name")`
* `path: string` - relative to the folder, without `..`; folders on the way are made (mode 0700)
* `text: string|Secret` - written as it is, mode 0600

Errors: `outside`, `file`.

```rhai
let backup = folder("backup");
folder_write_text(backup, "doc/report.md", "Report\n");
assert(folder_exists(backup, "doc/report.md"), "the report is there");
```
"#,
};

pub(super) fn add_to(family: &mut Family) {
    family.add(
        &FOLDER_WRITE_YAML,
        |context: NativeCallContext, folder: Folder, path: &str, value: Dynamic| -> Reply<Dynamic> {
            let call = Call::of(&context, &FOLDER_WRITE_YAML)?;
            write(&call, &folder, path, || wire::as_yaml(&value), || Draft::Document(value.clone()))
        },
    );
    family.add(
        &FOLDER_WRITE_JSON,
        |context: NativeCallContext, folder: Folder, path: &str, value: Dynamic| -> Reply<Dynamic> {
            let call = Call::of(&context, &FOLDER_WRITE_JSON)?;
            write(&call, &folder, path, || wire::as_json(&value), || Draft::Document(value.clone()))
        },
    );
    family.add(
        &FOLDER_WRITE_TEXT,
        |context: NativeCallContext, folder: Folder, path: &str, text: &str| -> Reply<Dynamic> {
            write_text(&context, &folder, path, text)
        },
    );
    family.add(
        &FOLDER_WRITE_TEXT,
        |context: NativeCallContext, folder: Folder, path: &str, text: Secret| -> Reply<Dynamic> {
            write_text(&context, &folder, path, text.expose())
        },
    );
}

fn write_text(context: &NativeCallContext, folder: &Folder, path: &str, text: &str) -> Reply<Dynamic> {
    let call = Call::of(context, &FOLDER_WRITE_TEXT)?;
    write(&call, folder, path, || Ok(text.to_owned()), || Draft::Brought)
}

/// Writes a file; in a plan, `in_part` is what of it is known where `text` is not.
fn write(
    call: &Call,
    folder: &Folder,
    path: &str,
    text: impl Fn() -> Result<String, Problem>,
    in_part: impl Fn() -> Draft,
) -> Reply<Dynamic> {
    call.through_or_show(
        folder,
        &format!("write {path}"),
        |permitted| ready(text().and_then(|text| wire::write_text(&permitted, path, &text))),
        |permitted| ready(preview(&permitted, path, text(), in_part)),
    )
}

/// What a plan shows of a file: how large it would be.
fn preview(
    folder: &Permitted<Folder>,
    path: &str,
    text: Result<String, Problem>,
    in_part: impl Fn() -> Draft,
) -> Result<Preview, Problem> {
    match text {
        Ok(text) => planned::write(folder, path, &format!("{} bytes", text.len()), Draft::text(text)),
        Err(problem) if problem.kind == "unknown" => {
            planned::write(folder, path, "with answers that are not known in a plan", in_part())
        }
        Err(problem) => Err(problem),
    }
}
