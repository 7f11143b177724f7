//! The family `route53`: what stands in a hosted zone.

mod probe;
mod records;
mod wire;
mod zone;

use crate::declare::Family;

/// Assembles the family.
#[must_use]
pub fn family() -> Family {
    let mut family = Family::new("route53");
    zone::add_to(&mut family);
    records::add_to(&mut family);
    probe::add_to(&mut family);
    family
}
