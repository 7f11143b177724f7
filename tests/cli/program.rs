//! Runs the program in a folder of its own.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// A folder with an environment, scripts and state, and the program in it.
pub struct Program {
    folder: TempDir,
}

/// What the program printed, and how it ended.
pub struct Printed {
    pub out: String,
    pub err: String,
    pub code: i32,
}

impl Program {
    /// Makes a folder with an environment file that declares no target.
    pub fn new() -> Self {
        let program = Self { folder: tempfile::tempdir().unwrap() };
        program.write("environment.toml", "name = \"here\"\n");
        program
    }

    /// Makes one whose environment has the folder `keep`, with a script `s.rhai`.
    pub fn with_folder(script: &str) -> Self {
        let program = Self::new();
        program.write("environment.toml", "name = \"here\"\n[folders.keep]\npath = \"kept\"\n");
        program.write("s.rhai", script);
        program
    }

    /// Writes a file.
    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).unwrap();
    }

    /// Where the folder is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Runs the program with these arguments.
    pub fn run(&self, arguments: &[&str]) -> Printed {
        let output = Command::new(env!("CARGO_BIN_EXE_drsh"))
            .args(arguments)
            .current_dir(self.path())
            .env("DRSH_STATE", self.path().join("state"))
            .env_remove("DRSH_ENV")
            .output()
            .unwrap();
        Printed {
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
            code: output.status.code().unwrap_or(-1),
        }
    }

    /// The journal of the only run, as lines.
    pub fn journal(&self) -> Vec<String> {
        std::fs::read_to_string(self.journal_path()).unwrap().lines().map(str::to_owned).collect()
    }

    /// Where the journal of the only run lies.
    pub fn journal_path(&self) -> std::path::PathBuf {
        let mut runs = std::fs::read_dir(self.path().join("state/runs")).unwrap();
        let run = runs.next().unwrap().unwrap().path();
        assert!(runs.next().is_none(), "more than one run");
        run.join("journal.jsonl")
    }

    /// The id of the only run.
    pub fn run_id(&self) -> String {
        let path = self.journal_path();
        path.parent().unwrap().file_name().unwrap().to_str().unwrap().to_owned()
    }
}
