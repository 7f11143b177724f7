//! The engine: Rhai assembled with the families, limits, modules and errors that point at the script.

mod assembly;
mod library;
pub mod limits;
mod resolver;
mod script;
mod stack;
mod trace;
mod unknown;

pub use assembly::{engine, families, put_modules_at_hand};
pub use library::{Library, Origin, built_in};
pub use script::Script;
pub use stack::on_a_deep_stack;
pub use trace::{Frame, Report};
pub use unknown::nearest;
