//! Looks at objects, and deletes them.

use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::primitives::{DateTime, DateTimeFormat};
use rhai::{Array, Dynamic, Map};

use super::client::{Bound, bind};
use super::{refused, send};
use crate::environment::Bucket;
use crate::gate::Permitted;
use crate::problem::Problem;
use crate::retry::{self, Setback};
use crate::unknown::Unknown;

/// The key of the object's metadata that holds the SHA-256 of its bytes.
pub(super) const SHA256: &str = "sha256";

pub(in crate::s3) async fn head(permitted: Permitted<Bucket>, key: &str) -> Result<Dynamic, Problem> {
    permitted.run().require_untouched(&thing(&permitted, key))?;
    let bound = bind(&permitted).await?;
    Ok(described(key, &look(&permitted, &bound, key).await?))
}

pub(in crate::s3) async fn find(permitted: Permitted<Bucket>, key: &str) -> Result<Dynamic, Problem> {
    match head(permitted.clone(), key).await {
        Err(problem) if problem.kind == "not_found" => {
            // An absent bucket is no absent object.
            let bound = bind(&permitted).await?;
            send(&permitted, "head the bucket", || bound.client.head_bucket().bucket(&bound.bucket).send())
                .await?;
            Ok(Dynamic::UNIT)
        }
        other => other,
    }
}

/// Asks for what is known of an object.
pub(super) async fn look(
    permitted: &Permitted<Bucket>,
    bound: &Bound,
    key: &str,
) -> Result<HeadObjectOutput, Problem> {
    let about = format!("head {key} in {}", &**permitted);
    retry::until_deadline(permitted, &format!("S3: {about}"), || async {
        match bound.client.head_object().bucket(&bound.bucket).key(key).send().await {
            Ok(found) => Ok(found),
            Err(error) => match error.raw_response().map(|answer| answer.status().as_u16()) {
                Some(400 | 403) => Err(spelled_out(bound, key, &about, refused(&about, &error)).await),
                _ => Err(refused(&about, &error)),
            },
        }
    })
    .await
}

/// The answer to a HEAD has no body, so it cannot say why: the same question is put as a GET of one byte.
async fn spelled_out(bound: &Bound, key: &str, about: &str, silent: Setback) -> Setback {
    match bound.client.get_object().bucket(&bound.bucket).key(key).range("bytes=0-0").send().await {
        Ok(_) => silent,
        Err(error) => refused(about, &error),
    }
}

pub(in crate::s3) async fn list(permitted: Permitted<Bucket>, prefix: &str) -> Result<Array, Problem> {
    let bound = bind(&permitted).await?;
    let (mut found, mut token) = (Array::new(), None);
    loop {
        let page = send(&permitted, &format!("list {prefix}"), || {
            let request = bound.client.list_objects_v2().bucket(&bound.bucket).prefix(prefix);
            request.set_continuation_token(token.clone()).send()
        })
        .await?;
        for object in page.contents() {
            found.push(Dynamic::from(Map::from([
                ("key".into(), object.key().unwrap_or_default().into()),
                ("size".into(), object.size().unwrap_or_default().into()),
                ("etag".into(), bare(object.e_tag()).into()),
                ("modified".into(), written(object.last_modified())),
            ])));
        }
        token = page.next_continuation_token().map(str::to_owned);
        if token.is_none() {
            return Ok(with_planned(&permitted, prefix, found));
        }
    }
}

/// In a plan: the objects that would be put before are listed too, in their place.
fn with_planned(bucket: &Permitted<Bucket>, prefix: &str, mut found: Array) -> Array {
    if !bucket.run().is_planning() {
        return found;
    }
    let key_of = |object: &Dynamic| {
        object
            .as_map_ref()
            .ok()
            .and_then(|map| map.get("key")?.clone().into_string().ok())
            .unwrap_or_default()
    };
    for key in bucket.run().ledger().touched_in(&thing(bucket, "")) {
        if key.starts_with(prefix) {
            let unknown =
                Unknown::value(&format!("what {} would hold is not known in a plan", thing(bucket, &key)));
            let others = ["size", "etag", "modified"].map(|name| (name.into(), unknown.clone()));
            found.retain(|object| key_of(object) != key);
            found
                .push(Dynamic::from(others.into_iter().chain([("key".into(), key.into())]).collect::<Map>()));
        }
    }
    found.sort_by_cached_key(key_of);
    found
}

pub(in crate::s3) async fn delete(permitted: Permitted<Bucket>, key: &str) -> Result<(), Problem> {
    let bound = bind(&permitted).await?;
    let about = format!("delete {key}");
    send(&permitted, &about, || bound.client.delete_object().bucket(&bound.bucket).key(key).send()).await?;
    Ok(())
}

/// The name of an object, by which a plan keeps in mind that it would be another.
pub(in crate::s3) fn thing(bucket: &Bucket, key: &str) -> String {
    format!("{key} in {bucket}")
}

/// In a plan: says what the key holds now.
pub(in crate::s3) async fn standing(permitted: Permitted<Bucket>, key: &str) -> Result<String, Problem> {
    let bound = bind(&permitted).await?;
    match look(&permitted, &bound, key).await {
        Ok(found) => {
            let size = found.content_length().unwrap_or_default();
            Ok(format!("the key holds {size} bytes now"))
        }
        Err(problem) if problem.kind == "not_found" => Ok("the key holds nothing now".to_owned()),
        Err(problem) => Err(problem),
    }
}

fn described(key: &str, found: &HeadObjectOutput) -> Dynamic {
    let sha256 = found.metadata().and_then(|kept| kept.get(SHA256));
    Dynamic::from(Map::from([
        ("key".into(), key.into()),
        ("size".into(), found.content_length().unwrap_or_default().into()),
        ("etag".into(), bare(found.e_tag()).into()),
        ("modified".into(), written(found.last_modified())),
        ("sha256".into(), sha256.map_or(Dynamic::UNIT, |hash| hash.clone().into())),
    ]))
}

/// An `ETag` without its quotation marks.
pub(super) fn bare(e_tag: Option<&str>) -> String {
    e_tag.unwrap_or_default().trim_matches('"').to_owned()
}

fn written(time: Option<&DateTime>) -> Dynamic {
    let text = time.and_then(|time| time.fmt(DateTimeFormat::DateTime).ok());
    text.map_or(Dynamic::UNIT, Dynamic::from)
}
