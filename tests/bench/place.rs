//! A folder of its own that the program is started in, as an operator would.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// The program that whole-process rows start: `DRSH_BENCH_BINARY`, or the one that was built with the benchmark.
pub fn binary() -> PathBuf {
    std::env::var_os("DRSH_BENCH_BINARY").map_or_else(|| env!("CARGO_BIN_EXE_drsh").into(), Into::into)
}

/// A folder with an environment and scripts.
pub struct Place {
    folder: TempDir,
}

impl Place {
    /// An empty one, with an environment of this text and a folder `backup`.
    pub fn new(environment: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("backup")).unwrap();
        std::fs::write(folder.path().join("environment.toml"), environment).unwrap();
        Self { folder }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file into it, and gives its path.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let file = self.path().join(name);
        std::fs::write(&file, text).unwrap();
        file
    }

    /// The program with these arguments, in this folder.
    pub fn drsh(&self, arguments: &[&str]) -> Command {
        started_in(self.path(), self.path(), arguments)
    }
}

/// The program with these arguments in `place`; its runs are kept in `own`.
pub fn started_in(place: &Path, own: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(binary());
    command.args(arguments).current_dir(place).env("DRSH_STATE", own.join("state")).env_remove("DRSH_ENV");
    command
}
