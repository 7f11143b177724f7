//! A Kubernetes API server over HTTPS on loopback, for any number of clusters.

mod access;
pub mod authority;
pub mod crds;
pub mod exec;
mod http;
pub mod identity;
pub mod kinds;
pub mod kubeconfig;
pub mod logs;
mod managed;
pub mod meta;
mod patch;
pub mod protobuf;
pub mod registry;
mod schema;
pub mod selectors;
mod server;
pub mod status;
pub mod store;
pub mod table;
pub mod tls;
pub mod tokens;

pub use authority::Authority;
pub use exec::{ExecRequest, ExitStatus, PodRuntime};
pub use identity::User;
pub use server::{ApiServer, ClientError, ServerOptions, client_of};
pub use status::Status;
pub use store::Store;
