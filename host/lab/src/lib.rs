//! The practice environment: clusters, hosts, S3 and DNS on loopback, over their real protocols.
//!
//! The lab knows protocols and the behaviour of OpenShift's operators; it knows nothing of who practises.

pub mod actors;
pub mod apiserver;
pub mod aws;
pub mod clock;
pub mod cloud;
pub mod containers;
pub mod dns;
pub mod etcd;
pub mod faults;
pub mod ground;
pub mod hosts;
pub mod log;
mod loopback;
pub mod scenario;
pub mod world;
