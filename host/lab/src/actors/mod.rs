//! The lab's actors: what in life are operators, controllers and kubelets, as clients of an API server.
//!
//! An actor is a task on a [`Cluster`]: it watches kinds ([`Watched`], shared by all actors of the
//! cluster), puts keys in a [`Work`] queue when something changes, and writes as a field manager of its own.

pub mod actor;
pub mod capi;
pub mod certificates;
pub mod cluster;
pub mod control_plane;
pub mod defaults;
pub mod discovery;
pub mod error;
pub mod external_dns;
pub mod garbage;
pub mod gitops;
pub mod guest;
pub mod hosted_api;
pub mod hypershift;
pub mod keep;
pub mod kind;
pub mod kinds;
pub mod kubelet;
pub mod liveness;
pub mod machine_api;
pub mod names;
pub mod namespaces;
pub mod network;
pub mod object;
pub mod on_hosts;
pub mod pause;
pub mod private_link;
pub mod static_pods;
pub mod volumes;
pub mod watched;
pub mod work;
pub mod workers;
pub mod workloads;

pub use actor::Actor;
pub use cluster::Cluster;
pub use error::{Error, Result};
pub use kind::{Key, Kind};
pub use watched::{Change, Watched};
pub use work::{Next, Work};
