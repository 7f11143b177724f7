//! The hosts of a standalone cluster: SSH, files, programs, static pods, etcd.
//!
//! Each host listens on a port of its own and has everything of its own; together they make a cluster whose API
//! answers as long as they keep it up.

mod addresses;
mod api;
mod call;
mod cluster;
mod description;
pub mod files;
mod furniture;
mod host;
mod joining;
mod keepalived;
mod kubelet;
mod layout;
mod locks;
mod manifest;
mod members;
mod ovn;
mod pods;
mod process;
mod programs;
mod roster;
mod scripts;
mod server;
mod session;
mod shell;
mod static_pods;
mod stream;
mod units;
mod user;
mod version;

pub use addresses::{Address, Addresses};
pub use cluster::{Cluster, ClusterError, Disks, Setup, Vips};
pub use description::{Description, HostDescription};
pub use host::Host;
pub use kubelet::Kubelet;
pub use members::Members;
pub use ovn::{Network, OvnDatabase};
pub use pods::{Container, OrdinaryPod, Pods};
pub use process::{Exit, Origin, Process, Processes, Signal};
pub use roster::Role;
pub use static_pods::FIRST_REVISION;
pub use units::Units;
pub use user::User;
pub use version::Version;

/// A host by itself, for the tests of what runs on it.
#[cfg(test)]
async fn host_for_tests() -> Host {
    let setup = Setup::new(Version::V4_12, "/nowhere", crate::clock::Clock::new(1000.0, 1));
    let switch = crate::apiserver::tls::Switch::bind().unwrap();
    let place = ("master-0", std::net::Ipv4Addr::new(10, 0, 0, 20), Role::ControlPlane);
    Host::new(&setup, place, (Members::new(0), switch), tokio_util::sync::CancellationToken::new()).unwrap()
}
