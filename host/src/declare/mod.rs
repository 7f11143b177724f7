//! The declaration of a function that scripts call: written once, read by the engine, the gate, help and the checker.

mod family;
mod signature;

pub use family::Family;
pub use signature::{Parameter, Signature};

use std::fmt;

/// What a call does to the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Computes; reaches nothing outside.
    None,
    /// Looks, and changes nothing.
    Read,
    /// Changes what can be changed back, or repeated safely.
    Change,
    /// Changes what cannot be changed back.
    Destroy,
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Effect::None => "none",
            Effect::Read => "read",
            Effect::Change => "change",
            Effect::Destroy => "destroy",
        })
    }
}

/// One function: everything that a reader, a checker or the gate must know of it.
#[derive(Debug)]
pub struct Function {
    /// The name, parameters, their types and the return type, as `name(a: Type, b?: Type) -> Type`.
    ///
    /// A parameter with `?` may be left out, from the right.
    pub signature: &'static str,
    /// What a call does to the world.
    pub effect: Effect,
    /// The documentation, in Markdown: a first sentence in the third person, then parameters with units,
    /// what is returned, the kinds of error, the source step; last a runnable example in a `rhai` fence.
    pub doc: &'static str,
}

impl Function {
    /// The name alone.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.signature.split('(').next().unwrap_or(self.signature)
    }
}
