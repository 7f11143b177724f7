//! `s3_put` and `s3_get`: whole objects, verified on the way and at the end.

use std::time::Duration;

use rhai::{Dynamic, Map, NativeCallContext};

use super::wire::{self, How};
use crate::declare::{Effect, Family, Function};
use crate::environment::{Bucket, Folder};
use crate::gate::{Call, Preview};
use crate::local;
use crate::options::Options;
use crate::problem::{Problem, Reply};
use crate::run::Trace;
use crate::stream::ByteSource;
use crate::unknown::Unknown;

/// How long a transfer may take where the script does not say.
const TRANSFER: Duration = Duration::from_mins(30);

static S3_PUT: Function = Function {
    signature: "s3_put(bucket: Bucket, key: string, source: ByteSource, options?: map) -> map",
    effect: Effect::Change,
    doc: r#"
Uploads a source of bytes as one object, and proves that it arrived.

* `bucket: Bucket` - from `bucket("name")`
* `key: string` - the object's key; an object that has it is replaced
* `source: ByteSource` - from `file_source` or `oc_exec_stream`
* `options?: map` - `sha256`: what the bytes must be, in hexadecimal; `part_mib`: the size of the first parts in MiB
  (8, at least 5); `parallel`: how many parts are under way at once (3, at most 16); `limit`: how long it may take
  (30 minutes)

What does not fit into one part goes as a multipart upload; memory holds the parts under way and no more. Each part
bears a checksum that S3 verifies; at the end the object's size and checksum are read back. An upload that fails is
taken back, so that nothing is seen under the key and nothing is paid for.
Returns `key`, `size` in bytes, `sha256`, `etag`; the SHA-256 is also kept with the object.
Errors: `corrupt` if what arrived or what was sent is not what it should be; `denied`, `not_found`, `wrong_region`,
`expired_credentials`, `unreachable`, `unavailable`, `throttled`, `too_large`, `timeout`, and those of the source.
Source: B7, H4-H7.

```rhai
let backup = folder("backup");
folder_write_text(backup, "doc/snapshot.db", "bytes");
let stored = s3_put(bucket("backup"), "doc/snapshot.db", file_source(backup, "doc/snapshot.db"));
assert_eq(stored.sha256, folder_sha256(backup, "doc/snapshot.db"));
```
"#,
};

static S3_GET: Function = Function {
    signature: "s3_get(bucket: Bucket, key: string, folder: Folder, path: string, options?: map) -> map",
    effect: Effect::Change,
    doc: r#"
Downloads an object into a file, which appears only once it is whole and verified.

* `bucket: Bucket` - from `bucket("name")`
* `key: string` - the object's key
* `folder: Folder`, `path: string` - where the file goes
* `options?: map` - `limit`: how long it may take (30 minutes)

Returns `key`, `size` in bytes, `sha256`, `etag`, and `verified`: by `"sha256"` where the object bears one, else by
`"etag"` where that is a checksum of the whole, else by `"size"` alone.
Errors: `corrupt` if the bytes are not what the object says; `not_found`, `denied`, `wrong_region`,
`expired_credentials`, `unreachable`, `throttled`, `timeout`, `outside`, `file`.

```rhai
let backup = folder("backup");
folder_write_text(backup, "doc/there.txt", "hello");
s3_put(bucket("backup"), "doc/there.txt", file_source(backup, "doc/there.txt"));
let got = s3_get(bucket("backup"), "doc/there.txt", backup, "doc/and-back.txt");
assert_eq(got.verified, "sha256");
assert_eq(folder_read_text(backup, "doc/and-back.txt"), "hello");
```
"#,
};

