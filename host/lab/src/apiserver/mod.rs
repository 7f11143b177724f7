//! A Kubernetes API server over HTTPS on loopback, for any number of clusters.

mod access;
pub mod authority;
mod http;
pub mod identity;
pub mod kinds;
pub mod kubeconfig;
mod managed;
pub mod meta;
mod patch;
pub mod registry;
mod schema;
pub mod selectors;
mod server;
pub mod status;
pub mod store;
pub mod exec;
pub mod identity;
pub mod kinds;
pub mod kubeconfig;
pub mod logs;
pub mod meta;
pub mod status;
pub mod table;
pub mod tls;

pub use authority::Authority;
pub use identity::User;
pub use server::{ApiServer, ClientError, ServerOptions};
pub use status::Status;
pub use store::Store;
