//! The file systems of a host, in memory: folders, links, owners, modes, and disks that become full.

mod errno;
mod handle;
mod node;
mod tree;
mod view;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

pub use errno::Errno;
pub use handle::Handle;
pub use node::{Kind, Meta};
pub use view::View;

use self::tree::Tree;
use super::user::User;

/// How full a file system is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    /// Its device.
    pub device: String,
    /// Where it is mounted.
    pub at: String,
    /// What fits in, in bytes.
    pub capacity: u64,
    /// What is in, in bytes.
    pub used: u64,
}

/// All files of a host. Clones share them.
#[derive(Debug, Clone)]
pub struct Files {
    tree: Arc<Mutex<Tree>>,
    changes: Arc<watch::Sender<u64>>,
}

impl Files {
    /// Makes an empty root file system that holds `capacity` bytes.
    #[must_use]
    pub fn new(device: &str, capacity: u64) -> Self {
        let tree = Tree::new(device, capacity);
        Self { tree: Arc::new(Mutex::new(tree)), changes: Arc::new(watch::Sender::new(0)) }
    }

    /// Mounts an empty file system at a folder, which is made if need be.
    pub fn mount(&self, at: &str, device: &str, capacity: u64) -> Result<(), Errno> {
        let mode = match self.view(User::Root).meta(at) {
            Ok(meta) => meta.mode,
            Err(_) => 0o755,
        };
        self.view(User::Root).make_folders(at, mode)?;
        self.change(|tree| tree.mount(at, device, capacity, mode))
    }

    /// Sets how many bytes of the file system that holds `path` are in use without a file that shows them.
    pub fn reserve(&self, path: &str, bytes: u64) -> Result<(), Errno> {
        self.change(|tree| tree.reserve(path, bytes))
    }

    /// The files as `user` sees and changes them, beginning in the root folder.
    #[must_use]
    pub fn view(&self, user: User) -> View {
        View::new(self.clone(), user, "/")
    }

    /// Follows the changes: the number grows with each.
    #[must_use]
    pub fn follow(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    fn change<T>(&self, work: impl FnOnce(&mut Tree) -> Result<T, Errno>) -> Result<T, Errno> {
        let done = work(&mut self.lock());
        self.changes.send_modify(|count| *count += 1);
        done
    }

    fn lock(&self) -> MutexGuard<'_, Tree> {
        self.tree.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The names that an absolute path is made of.
fn names(path: &str) -> impl DoubleEndedIterator<Item = &str> {
    path.split('/').filter(|name| !name.is_empty() && *name != ".")
}

#[cfg(test)]
mod tests;
