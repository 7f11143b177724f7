//! The practice environment: clusters, hosts, S3 and DNS on loopback, over their real protocols.
//!
//! The lab knows protocols and the behaviour of OpenShift's operators; it knows nothing of who practises.

pub mod apiserver;
pub mod aws;
pub mod clock;
pub mod dns;
pub mod faults;
pub mod log;
mod loopback;
