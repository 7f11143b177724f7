//! `folder_list`, `folder_exists`, `folder_make`, `folder_remove`, `folder_sha256`, `folder_size`: what lies in a folder.

use std::future::ready;

use rhai::{Array, Dynamic, NativeCallContext};

use super::wire;
use crate::declare::{Effect, Family, Function};
use crate::environment::Folder;
use crate::gate::Call;
use crate::local::planned;
use crate::problem::Reply;
use crate::unknown::Unknown;

static FOLDER_LIST: Function = Function {
    signature: "folder_list(folder: Folder, path: string) -> array of string",
    effect: Effect::Read,
    doc: r#"
Lists the names in a folder.

* `folder: Folder` - from `folder("name")`
* `path: string` - a folder in it, relative, without `..`; `""` is the folder itself

Returns the names of files and folders, sorted. Half-written files of a crashed run are left out.
Errors: `not_found`, `outside`, `file` if it is not a folder.
Source: R3, R5.

```rhai
let backup = folder("backup");
folder_write_text(backup, "doc/list/b.yaml", "b: 1\n");
folder_write_text(backup, "doc/list/a.yaml", "a: 1\n");
assert_eq(folder_list(backup, "doc/list"), ["a.yaml", "b.yaml"]);
```
"#,
};

static FOLDER_EXISTS: Function = Function {
    signature: "folder_exists(folder: Folder, path: string) -> bool",
    effect: Effect::Read,
    doc: r#"
Tells whether there is a file or a folder at a path.

* `folder: Folder` - from `folder("name")`
* `path: string` - relative, without `..`; `""` is the folder itself

Errors: `outside`, `file` if the system does not let it be seen.

```rhai
assert(!folder_exists(folder("backup"), "doc/never-written.yaml"), "nothing is there");
```
"#,
};

static FOLDER_MAKE: Function = Function {
    signature: "folder_make(folder: Folder, path: string)",
    effect: Effect::Change,
    doc: r#"
Makes a folder, mode 0700, and those above it; one that is there stays as it is.

* `folder: Folder` - from `folder("name")`
* `path: string` - relative, without `..`; `""` is the folder itself

Errors: `outside`, `file`.
Source: B8.

```rhai
let backup = folder("backup");
folder_make(backup, "doc/namespaces/clusters");
assert_eq(folder_list(backup, "doc/namespaces"), ["clusters"]);
```
"#,
};

static FOLDER_REMOVE: Function = Function {
    signature: "folder_remove(folder: Folder, path: string) -> bool",
    effect: Effect::Destroy,
    doc: r#"
Removes a file, or a folder with everything in it; never the declared folder itself.

* `folder: Folder` - from `folder("name")`
* `path: string` - relative, without `..`; a symbolic link is removed, not what it leads to

Returns whether something was there.
Errors: `outside`, `file`, `refused` if the phase is not approved.

```rhai
let backup = folder("backup");
folder_write_text(backup, "doc/stale.txt", "old");
assert(folder_remove(backup, "doc/stale.txt"), "it was there");
assert(!folder_remove(backup, "doc/stale.txt"), "it is gone");
```
"#,
};

static FOLDER_SHA256: Function = Function {
    signature: "folder_sha256(folder: Folder, path: string) -> string",
    effect: Effect::Read,
    doc: r#"
Computes the SHA-256 of a file.

* `folder: Folder` - from `folder("name")`
* `path: string` - relative, without `..`

Returns 64 hexadecimal digits.
Errors: `not_found`, `outside`, `file`.
Source: H12.

```rhai
let backup = folder("backup");
folder_write_text(backup, "doc/empty", "");
assert(folder_sha256(backup, "doc/empty").starts_with("e3b0c442"), "the hash of nothing");
```
"#,
};

static FOLDER_SIZE: Function = Function {
    signature: "folder_size(folder: Folder, path: string) -> int",
    effect: Effect::Read,
    doc: r#"
Tells the size of a file.

* `folder: Folder` - from `folder("name")`
* `path: string` - relative, without `..`

Returns the size in bytes.
Errors: `not_found`, `outside`, `file`.
Source: E2.

```rhai
let backup = folder("backup");
folder_write_text(backup, "doc/five", "12345");
assert_eq(folder_size(backup, "doc/five"), 5);
```
"#,
};

pub(super) fn add_to(family: &mut Family) {
    family.add(&FOLDER_LIST, |context: NativeCallContext, folder: Folder, path: &str| -> Reply<Array> {
        let call = Call::of(&context, &FOLDER_LIST)?;
        call.through(&folder, &format!("list {path}"), |permitted| ready(wire::list(&permitted, path)))
    });
    family.add(&FOLDER_EXISTS, |context: NativeCallContext, folder: Folder, path: &str| -> Reply<bool> {
        let call = Call::of(&context, &FOLDER_EXISTS)?;
        call.through(&folder, &format!("look for {path}"), |permitted| ready(wire::exists(&permitted, path)))
    });
    family.add(&FOLDER_MAKE, |context: NativeCallContext, folder: Folder, path: &str| -> Reply<Dynamic> {
        let call = Call::of(&context, &FOLDER_MAKE)?;
        call.through_or_show(
            &folder,
            &format!("make {path}"),
            |permitted| ready(wire::make(&permitted, path)),
            |permitted| {
                let there = wire::exists(&permitted, path);
                ready(there.map(|there| planned::make(&permitted, path, there)))
            },
        )
    });
    family.add(&FOLDER_REMOVE, |context: NativeCallContext, folder: Folder, path: &str| -> Reply<Dynamic> {
        let call = Call::of(&context, &FOLDER_REMOVE)?;
        call.through_or_show(
            &folder,
            &format!("remove {path}"),
            |permitted| ready(wire::remove(&permitted, path)),
            |permitted| {
                let there = wire::exists(&permitted, path);
                ready(there.map(|there| planned::remove(&permitted, path, there)))
            },
        )
    });
    family.add(&FOLDER_SHA256, |context: NativeCallContext, folder: Folder, path: &str| -> Reply<Dynamic> {
        let call = Call::of(&context, &FOLDER_SHA256)?;
        call.through(&folder, &format!("hash {path}"), async |permitted| {
            match wire::sha256(permitted, path).await {
                // It goes into a manifest, which a plan shows all the same.
                Err(problem) if problem.kind == "unknown" => Ok(Unknown::value(&problem.message)),
                done => done.map(Dynamic::from),
            }
        })
    });
    family.add(&FOLDER_SIZE, |context: NativeCallContext, folder: Folder, path: &str| -> Reply<i64> {
        let call = Call::of(&context, &FOLDER_SIZE)?;
        call.through(&folder, &format!("measure {path}"), |permitted| ready(wire::size(&permitted, path)))
    });
}
