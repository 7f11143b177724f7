//! What the operations of S3 share: what a request says of its body, and what an answer says of an object.

use s3s::dto::{Checksum, ChecksumMode, ChecksumType, ETag, ETagCondition, StreamingBlob};
use s3s::{S3Response, S3Result, s3_error};

use super::digests::{self, Expected};
use super::files::{self, Landed};
use super::objects::{Objects, Stored};

/// Collects the fields of a request that say what its body must be.
macro_rules! expected {
    ($input:expr, $trailers:expr) => {
        Expected {
            sums: Checksum {
                checksum_crc32: $input.checksum_crc32.take(),
                checksum_crc32c: $input.checksum_crc32c.take(),
                checksum_crc64nvme: $input.checksum_crc64nvme.take(),
                checksum_sha1: $input.checksum_sha1.take(),
                checksum_sha256: $input.checksum_sha256.take(),
                checksum_type: None,
            },
            md5: $input.content_md5.take(),
            algorithm: $input.checksum_algorithm.take().map(|algorithm| algorithm.as_str().to_owned()),
            trailers: $trailers,
        }
    };
}

/// Makes an answer that carries checksums, beside its other fields.
macro_rules! with_sums {
    ($sums:expr, $output:ident { $($field:ident: $value:expr),* $(,)? }) => {{
        let sums: Checksum = $sums;
        $output {
            checksum_crc32: sums.checksum_crc32,
            checksum_crc32c: sums.checksum_crc32c,
            checksum_crc64nvme: sums.checksum_crc64nvme,
            checksum_sha1: sums.checksum_sha1,
            checksum_sha256: sums.checksum_sha256,
            $($field: $value,)*
            ..Default::default()
        }
    }};
}

macro_rules! kept {
    ($input:expr) => {
        Kept {
            metadata: $input.metadata.take(),
            content_type: $input.content_type.take(),
            content_encoding: $crate::aws::s3::answers::own_encoding($input.content_encoding.take()),
            content_disposition: $input.content_disposition.take(),
            content_language: $input.content_language.take(),
            cache_control: $input.cache_control.take(),
        }
    };
}

pub(super) use {expected, kept, with_sums};

/// The encoding of an object itself: `aws-chunked` is only that of its way here.
pub(super) fn own_encoding(encoding: Option<String>) -> Option<String> {
    let encoding = encoding?;
    let own: Vec<_> = encoding.split(',').map(str::trim).filter(|one| *one != "aws-chunked").collect();
    Some(own.join(",")).filter(|own| !own.is_empty())
}

/// A plain answer.
#[expect(clippy::unnecessary_wraps, reason = "every operation ends in it, and returns a result")]
pub(super) fn answer<T>(output: T) -> S3Result<S3Response<T>> {
    Ok(S3Response::new(output))
}

/// An absent text is an empty one.
pub(super) fn text(value: Option<&String>) -> &str {
    value.map_or("", String::as_str)
}

/// The most that one request brings, in bytes: 5 GiB. Larger objects come in parts.
const LARGEST_BODY: i64 = 5 << 30;

/// Refuses a body that is too large for one request, before any of it is read.
///
/// # Errors
/// `EntityTooLarge`.
pub(super) fn fits(length: Option<i64>) -> S3Result<()> {
    if length.is_some_and(|length| length > LARGEST_BODY) {
        return Err(s3_error!(EntityTooLarge, "Your proposed upload exceeds the maximum allowed size"));
    }
    Ok(())
}

/// Takes in the body of a request.
///
/// # Errors
/// Those of [`files::land`]. No body at all is an empty one.
pub(super) async fn land(
    objects: &Objects,
    body: Option<StreamingBlob>,
    expected: Expected,
) -> S3Result<Landed> {
    let body = body.unwrap_or_else(|| StreamingBlob::from(s3s::Body::empty()));
    files::land(&objects.folder, body, expected).await
}

/// The checksums of an object that arrived in one piece.
pub(super) fn whole(sums: Checksum) -> Checksum {
    let kind = digests::algorithm_of(&sums).map(|_| ChecksumType::from_static(ChecksumType::FULL_OBJECT));
    Checksum { checksum_type: kind, ..sums }
}

/// The checksums of `object`, if the request asks for them.
pub(super) fn shown(object: &Stored, mode: Option<&ChecksumMode>) -> Checksum {
    let asked = mode.is_some_and(|mode| mode.as_str() == ChecksumMode::ENABLED);
    if asked { object.sums.clone() } else { Checksum::default() }
}

/// Says whether a reader who names `ETag`s gets the object.
///
/// # Errors
/// `PreconditionFailed`, `NotModified`.
pub(super) fn readable(
    object: &Stored,
    wanted: Option<&ETagCondition>,
    unwanted: Option<&ETagCondition>,
) -> S3Result<()> {
    let e_tag = ETag::Strong(object.e_tag.clone());
    if wanted.and_then(ETagCondition::as_etag).is_some_and(|wanted| !wanted.strong_cmp(&e_tag)) {
        return Err(s3_error!(PreconditionFailed));
    }
    let known = |unwanted: &ETagCondition| unwanted.as_etag().is_none_or(|tag| tag.weak_cmp(&e_tag));
    if unwanted.is_some_and(known) {
        return Err(s3_error!(NotModified));
    }
    Ok(())
}
