//! S3 and Route53, with `SigV4` checked.

mod credentials;
mod endpoint;
pub mod route53;
pub mod s3;
mod scope;
mod strike;

pub use credentials::{Credentials, Keyring};