pub(super) fn add_to(family: &mut Family) {
    family.name_type::<ByteSource>("ByteSource").shown::<ByteSource>();
    family.add(
        &S3_PUT,
        |context: NativeCallContext, bucket: Bucket, key: &str, source: ByteSource| -> Reply<Dynamic> {
            put(&context, &bucket, key, &source, Map::new())
        },
    );
    family.add(
        &S3_PUT,
        |context: NativeCallContext,
         bucket: Bucket,
         key: &str,
         source: ByteSource,
         options: Map|
         -> Reply<Dynamic> { put(&context, &bucket, key, &source, options) },
    );
    family.add(
        &S3_GET,
        |context: NativeCallContext,
         bucket: Bucket,
         key: &str,
         folder: Folder,
         path: &str|
         -> Reply<Dynamic> { get(&context, &bucket, key, &folder, path, Map::new()) },
    );
    family.add(
        &S3_GET,
        |context: NativeCallContext,
         bucket: Bucket,
         key: &str,
         folder: Folder,
         path: &str,
         options: Map|
         -> Reply<Dynamic> { get(&context, &bucket, key, &folder, path, options) },
    );
}

fn put(
    context: &NativeCallContext,
    bucket: &Bucket,
    key: &str,
    source: &ByteSource,
    options: Map,
) -> Reply<Dynamic> {
    let call = Call::of(context, &S3_PUT)?;
    let mut options = options;
    if call.is_shown() && options.get("sha256").is_some_and(Dynamic::is::<Unknown>) {
        options.remove("sha256");
    }
    let (how, limit) = how(options).map_err(|problem| call.fail(problem))?;
    let about = format!("put {source} as {key}");
    let call = call.limit(limit);
    let unknown = call.unknown(bucket);
    call.through_or_show(
        bucket,
        &about,
        |permitted| wire::put(permitted, key, source, how),
        async |permitted| {
            let trace = Trace::Makes(wire::thing(&permitted, key));
            let line = wire::standing(permitted, key).await?;
            let known = ("key".into(), key.into());
            let others = ["size", "sha256", "etag"].map(|name| (name.into(), unknown.clone()));
            Ok(Preview::new(vec![line], std::iter::once(known).chain(others).collect::<Map>()).leaves(trace))
        },
    )
}

fn get(
    context: &NativeCallContext,
    bucket: &Bucket,
    key: &str,
    folder: &Folder,
    path: &str,
    options: Map,
) -> Reply<Dynamic> {
    let call = Call::of(context, &S3_GET)?;
    let options = Options::read(&S3_GET, options, &["limit"]).map_err(|problem| call.fail(problem))?;
    let limit = options.duration("limit").map_err(|problem| call.fail(problem))?;
    let call = call.limit(limit.unwrap_or(TRANSFER));
    // The folder is what changes; the bucket may be one that is only read.
    if call.is_shown() {
        let about = format!("get {key} from {bucket} as {path}");
        let unknown = call.unknown(bucket);
        let known = ("key".into(), key.into());
        let others = ["size", "sha256", "etag", "verified"].map(|name| (name.into(), unknown.clone()));
        let value = std::iter::once(known).chain(others).collect::<Map>();
        return local::planned::bring(&call, folder, path, &about, value);
    }
    let into = call.permit(folder, &format!("write {path}"))?;
    let about = format!("get {key}");
    call.effect(Effect::Read).through(bucket, &about, |permitted| wire::get(permitted, key, into, path))
}

fn how(options: Map) -> Result<(How, Duration), Problem> {
    let options = Options::read(&S3_PUT, options, &["part_mib", "parallel", "sha256", "limit"])?;
    let between = |key: &'static str, least: u64, most: u64, usual: u64| match options.count(key)? {
        None => Ok(usual),
        Some(count) if (least..=most).contains(&count) => Ok(count),
        Some(_) => Err(options.wrong(key, &format!("from {least} to {most}"))),
    };
    let sha256 = options.text("sha256")?.map(|text| text.to_ascii_lowercase());
    if sha256
        .as_ref()
        .is_some_and(|hash| hash.len() != 64 || !hash.bytes().all(|byte| byte.is_ascii_hexdigit()))
    {
        return Err(options.wrong("sha256", "64 hexadecimal digits"));
    }
    let how = How {
        part_mib: usize::try_from(between("part_mib", 5, 512, 8)?).unwrap_or(8),
        parallel: usize::try_from(between("parallel", 1, 16, 3)?).unwrap_or(3),
        sha256,
    };
    Ok((how, options.duration("limit")?.unwrap_or(TRANSFER)))
}
