//! What a container's root is filled with: the tools of busybox, programs and scripts.

use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::programs;

/// A busybox that runs without any library, and the names of its tools.
#[derive(Debug, Clone)]
pub struct Tools {
    busybox: PathBuf,
    names: Vec<String>,
}

impl Tools {
    /// Finds a static busybox, or says in the test's output that `what` is not tested.
    #[must_use]
    pub fn find(what: &str) -> Option<Self> {
        let [busybox] = programs::all(["busybox"], what)?;
        let is_static = std::fs::read(&busybox).is_ok_and(|program| !asks_for_a_loader(&program));
        let names = Command::new(&busybox).arg("--list").output();
        let Some(names) = names.ok().filter(|output| is_static && output.status.success()) else {
            programs::absent(&format!("{what}: {} is not a static busybox", busybox.display()));
            return None;
        };
        let names = String::from_utf8_lossy(&names.stdout).lines().map(str::to_owned).collect();
        Some(Self { busybox, names })
    }

    /// Fills a root with busybox's tools in `/bin`, and with the few folders and files that programs look for.
    /// The files are copies: whatever a command does to them stays in its container.
    pub fn install(&self, root: &Path) -> io::Result<()> {
        for folder in ["bin", "dev", "etc", "root", "tmp", "usr/bin", "var"] {
            std::fs::create_dir_all(root.join(folder))?;
        }
        std::fs::set_permissions(root.join("tmp"), PermissionsExt::from_mode(0o1777))?;
        std::fs::write(root.join("etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n")?;
        std::fs::write(root.join("etc/hosts"), "127.0.0.1 localhost\n")?;
        put_program(root, "bin/busybox", &self.busybox)?;
        for name in self.names.iter().filter(|name| *name != "busybox") {
            symlink("busybox", root.join("bin").join(name))?;
        }
        Ok(())
    }
}

/// Copies a program into a root, at `path` below it.
pub fn put_program(root: &Path, path: &str, program: &Path) -> io::Result<()> {
    put(root, path, |file| std::fs::copy(program, file).map(drop))
}

/// Writes a script into a root, at `path` below it. Its first line names what carries it out, as `#!/bin/sh`.
pub fn put_script(root: &Path, path: &str, text: &str) -> io::Result<()> {
    put(root, path, |file| std::fs::write(file, text))
}

fn put(root: &Path, path: &str, make: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<()> {
    let file = root.join(path.trim_start_matches('/'));
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    // Not written through a link: it may be one of busybox's.
    if file.symlink_metadata().is_ok() {
        std::fs::remove_file(&file)?;
    }
    make(&file)?;
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o755))
}

/// Whether a program (ELF, 64 bits, little endian) names another that loads its libraries.
fn asks_for_a_loader(program: &[u8]) -> bool {
    const INTERPRETER: u64 = 3;
    let number = |at: usize, size: usize| {
        let bytes = program.get(at..at.checked_add(size)?)?;
        Some(bytes.iter().rev().fold(0_u64, |number, byte| (number << 8) | u64::from(*byte)))
    };
    let headers = || {
        let (first, size, count) = (number(32, 8)?, number(54, 2)?, number(56, 2)?);
        let kinds = (0..count).map_while(|place| number(usize::try_from(first + place * size).ok()?, 4));
        Some(kinds.into_iter().any(|kind| kind == INTERPRETER))
    };
    headers().unwrap_or(true)
}

#[cfg(test)]
mod tests {
    use super::asks_for_a_loader;

    #[test]
    fn a_program_that_needs_libraries_is_known_by_its_loader() {
        let test = std::fs::read(std::env::current_exe().unwrap_or_default()).unwrap_or_default();
        assert!(test.len() > 64 && asks_for_a_loader(&test));
        let mut header = vec![0_u8; 64 + 56];
        (header[32], header[54], header[56]) = (64, 56, 1);
        assert!(!asks_for_a_loader(&header));
        header[64] = 3;
        assert!(asks_for_a_loader(&header));
    }
}
