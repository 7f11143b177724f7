//! The listings of S3: objects page by page, in both versions of the operation.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use s3s::dto::{
    CommonPrefix, ETag, ListObjectsInput, ListObjectsOutput, ListObjectsV2Input, ListObjectsV2Output, Object,
    ObjectStorageClass,
};
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::answers::{answer, text};
use super::api::Api;
use super::objects::Page;

/// The most keys on one page.
const PAGE: i32 = 1000;

impl Api {
    pub(super) fn page(
        &self,
        request: S3Request<ListObjectsInput>,
    ) -> S3Result<S3Response<ListObjectsOutput>> {
        let input = request.input;
        let limit = input.max_keys.unwrap_or(PAGE).clamp(0, PAGE);
        let (prefix, delimiter) = (text(input.prefix.as_ref()), text(input.delimiter.as_ref()));
        let page =
            self.0.list(&input.bucket, prefix, delimiter, text(input.marker.as_ref()), count(limit))?;
        answer(ListObjectsOutput {
            is_truncated: Some(page.next.is_some()),
            next_marker: page.next.clone().filter(|_| input.delimiter.is_some()),
            contents: Some(contents(&page)),
            common_prefixes: Some(prefixes(page)),
            name: Some(input.bucket),
            prefix: input.prefix,
            delimiter: input.delimiter,
            marker: input.marker,
            max_keys: Some(limit),
            ..Default::default()
        })
    }

    pub(super) fn page_v2(
        &self,
        request: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        let input = request.input;
        let limit = input.max_keys.unwrap_or(PAGE).clamp(0, PAGE);
        let after = match &input.continuation_token {
            Some(token) => read_token(token)?,
            None => input.start_after.clone().unwrap_or_default(),
        };
        let (prefix, delimiter) = (text(input.prefix.as_ref()), text(input.delimiter.as_ref()));
        let page = self.0.list(&input.bucket, prefix, delimiter, &after, count(limit))?;
        answer(ListObjectsV2Output {
            is_truncated: Some(page.next.is_some()),
            next_continuation_token: page.next.as_ref().map(|next| URL_SAFE_NO_PAD.encode(next)),
            key_count: i32::try_from(page.objects.len() + page.prefixes.len()).ok(),
            contents: Some(contents(&page)),
            common_prefixes: Some(prefixes(page)),
            name: Some(input.bucket),
            prefix: input.prefix,
            delimiter: input.delimiter,
            start_after: input.start_after,
            continuation_token: input.continuation_token,
            max_keys: Some(limit),
            ..Default::default()
        })
    }
}

fn contents(page: &Page) -> Vec<Object> {
    let objects = page.objects.iter().map(|(key, object)| Object {
        key: Some(key.clone()),
        size: i64::try_from(object.body.size).ok(),
        e_tag: Some(ETag::Strong(object.e_tag.clone())),
        last_modified: Some(object.modified.into()),
        storage_class: Some(ObjectStorageClass::from_static(ObjectStorageClass::STANDARD)),
        ..Default::default()
    });
    objects.collect()
}

fn prefixes(page: Page) -> Vec<CommonPrefix> {
    page.prefixes.into_iter().map(|prefix| CommonPrefix { prefix: Some(prefix) }).collect()
}

fn count(limit: i32) -> usize {
    usize::try_from(limit).unwrap_or_default()
}

/// A continuation token says after which key to go on, in a form that nobody is tempted to read.
fn read_token(token: &str) -> S3Result<String> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok();
    bytes
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| s3_error!(InvalidArgument, "The continuation token provided is incorrect"))
}
