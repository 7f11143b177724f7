//! The family that gives a script its shape: phases, steps, waits, branches, words to the operator, inputs.

mod branches;
pub mod inputs;
mod kinds;
mod known;
pub mod look;
mod phase;
mod plan;
mod say;
mod step;
pub mod undo;
mod wait;

use crate::declare::Family;

/// The family's functions.
#[must_use]
pub fn family() -> Family {
    let mut family = Family::new("steps");
    phase::declare(&mut family);
    step::declare(&mut family);
    undo::declare(&mut family);
    wait::declare(&mut family);
    branches::declare(&mut family);
    known::declare(&mut family);
    say::declare(&mut family);
    inputs::declare(&mut family);
    family
}
