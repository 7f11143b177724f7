//! `s3_head`, `s3_find`, `s3_list`: what is in a bucket.

use rhai::{Array, Dynamic, NativeCallContext};

use super::wire;
use crate::declare::{Effect, Family, Function};
use crate::environment::Bucket;
use crate::gate::Call;
use crate::problem::Reply;

static S3_HEAD: Function = Function {
    signature: "s3_head(bucket: Bucket, key: string) -> map",
    effect: Effect::Read,
    doc: r#"
Tells what an object is, without its bytes.

* `bucket: Bucket` - from `bucket("name")`
* `key: string` - the object's key

Returns `key`, `size` in bytes, `etag`, `modified` (RFC 3339), and `sha256` where the object bears it, else `()`.
Errors: `not_found`, `denied`, `wrong_region`, `expired_credentials`, `unreachable`, `throttled`, `timeout`.
Source: B7, B10, H7.

```rhai
let backup = folder("backup");
folder_write_text(backup, "doc/head.txt", "12345");
s3_put(bucket("backup"), "doc/head.txt", file_source(backup, "doc/head.txt"));
assert_eq(s3_head(bucket("backup"), "doc/head.txt").size, 5);
```
"#,
};

static S3_FIND: Function = Function {
    signature: "s3_find(bucket: Bucket, key: string) -> map",
    effect: Effect::Read,
    doc: r#"
Tells what an object is, or that there is none.

* `bucket: Bucket` - from `bucket("name")`
* `key: string` - the object's key

Returns what `s3_head` returns; `()` if there is no such object.
Errors: those of `s3_head`; `not_found` only for the bucket itself.

```rhai
assert_eq(s3_find(bucket("backup"), "doc/never-uploaded.db"), ());
```
"#,
};

static S3_LIST: Function = Function {
    signature: "s3_list(bucket: Bucket, prefix: string) -> array of map",
    effect: Effect::Read,
    doc: r#"
Lists the objects whose keys begin with a prefix, all pages.

* `bucket: Bucket` - from `bucket("name")`
* `prefix: string` - how the keys begin; `""` for all

Returns one map an object, in the order of the keys: `key`, `size` in bytes, `etag`, `modified` (RFC 3339).
Errors: `denied`, `not_found`, `wrong_region`, `expired_credentials`, `unreachable`, `throttled`, `timeout`.
Source: B10.

```rhai
let backup = folder("backup");
folder_write_text(backup, "doc/l.txt", "x");
s3_put(bucket("backup"), "doc/list/l.txt", file_source(backup, "doc/l.txt"));
let keys = s3_list(bucket("backup"), "doc/list/").map(|object| object.key);
assert_eq(keys, ["doc/list/l.txt"]);
```
"#,
};

pub(super) fn add_to(family: &mut Family) {
    family.add(&S3_HEAD, |context: NativeCallContext, bucket: Bucket, key: &str| -> Reply<Dynamic> {
        let call = Call::of(&context, &S3_HEAD)?;
        call.through(&bucket, &format!("head {key}"), |permitted| wire::head(permitted, key))
    });
    family.add(&S3_FIND, |context: NativeCallContext, bucket: Bucket, key: &str| -> Reply<Dynamic> {
        let call = Call::of(&context, &S3_FIND)?;
        call.through(&bucket, &format!("head {key}"), |permitted| wire::find(permitted, key))
    });
    family.add(&S3_LIST, |context: NativeCallContext, bucket: Bucket, prefix: &str| -> Reply<Array> {
        let call = Call::of(&context, &S3_LIST)?;
        call.through(&bucket, &format!("list {prefix}"), |permitted| wire::list(permitted, prefix))
    });
}
