//! Downloads an object into a file and verifies it before the file is seen.

use std::time::Instant;

use aws_sdk_s3::operation::get_object::GetObjectOutput;
use md5::Md5;
use rhai::{Dynamic, Map};
use sha2::{Digest, Sha256};

use super::client::{Bound, bind};
use super::objects::{SHA256, bare};
use super::{one_of_several, send};
use crate::environment::{Bucket, Folder};
use crate::gate::Permitted;
use crate::journal::hex;
use crate::local::NewFile;
use crate::problem::Problem;
use crate::retry::{self, Setback};
use crate::run::spoken;

pub(in crate::s3) async fn get(
    permitted: Permitted<Bucket>,
    key: &str,
    folder: Permitted<Folder>,
    path: &str,
) -> Result<Dynamic, Problem> {
    let bound = bind(&permitted).await?;
    let left = permitted.deadline().saturating_duration_since(Instant::now());
    let what = format!("S3: get {key} in {}", &*permitted);
    retry::until_deadline_each(&permitted, left, &what, || once(&permitted, &bound, key, &folder, path)).await
}

async fn once(
    permitted: &Permitted<Bucket>,
    bound: &Bound,
    key: &str,
    folder: &Permitted<Folder>,
    path: &str,
) -> Result<Dynamic, Setback> {
    let mut object = send(&one_of_several(permitted), &format!("get {key}"), || {
        bound.client.get_object().bucket(&bound.bucket).key(key).send()
    })
    .await?;
    let mut file = NewFile::begin(folder, path)?;
    let (mut sha256, mut md5, mut size) = (Sha256::new(), Md5::new(), 0_u64);
    let broken = |size: u64, why: &str| {
        let message = format!("{key} in {} broke off after {size} bytes: {why}", &**permitted);
        Setback::passing(Problem::new("unreachable", message))
    };
    loop {
        let patience = permitted.attempt();
        match tokio::time::timeout(patience, object.body.try_next()).await {
            Ok(Ok(None)) => break,
            Ok(Ok(Some(chunk))) => {
                sha256.update(&chunk);
                md5.update(&chunk);
                size += chunk.len() as u64;
                file.write(&chunk)?;
            }
            Ok(Err(error)) => return Err(broken(size, &error.to_string())),
            Err(_) => return Err(broken(size, &format!("nothing came for {}", spoken(patience)))),
        }
    }
    let (sha256, md5) = (hex(&sha256.finalize()), hex(&md5.finalize()));
    let verified = verify(permitted, key, &object, size, &sha256, &md5)?;
    file.finish()?;
    Ok(Dynamic::from(Map::from([
        ("key".into(), key.into()),
        ("size".into(), i64::try_from(size).unwrap_or(i64::MAX).into()),
        ("sha256".into(), sha256.into()),
        ("etag".into(), bare(object.e_tag()).into()),
        ("verified".into(), verified.into()),
    ])))
}

/// Compares what came with what the object says of itself; returns what it was verified by.
fn verify(
    permitted: &Permitted<Bucket>,
    key: &str,
    object: &GetObjectOutput,
    size: u64,
    sha256: &str,
    md5: &str,
) -> Result<&'static str, Problem> {
    let corrupt = |what: &str, says: &str, came: &str| {
        let message = format!("{key} in {} says that its {what} is {says}, and {came} came", &**permitted);
        Problem::new("corrupt", message).hint("do not use the object; take another copy")
    };
    let said = object.content_length().and_then(|length| u64::try_from(length).ok());
    match said {
        Some(said) if said != size => return Err(corrupt("size", &said.to_string(), &size.to_string())),
        _ => {}
    }
    let label = object.metadata().and_then(|kept| kept.get(SHA256));
    if let Some(label) = label {
        return if label == sha256 { Ok("sha256") } else { Err(corrupt("SHA-256", label, sha256)) };
    }
    let e_tag = bare(object.e_tag());
    let checksum = e_tag.len() == 32 && e_tag.bytes().all(|byte| byte.is_ascii_hexdigit());
    // Where the store encrypts by key service or by a customer's key, an `ETag` only looks like a checksum.
    let encrypted = object.ssekms_key_id().is_some() || object.sse_customer_algorithm().is_some();
    match (checksum && !encrypted, e_tag == md5) {
        (true, true) => Ok("etag"),
        (true, false) => Err(corrupt("checksum", &e_tag, md5)),
        (false, _) => Ok("size"),
    }
}
