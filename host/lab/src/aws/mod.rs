//! S3 and Route53, with `SigV4` checked.

pub mod route53;
