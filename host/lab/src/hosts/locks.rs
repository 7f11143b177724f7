//! Locks on files, which programs of a host hold for as long as they run.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

/// The files of one host that are locked. Clones share them.
#[derive(Debug, Clone)]
pub struct Locks {
    held: Arc<Mutex<BTreeSet<String>>>,
    changes: Arc<watch::Sender<()>>,
}

/// A lock that is held until this is dropped.
#[derive(Debug)]
pub struct Lock {
    path: String,
    locks: Locks,
}

impl Default for Locks {
    fn default() -> Self {
        Self { held: Arc::default(), changes: Arc::new(watch::Sender::new(())) }
    }
}

impl Locks {
    /// Whether somebody holds the lock of a file.
    pub(super) fn is_held(&self, path: &str) -> bool {
        self.lock().contains(path)
    }

    /// Takes the lock of a file, if nobody holds it.
    pub(super) fn try_take(&self, path: &str) -> Option<Lock> {
        self.lock().insert(path.to_owned()).then(|| Lock { path: path.to_owned(), locks: self.clone() })
    }

    /// Takes the lock of a file, once nobody holds it.
    pub(super) async fn take(&self, path: &str) -> Lock {
        let mut changes = self.changes.subscribe();
        loop {
            changes.mark_unchanged();
            if let Some(lock) = self.try_take(path) {
                return lock;
            }
            // The sender lives as long as this value.
            let _ = changes.changed().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        self.locks.lock().remove(&self.path);
        self.locks.changes.send_replace(());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_lock_is_one_holders_until_it_is_dropped() {
        let locks = Locks::default();
        let first = locks.take("/a").await;
        assert!(locks.try_take("/a").is_none() && locks.is_held("/a") && !locks.is_held("/ab"));
        let next = tokio::spawn({
            let locks = locks.clone();
            async move { locks.take("/a").await }
        });
        drop(first);
        let second = next.await.unwrap();
        assert!(locks.is_held("/a"));
        drop(second);
        assert!(!locks.is_held("/a"));
    }
}
