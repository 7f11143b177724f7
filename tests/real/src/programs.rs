//! Where the programs of real servers are found.

use std::io::Write as _;
use std::path::{Path, PathBuf};

/// The folder that `tests/real/build` fills: `DRSH_REAL_CACHE`, or one in the user's cache.
#[must_use]
pub fn cache() -> PathBuf {
    if let Some(folder) = std::env::var_os("DRSH_REAL_CACHE") {
        return folder.into();
    }
    let base = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache"));
    base.or_else(home).unwrap_or_else(std::env::temp_dir).join("drsh-real")
}

/// Finds a program: in `KUBEBUILDER_ASSETS`, in the cache, in `PATH`, in that order.
#[must_use]
pub fn find(name: &str) -> Option<PathBuf> {
    let assets = std::env::var_os("KUBEBUILDER_ASSETS").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let system = ["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from);
    let places = assets.into_iter().chain([cache()]).chain(std::env::split_paths(&path)).chain(system);
    places.map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// Finds all of `names`, or says in the test's output what is missing and what was therefore `not_tested`.
///
/// # Panics
///
/// Where one is missing and `DRSH_TEST_SERVERS` is set.
#[must_use]
pub fn all<const N: usize>(names: [&str; N], not_tested: &str) -> Option<[PathBuf; N]> {
    let found = names.map(|name| (name, find(name)));
    let missing: Vec<&str> = found.iter().filter(|(_, file)| file.is_none()).map(|(name, _)| *name).collect();
    if missing.is_empty() {
        return Some(found.map(|(_, file)| file.unwrap_or_default()));
    }
    absent(&format!(
        "{not_tested}: {} not found (tests/real/README.md says how to get them)",
        missing.join(", ")
    ));
    None
}

/// Says that something was not tested, past the capture of the test's output.
///
/// # Panics
///
/// Where `DRSH_TEST_SERVERS` is set: the check of a change must not leave anything out.
pub fn absent(what: &str) {
    assert!(std::env::var_os("DRSH_TEST_SERVERS").is_none(), "not tested: {what}");
    // A test has no other way past the capture; a closed stderr hides a note, no more.
    let _ = writeln!(std::io::stderr(), "not tested: {what}");
}
