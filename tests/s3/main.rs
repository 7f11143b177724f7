//! The family `s3` against the lab's S3: real requests, real signatures, faults on the way.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where it cannot go on")]

mod chain;
mod failures;
mod looks;
mod presigned;
mod sources;
mod transfers;
mod world;
