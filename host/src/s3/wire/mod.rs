//! What the family asks of S3, below the gate; nothing else here names the client crate.

mod client;
mod download;
mod feed;
mod objects;
mod parts;
mod sign;
mod unfinished;
mod upload;
mod verify;

pub(super) use client::region;
pub(super) use download::get;
pub(super) use objects::{delete, find, head, list, standing, thing};
pub(super) use sign::{Method, presign};
pub(super) use upload::{How, put};

use std::time::Duration;

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};

use crate::aws::{Asked, setback};
use crate::environment::Bucket;
use crate::gate::Permitted;
use crate::problem::Problem;
use crate::retry::{self, Setback};

/// The slowest network that a transfer is still waited for on, in bytes a second.
const SLOWEST: u64 = 256 << 10;

/// The slowest server that is still waited for while it makes one object of its parts, in bytes a second: many copy them.
const SLOWEST_JOINING: u64 = 16 << 20;

/// How long one attempt to move `bytes` may take.
fn moving(permitted: &Permitted<Bucket>, bytes: u64) -> Duration {
    permitted.attempt() + Duration::from_secs(bytes / SLOWEST)
}

/// How long one attempt to have one object of `bytes` made of its parts may take.
fn joining(permitted: &Permitted<Bucket>, bytes: u64) -> Duration {
    permitted.attempt() + Duration::from_secs(bytes / SLOWEST_JOINING)
}

/// One request of several in a call: it is tried as long as a call of its own would be.
fn one_of_several(permitted: &Permitted<Bucket>) -> Permitted<Bucket> {
    one_of_several_for(permitted, Duration::from_secs(1))
}

/// The same, of which one attempt alone may take so long.
fn one_of_several_for(permitted: &Permitted<Bucket>, each: Duration) -> Permitted<Bucket> {
    permitted.for_at_most(Duration::from_secs(permitted.environment().limits.call_seconds).max(each))
}

/// Sends a request that may be repeated, until the deadline.
async fn send<R, E, F>(
    permitted: &Permitted<Bucket>,
    about: &str,
    request: impl Fn() -> F,
) -> Result<R, Problem>
where
    F: Future<Output = Result<R, SdkError<E>>>,
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    send_each(permitted, permitted.attempt(), about, request).await
}

/// Sends a request that may be repeated, until the deadline; each attempt may take so long.
async fn send_each<R, E, F>(
    permitted: &Permitted<Bucket>,
    each: Duration,
    about: &str,
    request: impl Fn() -> F,
) -> Result<R, Problem>
where
    F: Future<Output = Result<R, SdkError<E>>>,
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let about = &format!("{about} in {}", &**permitted);
    retry::until_deadline_each(permitted, each, &format!("S3: {about}"), || {
        // The client's futures are large; in a box they do not make those around them so.
        let answer = Box::pin(request());
        async move { answer.await.map_err(|error| refused(about, &error)) }
    })
    .await
}

fn refused<E>(about: &str, error: &SdkError<E>) -> Setback
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    setback(Asked { service: "S3", about }, error)
}
