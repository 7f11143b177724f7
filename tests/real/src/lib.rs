//! Real servers for the tests, on loopback and free ports: what the lab plays is held against them.
//!
//! Programs come from `KUBEBUILDER_ASSETS`, from the cache that `tests/real/build` fills, or from `PATH`. Where they
//! are absent, a test says so in its output; with `DRSH_TEST_SERVERS` set it fails instead.

pub mod aws;
pub mod moto;
pub mod plane;
pub mod programs;
pub mod server;

pub use moto::Moto;
pub use plane::Plane;
pub use server::Server;
