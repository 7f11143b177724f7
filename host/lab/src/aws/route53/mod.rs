//! Route53: hosted zones, and the REST API in front of them.

mod name;
mod record;
mod validate;
mod zone;

pub use name::DnsName;
pub use record::{Alias, Change, Record};
pub use zone::{InvalidChangeBatch, NEGATIVE_TTL, Zone};
