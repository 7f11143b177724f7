//! `s3_delete`: takes an object away.

use rhai::{Dynamic, NativeCallContext};

use super::wire;
use crate::declare::{Effect, Family, Function};
use crate::environment::Bucket;
use crate::gate::{Call, Preview};
use crate::problem::Reply;
use crate::run::Trace;

static S3_DELETE: Function = Function {
    signature: "s3_delete(bucket: Bucket, key: string)",
    effect: Effect::Destroy,
    doc: r#"
Deletes an object; one that is not there counts as deleted.

* `bucket: Bucket` - from `bucket("name")`
* `key: string` - the object's key

In a bucket that keeps versions, the older ones stay.
Errors: `refused` if the phase is not approved; `denied`, `not_found` for the bucket, `wrong_region`,
`expired_credentials`, `unreachable`, `throttled`, `timeout`.

```rhai
let backup = folder("backup");
folder_write_text(backup, "doc/gone.txt", "x");
s3_put(bucket("backup"), "doc/gone.txt", file_source(backup, "doc/gone.txt"));
s3_delete(bucket("backup"), "doc/gone.txt");
assert_eq(s3_find(bucket("backup"), "doc/gone.txt"), ());
```
"#,
};

pub(super) fn add_to(family: &mut Family) {
    family.add(&S3_DELETE, |context: NativeCallContext, bucket: Bucket, key: &str| -> Reply<Dynamic> {
        let call = Call::of(&context, &S3_DELETE)?;
        call.through_or_show(
            &bucket,
            &format!("delete {key}"),
            |permitted| wire::delete(permitted, key),
            async |permitted| {
                let trace = Trace::Removes(wire::thing(&permitted, key));
                Ok(Preview::new(vec![wire::standing(permitted, key).await?], ()).leaves(trace))
            },
        )
    });
}
