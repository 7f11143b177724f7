//! The way from a host name to a server: load balancers, a resolver over the zones, and a proxy for clients.

mod balancers;
mod proxy;
mod resolver;

pub use balancers::Balancers;
pub use proxy::Proxy;
pub use resolver::{Resolver, Unresolved};
