//! The report of a run, from its journal alone: one model, and three forms of it.

mod axis;
mod checksum;
mod downtime;
mod gather;
mod html;
mod markdown;
pub mod model;
mod words;

pub use gather::gather;
pub use html::html;
pub use markdown::markdown;
pub use model::Report;
