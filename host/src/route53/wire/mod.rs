//! What the family asks of Route53, below the gate; nothing else here names the client crate.

mod client;
mod list;
mod name;
mod wanted;

pub(super) use list::{count, kinds, records};
pub(super) use wanted::Wanted;
