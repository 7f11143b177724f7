//! Random identifiers, for things that are told apart by them alone.

use std::hash::{BuildHasher, Hasher, RandomState};

/// A random number; two calls never give the same one in practice.
#[must_use]
pub fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}
