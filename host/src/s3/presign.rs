//! `s3_presign`: a URL that lets whoever holds it read or write one object for a while.

use std::time::Duration;

use rhai::{Map, NativeCallContext};

use super::wire::{self, Method};
use crate::declare::{Effect, Family, Function};
use crate::environment::Bucket;
use crate::gate::Call;
use crate::options::Options;
use crate::problem::{Problem, Reply};
use crate::secret::Secret;

static S3_PRESIGN: Function = Function {
    signature: "s3_presign(bucket: Bucket, key: string, options: map) -> Secret",
    effect: Effect::Read,
    doc: r#"
Signs a URL that lets whoever holds it read or write one object for a while.

* `bucket: Bucket` - from `bucket("name")`
* `key: string` - the object's key
* `options: map` - `method`: `"GET"` (as a rule) or `"PUT"`; `lives`: a duration, from 1 second to 7 days

Returns the URL as a `Secret`, with the property `length` (the API takes no `restoreSnapshotURL` above 1024).
The object need not exist. Temporary credentials that do not say how long they live are warned of.
Errors: `bad_argument` for a life that S3 does not allow or none at all; `short_credentials` if the credentials
expire before the URL would, with the time that they have left; `denied`, `expired_credentials`, `unreachable`.
Source: R6, H17.

```rhai
let url = s3_presign(bucket("backup"), "demo-etcd-0-snapshot.db", #{method: "GET", lives: hours(4)});
assert(url.length <= 1024, "the API takes it");
```
"#,
};

pub(super) fn add_to(family: &mut Family) {
    family.name_type::<Secret>("Secret").shown::<Secret>();
    family.property("length", |secret: &mut Secret| -> i64 {
        i64::try_from(secret.expose().chars().count()).unwrap_or(i64::MAX)
    });
    family.add(
        &S3_PRESIGN,
        |context: NativeCallContext, bucket: Bucket, key: &str, options: Map| -> Reply<Secret> {
            let call = Call::of(&context, &S3_PRESIGN)?;
            let (method, lives) = read(options).map_err(|problem| call.fail(problem))?;
            let about = format!("presign {method} {key}");
            call.through(&bucket, &about, |permitted| wire::presign(permitted, key, method, lives))
        },
    );
}

fn read(options: Map) -> Result<(Method, Duration), Problem> {
    let options = Options::read(&S3_PRESIGN, options, &["method", "lives"])?;
    let method = match options.text("method")?.as_deref() {
        None | Some("GET") => Method::Get,
        Some("PUT") => Method::Put,
        Some(_) => return Err(options.wrong("method", "\"GET\" or \"PUT\"")),
    };
    let lives = options.duration("lives")?;
    Ok((
        method,
        lives.ok_or_else(|| options.wrong("lives", "given, such as hours(4): no URL lives by default"))?,
    ))
}
