//! The files that a container sees: its own, and those of the volumes mounted into it.

use std::collections::BTreeMap;
use std::io::{Error, ErrorKind, Result};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A tree of files with a size limit: the root of a container, or a volume. Clones share it.
#[derive(Debug, Clone)]
pub struct Tree {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug)]
struct Inner {
    capacity: u64,
    /// Bytes that are in use without a file that shows them, such as a database's pages.
    reserved: u64,
    read_only: bool,
    files: BTreeMap<String, Arc<Vec<u8>>>,
}

/// How full a tree is, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// What fits in.
    pub capacity: u64,
    /// What is in.
    pub used: u64,
}

impl Tree {
    /// Makes an empty tree that holds `capacity` bytes.
    #[must_use]
    pub fn new(capacity: u64) -> Self {
        let inner = Inner { capacity, reserved: 0, read_only: false, files: BTreeMap::new() };
        Self { inner: Arc::new(Mutex::new(inner)) }
    }

    /// Makes a tree of these files that nobody can change, such as a mounted secret.
    #[must_use]
    pub fn read_only(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Self {
        let files: BTreeMap<_, _> = files.into_iter().map(|(path, bytes)| (path, Arc::new(bytes))).collect();
        let capacity = files.values().map(|bytes| bytes.len() as u64).sum();
        Self { inner: Arc::new(Mutex::new(Inner { capacity, reserved: 0, read_only: true, files })) }
    }

    /// Sets how many bytes are in use without a file that shows them.
    pub fn reserve(&self, bytes: u64) {
        self.lock().reserved = bytes;
    }

    /// How full it is.
    #[must_use]
    pub fn usage(&self) -> Usage {
        let inner = self.lock();
        Usage { capacity: inner.capacity, used: inner.used() }
    }

    /// The content of a file; `path` begins without a slash.
    #[must_use]
    pub fn read(&self, path: &str) -> Option<Arc<Vec<u8>>> {
        self.lock().files.get(path).cloned()
    }

    /// Writes a file; fails where the tree is read-only or full.
    pub fn write(&self, path: &str, bytes: Arc<Vec<u8>>) -> Result<()> {
        let mut inner = self.lock();
        if inner.read_only {
            return Err(Error::new(ErrorKind::ReadOnlyFilesystem, "Read-only file system"));
        }
        let before = inner.files.get(path).map_or(0, |old| old.len() as u64);
        if inner.used() - before + bytes.len() as u64 > inner.capacity {
            return Err(Error::new(ErrorKind::StorageFull, "no space left on device"));
        }
        inner.files.insert(path.to_owned(), bytes);
        Ok(())
    }

    /// Removes a file, or everything below a folder; says whether there was anything.
    pub fn remove(&self, path: &str) -> Result<bool> {
        let mut inner = self.lock();
        if inner.read_only {
            return Err(Error::new(ErrorKind::ReadOnlyFilesystem, "Read-only file system"));
        }
        let before = inner.files.len();
        inner.files.retain(|file, _| !is_within(file, path));
        Ok(inner.files.len() != before)
    }

    /// Every file at or below `path`, with its size.
    #[must_use]
    pub fn below(&self, path: &str) -> Vec<(String, u64)> {
        let inner = self.lock();
        inner
            .files
            .iter()
            .filter(|(file, _)| is_within(file, path))
            .map(|(f, b)| (f.clone(), b.len() as u64))
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn used(&self) -> u64 {
        self.reserved + self.files.values().map(|bytes| bytes.len() as u64).sum::<u64>()
    }
}

fn is_within(file: &str, path: &str) -> bool {
    path.is_empty() || file == path || file.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'))
}

/// What a container sees: a root, and trees mounted at paths of it.
#[derive(Debug, Clone)]
pub struct Files {
    mounts: Vec<(String, Tree)>,
}

impl Files {
    /// Makes a file system of a root alone.
    #[must_use]
    pub fn new(root: Tree) -> Self {
        Self { mounts: vec![(String::new(), root)] }
    }

    /// Mounts `tree` at an absolute path.
    #[must_use]
    pub fn mounted(mut self, path: &str, tree: Tree) -> Self {
        self.mounts.push((normal(path), tree));
        self.mounts.sort_by_key(|(at, _)| std::cmp::Reverse(at.len()));
        self
    }

    /// The tree that holds an absolute path, where it is mounted, and the path within it.
    #[must_use]
    pub fn locate(&self, path: &str) -> (&str, Option<&Tree>, String) {
        let path = normal(path);
        for (at, tree) in &self.mounts {
            if at.is_empty() {
                return ("/", Some(tree), path);
            }
            if is_within(&path, at) {
                return (at, Some(tree), path[at.len()..].trim_start_matches('/').to_owned());
            }
        }
        ("/", None, path)
    }

    /// The content of the file at an absolute path.
    #[must_use]
    pub fn read(&self, path: &str) -> Option<Arc<Vec<u8>>> {
        let (_, tree, within) = self.locate(path);
        tree?.read(&within)
    }

    /// Writes the file at an absolute path.
    pub fn write(&self, path: &str, bytes: Arc<Vec<u8>>) -> Result<()> {
        let (_, tree, within) = self.locate(path);
        let tree = tree.ok_or_else(|| Error::from(ErrorKind::NotFound))?;
        tree.write(&within, bytes)
    }

    /// Removes what is at an absolute path; says whether there was anything.
    pub fn remove(&self, path: &str) -> Result<bool> {
        let (_, tree, within) = self.locate(path);
        tree.map_or(Ok(false), |tree| tree.remove(&within))
    }

    /// The names right below an absolute path, each with its size, or `None` for a folder of that name.
    #[must_use]
    pub fn children(&self, path: &str) -> BTreeMap<String, Option<u64>> {
        let (_, tree, within) = self.locate(path);
        let mut found = BTreeMap::new();
        for (file, size) in tree.map(|tree| tree.below(&within)).unwrap_or_default() {
            let rest = file[within.len()..].trim_start_matches('/');
            match rest.split_once('/') {
                Some((folder, _)) => found.insert(folder.to_owned(), None),
                None if rest.is_empty() => None,
                None => found.insert(rest.to_owned(), Some(size)),
            };
        }
        let parent = normal(path);
        for (at, _) in &self.mounts {
            let below =
                if parent.is_empty() { Some(at.as_str()) } else { at.strip_prefix(&format!("{parent}/")) };
            if let Some(name) = below.and_then(|rest| rest.split('/').next()).filter(|name| !name.is_empty())
            {
                found.insert(name.to_owned(), None);
            }
        }
        found
    }

    /// Whether a folder is at an absolute path: the root, a mount, or something that holds files.
    #[must_use]
    pub fn is_folder(&self, path: &str) -> bool {
        let path = normal(path);
        path.is_empty() || self.mounts.iter().any(|(at, _)| *at == path) || !self.children(&path).is_empty()
    }
}

/// The path without slashes at its ends, doubled slashes and dots.
fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            other => parts.push(other),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_tree_refuses_a_file_and_keeps_the_one_it_had() {
        let tree = Tree::new(10);
        tree.reserve(4);
        tree.write("a", Arc::new(vec![0; 6])).unwrap();
        assert_eq!(tree.write("b", Arc::new(vec![0])).unwrap_err().kind(), ErrorKind::StorageFull);
        tree.write("a", Arc::new(vec![0; 5])).unwrap();
        assert_eq!(tree.usage(), Usage { capacity: 10, used: 9 });
    }

    #[test]
    fn a_mount_hides_what_the_root_has_there() {
        let root = Tree::new(100);
        root.write("var/lib/old", Arc::default()).unwrap();
        let volume = Tree::new(100);
        volume.write("data/snapshot.db", Arc::new(vec![1])).unwrap();
        let files = Files::new(root).mounted("/var/lib/", volume);
        assert_eq!(files.read("/var/lib/old"), None);
        assert_eq!(files.read("/var/lib/./data//snapshot.db"), Some(Arc::new(vec![1])));
        assert_eq!(files.children("/var").into_keys().collect::<Vec<_>>(), ["lib"]);
        assert!(files.is_folder("/var/lib/data") && !files.is_folder("/etc"));
    }
}
