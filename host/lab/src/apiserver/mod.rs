//! A Kubernetes API server over HTTPS on loopback, for any number of clusters.

pub mod authority;
pub mod exec;
pub mod identity;
pub mod kinds;
pub mod kubeconfig;
pub mod logs;
pub mod meta;
pub mod status;
pub mod table;
pub mod tls;
