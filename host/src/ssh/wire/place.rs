//! The private folder of a connection, with the socket that its master listens on; those that a dead drsh left are swept.
//!
//! Who is killed cannot take its masters down, and each would stay logged in on its host until nobody used it for long.
//! The owner of a folder holds a lock in it, which ends with its process, whatever ends that.

use std::fs::{File, TryLockError};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::problem::Problem;

/// The longest path that leaves room for the socket's name within what the system takes.
const SHORT: usize = 50;

/// What the folders' names begin with.
const PREFIX: &str = "drsh-";

/// The file in a folder whose lock says that its owner lives.
const OWNER: &str = "owner";

/// What helps where the folder of connections cannot be written.
pub(super) const OTHER: &str =
    "make room there, or name another folder in XDG_RUNTIME_DIR (its path at most 50 bytes)";

/// A folder that nobody else may enter, for as long as it is held.
#[derive(Debug)]
pub(super) struct Place {
    folder: TempDir,
    /// Held, never read.
    _owner: File,
}

impl Place {
    /// Makes one, with a path short enough for a socket in it.
    ///
    /// Errors: `file`.
    pub(super) fn new() -> Result<Self, Problem> {
        let parent = parent();
        let fail = |error: std::io::Error| unmade(&parent, &error);
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(&parent).map_err(fail)?;
        // Under its name only once it is locked: one that is not is taken for that of a dead drsh.
        let unnamed = folder.path().join("new");
        let owner = File::create(&unnamed).map_err(fail)?;
        owner.lock().map_err(fail)?;
        std::fs::rename(&unnamed, folder.path().join(OWNER)).map_err(fail)?;
        Ok(Self { folder, _owner: owner })
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Says that a folder for a connection's socket cannot be made in `place`.
pub(super) fn unmade(place: &Path, error: &std::io::Error) -> Problem {
    let message =
        format!("no folder for the connection's socket can be made in {}: {error}", place.display());
    Problem::new("file", message).hint(OTHER)
}

fn parent() -> PathBuf {
    let own = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let own = own.filter(|place| place.is_absolute() && place.is_dir() && place.as_os_str().len() <= SHORT);
    own.unwrap_or_else(|| PathBuf::from("/tmp"))
}

/// Ends the masters whose drsh is dead, and removes their folders; what cannot be swept is left to its time.
pub(super) fn sweep() {
    for folder in folders(&parent()) {
        // A folder without that file has just been made, or is not of this version.
        let Ok(owner) = File::open(folder.join(OWNER)) else { continue };
        match owner.try_lock() {
            Ok(()) => {
                let ended = sockets(&folder).iter().filter(|socket| end(socket)).count();
                let removed = std::fs::remove_dir_all(&folder).is_ok();
                tracing::debug!(folder = %folder.display(), ended, removed, "a dead drsh left connections");
            }
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => {}
        }
    }
}

/// The folders of this user's connections.
fn folders(parent: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(parent) else { return Vec::new() };
    // A new file belongs to whoever this process works as.
    let Ok(own) = tempfile::tempfile().and_then(|file| file.metadata()) else { return Vec::new() };
    let is_own = |path: &PathBuf| {
        std::fs::symlink_metadata(path).is_ok_and(|found| found.is_dir() && found.uid() == own.uid())
    };
    entries
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name().as_encoded_bytes().starts_with(PREFIX.as_bytes()))
        .map(|entry| entry.path())
        .filter(is_own)
        .collect()
}

/// The sockets in a folder: each lies in one of its own.
fn sockets(folder: &Path) -> Vec<PathBuf> {
    let inside = |folder: &Path| {
        std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path())
    };
    let is_socket =
        |path: &PathBuf| std::fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket());
    inside(folder)
        .filter(|path| path.is_dir())
        .flat_map(|path| inside(&path).collect::<Vec<_>>())
        .filter(is_socket)
        .collect()
}

fn end(socket: &Path) -> bool {
    let mut command = Command::new("ssh");
    command.args(["-F", "none", "-O", "exit", "-S"]).arg(socket).arg("left");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::DirBuilderExt as _;

    use super::*;

    #[test]
    fn a_place_is_found_while_it_is_held_and_its_owner_is_known_to_live() {
        let place = Place::new().unwrap();
        assert!(folders(&parent()).iter().any(|found| found == place.path()));
        sweep();
        assert!(place.path().join(OWNER).is_file(), "the folder of one who lives was swept");
    }

    #[test]
    fn what_a_dead_one_left_is_swept_and_what_is_of_another_kind_is_not() {
        let left = parent().join(format!("{PREFIX}{:x}-left", std::process::id()));
        std::fs::DirBuilder::new().mode(0o700).create(&left).unwrap();
        sweep();
        assert!(left.is_dir(), "a folder without an owner was swept");
        std::fs::write(left.join(OWNER), "").unwrap();
        sweep();
        assert!(!left.exists());
    }
}
