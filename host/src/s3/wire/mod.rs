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

/// One request of several in a call: it is tried as long as a call of its own would be.
fn one_of_several(permitted: &Permitted<Bucket>) -> Permitted<Bucket> {
    permitted.for_at_most(Duration::from_secs(permitted.environment().limits.call_seconds.max(1)))
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
    let about = &format!("{about} in {}", &**permitted);
    retry::until_deadline(permitted, &format!("S3: {about}"), || {
        // The client's futures are large; in a box they do not make those around them so.
        let answer = Box::pin(request());
        async move { answer.await.map_err(|error| setback(Asked { service: "S3", about }, &error)) }
    })
    .await
}

/// Sends a request that moves `bytes`, until the deadline.
async fn send_bytes<R, E, F>(
    permitted: &Permitted<Bucket>,
    bytes: u64,
    about: &str,
    request: impl Fn() -> F,
) -> Result<R, Problem>
where
    F: Future<Output = Result<R, SdkError<E>>>,
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    send_each(permitted, moving(permitted, bytes), about, request).await
}

/// Asks for one object of `bytes` to be made of its parts: an attempt may take as long as the server copies them.
async fn send_joining<R, E, F>(
    permitted: &Permitted<Bucket>,
    bytes: u64,
    about: &str,
    request: impl Fn() -> F,
) -> Result<R, Problem>
where
    F: Future<Output = Result<R, SdkError<E>>>,
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let each = permitted.attempt() + Duration::from_secs(bytes / SLOWEST_JOINING);
    let call = Duration::from_secs(permitted.environment().limits.call_seconds);
    send_each(&permitted.for_at_most(call.max(each)), each, about, request).await
}

/// Sends a request until the deadline; each attempt may take so long.
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
