//! The services of a host beside the kubelet: which there are, and when each was last started.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

/// The services, without `.service`.
const KNOWN: &[&str] = &["crio", "ovs-vswitchd", "ovsdb-server"];

/// When the services of one host were last started. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Units {
    started: Arc<Mutex<BTreeMap<String, Timestamp>>>,
}

impl Units {
    /// Whether the host has a service of this name.
    #[must_use]
    pub fn has(&self, unit: &str) -> bool {
        KNOWN.contains(&unit)
    }

    /// When the service was last started: by hand, or with the host.
    #[must_use]
    pub fn started(&self, unit: &str) -> Option<Timestamp> {
        self.lock().get(unit).copied()
    }

    /// Notes that a service was started; says whether there is one of this name.
    pub(super) fn start(&self, unit: &str) -> bool {
        if self.has(unit) {
            self.lock().insert(unit.to_owned(), Timestamp::now());
        }
        self.has(unit)
    }

    /// Notes that all were started, as they are with the host.
    pub(super) fn start_all(&self) {
        for unit in KNOWN {
            self.start(unit);
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Timestamp>> {
        self.started.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
