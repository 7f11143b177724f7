//! The family `s3`: buckets of S3 and of every store that speaks its protocol.

mod bucket;
mod look;
mod presign;
mod remove;
mod transfer;
mod wire;

use crate::declare::Family;

/// Assembles the family.
#[must_use]
pub fn family() -> Family {
    let mut family = Family::new("s3");
    bucket::add_to(&mut family);
    presign::add_to(&mut family);
    transfer::add_to(&mut family);
    look::add_to(&mut family);
    remove::add_to(&mut family);
    family
}
