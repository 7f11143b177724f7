//! Uploads a source: in one piece if it fits, else in parts side by side, with bounded memory.

use std::sync::Arc;
use std::time::Instant;

use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use rhai::{Dynamic, Map};
use tokio::task::JoinSet;
use tokio_util::bytes::Bytes;
use tracing::Instrument as _;

use super::client::{Bound, bind};
use super::feed::Feed;
use super::objects::{SHA256, bare};
use super::parts::{Sum, composite};
use super::unfinished::Unfinished;
use super::verify::{self, Sent};
use super::{joining, moving, one_of_several, one_of_several_for, send, send_each};
use crate::environment::Bucket;
use crate::gate::Permitted;
use crate::problem::Problem;
use crate::retry::{self, Setback};
use crate::stream::ByteSource;

/// How an upload is done.
#[derive(Debug, Clone)]
pub(in crate::s3) struct How {
    /// The size of the first parts in MiB.
    pub(in crate::s3) part_mib: usize,
    /// How many parts are under way at once.
    pub(in crate::s3) parallel: usize,
    /// The SHA-256 that the bytes must have, if the script knows it.
    pub(in crate::s3) sha256: Option<String>,
}

/// One upload, as every part of it must know it.
#[derive(Clone)]
struct Upload {
    permitted: Permitted<Bucket>,
    bound: Bound,
    key: Arc<str>,
}

pub(in crate::s3) async fn put(
    permitted: Permitted<Bucket>,
    key: &str,
    source: &ByteSource,
    how: How,
) -> Result<Dynamic, Problem> {
    let bound = bind(&permitted).await?;
    let upload = Upload { permitted: permitted.clone(), bound: bound.clone(), key: key.into() };
    let left = permitted.deadline().saturating_duration_since(Instant::now());
    let what = format!("S3: put {key} in {}", &*permitted);
    // Requests are tried again one by one below; here the whole is, when the source broke off.
    let sent = retry::until_deadline_each(&permitted, left, &what, || upload.once(source, &how)).await?;
    let e_tag = verify::prove(&permitted, &bound, key, &sent).await?;
    let e_tag = verify::label(&permitted, &bound, key, &sent, e_tag).await?;
    Ok(Dynamic::from(Map::from([
        ("key".into(), key.into()),
        ("size".into(), i64::try_from(sent.size).unwrap_or(i64::MAX).into()),
        ("sha256".into(), sent.sha256.into()),
        ("etag".into(), e_tag.into()),
    ])))
}

impl Upload {
    async fn once(&self, source: &ByteSource, how: &How) -> Result<Sent, Setback> {
        let mut feed = Feed::open(source, how.part_mib, &self.permitted).await?;
        let first = feed.next().await?.unwrap_or_default();
        if feed.ended() { self.whole(first, feed, how).await } else { self.in_parts(first, feed, how).await }
    }

    async fn whole(&self, bytes: Bytes, feed: Feed, how: &How) -> Result<Sent, Setback> {
        let (size, sha256) = feed.sum(how.sha256.as_deref())?;
        let sum = Sum::of(&bytes);
        let about = format!("put {}", self.key);
        let permitted = one_of_several(&self.permitted);
        let stored = send_each(&permitted, moving(&permitted, size), &about, || {
            let request = self.bound.client.put_object().bucket(&self.bound.bucket).key(&*self.key);
            let request =
                request.content_md5(sum.header()).metadata(SHA256, &sha256).body(bytes.clone().into());
            let request = request.customize();
            if self.bound.is_encrypted() { request.disable_payload_signing() } else { request }.send()
        })
        .await?;
        let plain = bare(stored.e_tag()) == sum.e_tag();
        Ok(Sent { size, sha256, e_tag: plain.then(|| sum.e_tag()), labelled: true })
    }

