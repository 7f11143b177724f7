//! The family `s3` against the lab's S3: real requests, real signatures, faults on the way.

mod failures;
mod looks;
mod presigned;
mod transfers;
mod world;
