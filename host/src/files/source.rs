//! `file_source`: a file as bytes that another family sends on.

use std::future::ready;

use rhai::NativeCallContext;

use super::wire;
use crate::declare::{Effect, Family, Function};
use crate::environment::Folder;
use crate::gate::Call;
use crate::problem::Reply;
use crate::stream::ByteSource;

static FILE_SOURCE: Function = Function {
    signature: "file_source(folder: Folder, path: string) -> ByteSource",
    effect: Effect::Read,
    doc: r#"
Names a file as the source of an upload.

* `folder: Folder` - from `folder("name")`
* `path: string` - relative, without `..`

Returns a `ByteSource`; the file is opened when the upload begins, and again if it has to start over.
Errors: `not_found`, `outside`, `file`.

```rhai
let backup = folder("backup");
folder_write_text(backup, "doc/upload.txt", "hello");
let stored = s3_put(bucket("backup"), "doc/upload.txt", file_source(backup, "doc/upload.txt"));
assert_eq(stored.size, 5);
```
"#,
};

pub(super) fn add_to(family: &mut Family) {
    family.add(&FILE_SOURCE, |context: NativeCallContext, folder: Folder, path: &str| -> Reply<ByteSource> {
        let call = Call::of(&context, &FILE_SOURCE)?;
        call.through(&folder, &format!("read {path}"), |permitted| ready(wire::source(&permitted, path)))
    });
}
