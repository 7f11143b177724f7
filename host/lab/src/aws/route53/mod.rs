//! Route53: hosted zones, and the REST API in front of them.

mod api;
mod auth;
mod client;
mod name;
mod record;
mod refusal;
mod server;
mod validate;
mod xml;
mod zone;

pub use client::{ClientError, ZoneClient};
pub use name::DnsName;
pub use record::{Alias, Change, Record};
pub use server::{Route53Options, Route53Server};
pub use zone::{InvalidChangeBatch, NEGATIVE_TTL, Zone};
