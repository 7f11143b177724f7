//! The family `files`: what scripts read and write in the folders that the environment declares.

mod folders;
mod handle;
mod read;
mod source;
#[cfg(test)]
mod tests;
mod wire;
mod write;

use crate::declare::Family;

/// Assembles the family.
#[must_use]
pub fn family() -> Family {
    let mut family = Family::new("files");
    handle::add_to(&mut family);
    read::add_to(&mut family);
    write::add_to(&mut family);
    folders::add_to(&mut family);
    source::add_to(&mut family);
    family
}
