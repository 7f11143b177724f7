//! The family `ssh`: commands and files on the hosts that the environment declares.

mod command;
mod copy;
mod forward;
mod handle;
mod jobs;
mod many;
mod wire;

use crate::declare::Family;

/// Assembles the family.
#[must_use]
pub fn family() -> Family {
    let mut family = Family::new("ssh");
    handle::add_to(&mut family);
    command::add_to(&mut family);
    many::add_to(&mut family);
    copy::add_to(&mut family);
    jobs::add_to(&mut family);
    forward::add_to(&mut family);
    family
}
