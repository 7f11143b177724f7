//! An HTTPS Kubernetes API server.

pub mod authority;
pub mod identity;
pub mod kubeconfig;
pub mod tls;
