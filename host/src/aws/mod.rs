//! What the families that speak to AWS share: whom they are, whom they trust, and what an error means.

mod account;
mod clock;
mod failure;
mod trust;

pub use account::{Account, Life, Service, connect};
pub use failure::{Asked, setback};
