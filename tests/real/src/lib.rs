//! Real servers for the tests, on loopback and free ports: what the lab plays is held against them.
//!
//! Programs come from `KUBEBUILDER_ASSETS`, from the cache that `tests/real/build` fills, or from `PATH`. Where they
//! are absent, a test says so in its output; with `DRSH_TEST_SERVERS` set it fails instead.

pub mod access;
pub mod aws;
pub mod etcd;
pub mod ground;
pub mod kubelet;
pub mod moto;
pub mod plane;
pub mod programs;
pub mod server;
pub mod sshd;
pub mod tools;

pub use access::Access;
pub use ground::RealGround;
pub use kubelet::Kubelet;
pub use moto::Moto;
pub use plane::Plane;
pub use server::Server;
pub use sshd::Sshd;
pub use tools::Tools;
