//! Proves that what is stored is what was sent, and writes its hash beside it.

use std::time::Duration;

use aws_sdk_s3::types::MetadataDirective;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::client::Bound;
use super::objects::{SHA256, bare, look};
use super::{moving, one_of_several, send_each};
use crate::environment::Bucket;
use crate::gate::Permitted;
use crate::problem::Problem;
use crate::run::Event;

/// The largest object that S3 copies in one request, in bytes.
const COPIED_AT_ONCE: u64 = 5 << 30;

/// What stays as it is in the name of a copy's source.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'/');

/// What was sent.
#[derive(Debug)]
pub(super) struct Sent {
    /// The size in bytes.
    pub(super) size: u64,
    /// The SHA-256 in hexadecimal.
    pub(super) sha256: String,
    /// The `ETag` that it must have, where `ETag`s are checksums; they are not where the store encrypts.
    pub(super) e_tag: Option<String>,
    /// Whether the SHA-256 was stored with it.
    pub(super) labelled: bool,
}

/// Reads back the size and the checksum of what is stored, and returns its `ETag`.
///
/// Errors: `corrupt` if they are not those of what was sent.
pub(super) async fn prove(
    permitted: &Permitted<Bucket>,
    bound: &Bound,
    key: &str,
    sent: &Sent,
) -> Result<String, Problem> {
    let found = look(&one_of_several(permitted), bound, key).await?;
    let corrupt = |what: &str, is: &str, sent: &str| {
        let message = format!("{key} in {} has the {what} {is}, and {sent} was sent", &**permitted);
        Err(Problem::new("corrupt", message).hint("do not use the object; put it again"))
    };
    let size = u64::try_from(found.content_length().unwrap_or_default()).unwrap_or_default();
    if size != sent.size {
        return corrupt("size", &size.to_string(), &sent.size.to_string());
    }
    let e_tag = bare(found.e_tag());
    match &sent.e_tag {
        Some(expected) if *expected != e_tag => return corrupt("checksum", &e_tag, expected),
        _ => {}
    }
    if let Some(label) = found.metadata().and_then(|kept| kept.get(SHA256))
        && *label != sent.sha256
    {
        return corrupt("SHA-256", label, &sent.sha256);
    }
    Ok(e_tag)
}

/// Writes the SHA-256 beside an object that was sent before it was known, and returns the object's `ETag`.
///
/// S3 copies the object onto itself; where it does not, that is warned of, because the bytes are proved already.
/// Errors: `conflict` if somebody else replaced the object, `corrupt`.
pub(super) async fn label(
    permitted: &Permitted<Bucket>,
    bound: &Bound,
    key: &str,
    sent: &Sent,
    e_tag: String,
) -> Result<String, Problem> {
    if sent.labelled || sent.size > COPIED_AT_ONCE {
        return Ok(e_tag);
    }
    let from = format!("{}/{}", bound.bucket, utf8_percent_encode(key, PLAIN));
    let request = || {
        let request = bound.client.copy_object().bucket(&bound.bucket).key(key).copy_source(&from);
        let request = request.copy_source_if_match(format!("\"{e_tag}\""));
        request.metadata_directive(MetadataDirective::Replace).metadata(SHA256, &sent.sha256).send()
    };
    let limited = permitted.for_at_most(Duration::from_mins(5));
    match send_each(&limited, moving(&limited, sent.size), &format!("label {key}"), request).await {
        // A copy is a new object: its `ETag` is another one, its size and its label are what they must be.
        Ok(_) => {
            prove(permitted, bound, key, &Sent { sha256: sent.sha256.clone(), e_tag: None, ..*sent }).await
        }
        Err(problem) if problem.kind == "conflict" => Err(problem),
        Err(problem) => {
            permitted.run().tell(Event::Warned(format!("{key} does not bear its SHA-256: {problem}")));
            Ok(e_tag)
        }
    }
}
