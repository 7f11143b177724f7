//! `bucket` and `s3_bucket_region`: the handle of a declared bucket, and where the bucket is.

use rhai::{ImmutableString, NativeCallContext};

use super::wire;
use crate::declare::{Effect, Family, Function};
use crate::environment::{Bucket, Target};
use crate::gate::Call;
use crate::problem::Reply;

static BUCKET: Function = Function {
    signature: "bucket(name: string) -> Bucket",
    effect: Effect::None,
    doc: r#"
Gives the handle of the bucket that the environment calls `name`.

* `name: string` - as under `[buckets]` in the environment file

Returns a `Bucket`, with the properties `name` (in the environment) and `bucket` (the bucket's own name).
Nothing is asked of S3 yet.
Errors: `unknown_target`, with the names that are declared.

```rhai
let backup = bucket("backup");
assert_eq(backup.name, "backup");
```
"#,
};

static S3_BUCKET_REGION: Function = Function {
    signature: "s3_bucket_region(bucket: Bucket) -> string",
    effect: Effect::Read,
    doc: r#"
Asks S3 which region a bucket is in.

* `bucket: Bucket` - from `bucket("name")`

Returns the region, as `eu-west-1`, whatever the environment says.
Errors: `denied`, `not_found`, `expired_credentials`, `unreachable`, `throttled`, `timeout`.
Source: H1, B0.

```rhai
let region = s3_bucket_region(bucket("backup"));
assert(region.len() > 0, "the bucket is somewhere");
```
"#,
};

pub(super) fn add_to(family: &mut Family) {
    family.name_type::<Bucket>("Bucket").shown::<Bucket>();
    family.property("name", |bucket: &mut Bucket| ImmutableString::from(bucket.name()));
    family.property("bucket", |bucket: &mut Bucket| ImmutableString::from(bucket.entry().bucket.as_str()));
    family.add(&BUCKET, |context: NativeCallContext, name: &str| -> Reply<Bucket> {
        let call = Call::of(&context, &BUCKET)?;
        Bucket::find(call.run().environment(), name).map_err(|problem| call.fail(problem))
    });
    family.add(&S3_BUCKET_REGION, |context: NativeCallContext, bucket: Bucket| -> Reply<String> {
        let call = Call::of(&context, &S3_BUCKET_REGION)?;
        call.through(&bucket, "tell its region", wire::region)
    });
}