    async fn in_parts(&self, first: Bytes, feed: Feed, how: &How) -> Result<Sent, Setback> {
        let begun = send(&one_of_several(&self.permitted), &format!("begin to put {}", self.key), || {
            let request =
                self.bound.client.create_multipart_upload().bucket(&self.bound.bucket).key(&*self.key);
            // Only a hash that is known before the bytes are can be kept from the start.
            request.set_metadata(how.sha256.clone().map(|hash| [(SHA256.to_owned(), hash)].into())).send()
        })
        .await?;
        let id: Arc<str> = begun.upload_id().unwrap_or_default().into();
        let unfinished = Unfinished::new(&self.permitted, &self.bound, &self.key, &id);
        match self.all_parts(&id, first, feed, how).await {
            Ok(sent) => {
                unfinished.stands();
                Ok(sent)
            }
            Err(setback) => {
                unfinished.abort().await;
                Err(setback)
            }
        }
    }

    async fn all_parts(
        &self,
        id: &Arc<str>,
        first: Bytes,
        mut feed: Feed,
        how: &How,
    ) -> Result<Sent, Setback> {
        let (mut under_way, mut done) = (JoinSet::new(), Vec::new());
        let (mut number, mut part) = (1, Some(first));
        while let Some(bytes) = part {
            if under_way.len() >= how.parallel {
                reap(&mut under_way, &mut done).await?;
            }
            under_way.spawn(self.clone().part(id.clone(), number, bytes).in_current_span());
            number += 1;
            part = feed.next().await?;
        }
        while !under_way.is_empty() {
            reap(&mut under_way, &mut done).await?;
        }
        let (size, sha256) = feed.sum(how.sha256.as_deref())?;
        done.sort_unstable_by_key(|part: &Part| part.number);
        let plain = done.iter().all(|part| part.e_tag == part.sum.e_tag());
        let sums: Vec<Sum> = done.iter().map(|part| part.sum).collect();
        self.complete(id, &done, size, plain).await?;
        Ok(Sent { size, sha256, e_tag: plain.then(|| composite(&sums)), labelled: how.sha256.is_some() })
    }

    async fn part(self, id: Arc<str>, number: i32, bytes: Bytes) -> Result<Part, Problem> {
        let sum = Sum::of(&bytes);
        let about = format!("put part {number} of {}", self.key);
        let permitted = one_of_several(&self.permitted);
        let each = moving(&permitted, bytes.len() as u64);
        let stored = send_each(&permitted, each, &about, || {
            let request = self.bound.client.upload_part().bucket(&self.bound.bucket).key(&*self.key);
            let request = request.upload_id(&*id).part_number(number).content_md5(sum.header());
            let request = request.body(bytes.clone().into()).customize();
            if self.bound.is_encrypted() { request.disable_payload_signing() } else { request }.send()
        })
        .await?;
        Ok(Part { number, sum, e_tag: bare(stored.e_tag()) })
    }

    async fn complete(&self, id: &str, parts: &[Part], size: u64, plain: bool) -> Result<(), Problem> {
        let named = parts
            .iter()
            .map(|part| CompletedPart::builder().part_number(part.number).e_tag(&part.e_tag).build());
        let whole = CompletedMultipartUpload::builder().set_parts(Some(named.collect())).build();
        let each = joining(&self.permitted, size);
        let permitted = one_of_several_for(&self.permitted, each);
        let answer = send_each(&permitted, each, &format!("complete {}", self.key), || {
            let request =
                self.bound.client.complete_multipart_upload().bucket(&self.bound.bucket).key(&*self.key);
            request.upload_id(id).multipart_upload(whole.clone()).send()
        })
        .await;
        match answer {
            // The answer to an earlier attempt was lost: whether it did its work, the checksum says.
            Err(problem) if problem.kind == "not_found" && plain => Ok(()),
            other => other.map(|_| ()),
        }
    }
}

/// A part that S3 has.
#[derive(Debug)]
struct Part {
    number: i32,
    sum: Sum,
    e_tag: String,
}

async fn reap(under_way: &mut JoinSet<Result<Part, Problem>>, done: &mut Vec<Part>) -> Result<(), Problem> {
    match under_way.join_next().await {
        None => Ok(()),
        Some(Ok(part)) => {
            done.push(part?);
            Ok(())
        }
        Some(Err(_)) => Err(Problem::fault("a part of the upload")),
    }
}
