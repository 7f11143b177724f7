//! The network addresses of a host.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

/// An address on a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The device.
    pub device: String,
    /// The address.
    pub ip: Ipv4Addr,
    /// The length of the network's prefix.
    pub prefix: u8,
    /// The label: the device's name, or `vip` for what keepalived adds.
    pub label: String,
}

/// The addresses of one host. Clones share them.
#[derive(Debug, Clone)]
pub struct Addresses {
    all: Arc<Mutex<Vec<Address>>>,
    changes: Arc<watch::Sender<u64>>,
}

impl Addresses {
    /// The addresses that a host of this address has: that, and loopback.
    #[must_use]
    pub fn new(ip: Ipv4Addr) -> Self {
        let address = |device: &str, ip, prefix| Address {
            device: device.to_owned(),
            ip,
            prefix,
            label: device.to_owned(),
        };
        let all = vec![address("lo", Ipv4Addr::LOCALHOST, 8), address(super::layout::DEVICE, ip, 24)];
        Self { all: Arc::new(Mutex::new(all)), changes: Arc::new(watch::Sender::new(0)) }
    }

    /// Every address, in the order in which they were added.
    #[must_use]
    pub fn all(&self) -> Vec<Address> {
        self.lock().clone()
    }

    /// Whether the host has this address.
    #[must_use]
    pub fn has(&self, ip: Ipv4Addr) -> bool {
        self.lock().iter().any(|address| address.ip == ip)
    }

    /// Adds an address, unless the host has it.
    pub fn add(&self, address: Address) {
        if !self.has(address.ip) {
            self.lock().push(address);
            self.changes.send_modify(|count| *count += 1);
        }
    }

    /// Removes an address, of this prefix if one is given; says whether it was there.
    #[allow(clippy::must_use_candidate, reason = "that it is gone is all that most want")]
    pub fn remove(&self, device: &str, ip: Ipv4Addr, prefix: Option<u8>) -> bool {
        let meant = |address: &Address| {
            address.device == device
                && address.ip == ip
                && prefix.is_none_or(|prefix| address.prefix == prefix)
        };
        let mut all = self.lock();
        let before = all.len();
        all.retain(|address| !meant(address));
        let found = all.len() != before;
        drop(all);
        if found {
            self.changes.send_modify(|count| *count += 1);
        }
        found
    }

    /// Follows the changes.
    #[must_use]
    pub fn follow(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Address>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
