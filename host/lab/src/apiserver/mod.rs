//! A Kubernetes API server over HTTPS on loopback, for any number of clusters.

pub mod authority;
pub mod identity;
pub mod kubeconfig;
pub mod tls;
