//! What the actors did: who, when, what and why, for tests and for people who look on.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

/// One thing that an actor did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// When it was done.
    pub at: Timestamp,
    /// The actor, such as `source/hypershift` or `cloud`.
    pub who: String,
    /// What it did, such as `terminated i-0abc`.
    pub what: String,
    /// What made it do so, such as `AWSMachine demo-a-1 was deleted`.
    pub why: String,
}

/// The log of a lab. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct WorldLog {
    entries: Arc<Mutex<Vec<Entry>>>,
}

impl WorldLog {
    /// Adds what `who` did.
    pub fn record(&self, who: &str, what: impl Into<String>, why: impl Into<String>) {
        let entry = Entry { at: Timestamp::now(), who: who.to_owned(), what: what.into(), why: why.into() };
        tracing::debug!(who, what = entry.what, why = entry.why, "lab");
        self.lock().push(entry);
    }

    /// Everything so far, oldest first.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
