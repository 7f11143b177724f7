//! The certificates that kubelets show to the API: read when a kubelet starts, and no longer accepted once the API went
//! back to a time that does not know them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::hosts::{Host, User};

/// Where a kubelet keeps the certificate that it speaks to the API with.
pub(super) const CLIENT: &str = "/var/lib/kubelet/pki/kubelet-client-current.pem";
/// Where it keeps the one that it is spoken to with.
pub(super) const SERVING: &str = "/var/lib/kubelet/pki/kubelet-server-current.pem";

/// What the kubelets of a cluster hold. Clones share it.
#[derive(Clone, Default)]
pub struct Credentials {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    /// Of each host, by its address: which start of the kubelet it is, and the certificate that was there then.
    held: BTreeMap<Ipv4Addr, (u64, Option<String>)>,
    /// The certificates that the API does not accept any more.
    refused: BTreeSet<String>,
}

impl Credentials {
    /// Whether the kubelet of this host gets through to the API.
    #[must_use]
    pub fn speaks(&self, host: &Host) -> bool {
        if !(host.is_on() && host.kubelet().is_active()) {
            return false;
        }
        let mut inner = self.lock();
        let held = inner.held_by(host).1.clone();
        held.is_some_and(|held| !inner.refused.contains(&held))
    }

    /// Lets the API refuse what the kubelets of these hosts hold now.
    pub fn refuse(&self, hosts: &[Host]) {
        let mut inner = self.lock();
        for host in hosts {
            if let Some(held) = inner.held_by(host).1.clone() {
                inner.refused.insert(held);
                host.log().record(
                    host.name(),
                    "is not let in by the API",
                    "its certificate is newer than the data",
                );
            }
        }
    }

    /// Which start of its kubelet a host is at, if that has no certificate and has to ask for one.
    pub(super) fn lacks(&self, host: &Host) -> Option<u64> {
        if !(host.is_on() && host.kubelet().is_active()) {
            return None;
        }
        let mut inner = self.lock();
        let (start, held) = inner.held_by(host);
        held.is_none().then_some(*start)
    }

    /// Notes the certificate that a running kubelet was given.
    pub(super) fn hold(&self, host: &Host, start: u64, certificate: &str) {
        self.lock().held.insert(host.ip(), (start, Some(certificate.to_owned())));
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// What the kubelet of a host holds: what was in the file when it was started.
    fn held_by(&mut self, host: &Host) -> &(u64, Option<String>) {
        let start = host.kubelet().starts();
        let entry = self.held.entry(host.ip()).or_insert_with(|| (start, read(host)));
        if entry.0 != start {
            *entry = (start, read(host));
        }
        entry
    }
}

fn read(host: &Host) -> Option<String> {
    let bytes = host.files().view(User::Root).read(CLIENT).ok()?;
    String::from_utf8(bytes).ok()
}
