//! Load balancers: public names and addresses, and the loopback socket that stands behind each.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::aws::route53::DnsName;

/// Which server stands behind which load balancer. Clones share it.
///
/// A load balancer is named as clients would reach it: by its DNS name, such as `lb-source.elb.lab`,
/// or by an address that an `A` record can hold, such as `203.0.113.10`.
#[derive(Debug, Clone, Default)]
pub struct Balancers {
    inner: Arc<Mutex<BTreeMap<DnsName, SocketAddr>>>,
}

impl Balancers {
    /// Puts `server` behind the load balancer `name`, in the place of what stood there.
    pub fn set(&self, name: &str, server: SocketAddr) {
        self.lock().insert(DnsName::new(name), server);
    }

    /// Takes the load balancer away, if it is there.
    pub fn remove(&self, name: &str) {
        self.lock().remove(&DnsName::new(name));
    }

    /// The server behind the load balancer `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<SocketAddr> {
        self.lock().get(&DnsName::new(name)).copied()
    }

    /// Every load balancer with its server, by name.
    #[must_use]
    pub fn all(&self) -> Vec<(String, SocketAddr)> {
        self.lock()
            .iter()
            .map(|(name, server)| (name.as_str().trim_end_matches('.').to_owned(), *server))
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<DnsName, SocketAddr>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
