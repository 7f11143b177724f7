//! A place to make mistakes in: a folder with an environment, the program, and what it printed with what varies masked.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use expect_test::expect_file;
use regex::Regex;
use tempfile::TempDir;

/// A script whose first step is done, and that then stops.
pub const STOPS: &str = "fn main() {
    step(\"X1 look\").reads().run(|| 1);
    step(\"X2 set\").undo(|was| log(\"back\")).run(|| 2);
    fail(\"busy\", \"the cluster is busy\", \"look at its operators\");
}
";

/// A script that ends well.
pub const ENDS: &str = "fn main() {
    step(\"X1 look\").reads().run(|| 1);
    step(\"X2 set\").undo(|was| log(\"back\")).run(|| 2);
}
";

/// Where an operator sits.
pub struct Desk {
    folder: TempDir,
    lab: Option<PathBuf>,
}

/// What was printed, and how it ended.
pub struct Printed {
    line: String,
    out: String,
    err: String,
    code: Option<i32>,
}

impl Desk {
    /// A folder with an environment that declares no target.
    pub fn new() -> Self {
        let desk = Self { folder: tempfile::tempdir().unwrap(), lab: None };
        desk.write("environment.toml", "name = \"here\"\n");
        desk
    }

    /// One from which the lab whose files lie in a folder is reached.
    pub fn beside(lab: &Path) -> Self {
        Self { lab: Some(lab.to_owned()), ..Self::new() }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file that only its owner reads.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let file = self.path().join(name);
        std::fs::write(&file, text).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// The program, to be started here.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_drsh"));
        command
            .args(arguments)
            .current_dir(self.path())
            .env("DRSH_STATE", self.path().join("state"))
            .env("NO_COLOR", "1")
            .env("TERM", "xterm")
            .env_remove("DRSH_ENV")
            .env_remove("DRSH_LOG")
            .stdin(Stdio::null());
        command
    }

    /// The program, to be started at a terminal.
    pub fn command_at_a_terminal(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(arguments);
        // The terminal takes its place.
        command.stdin(Stdio::inherit());
        command
    }

    /// Runs it to its end.
    pub fn run(&self, arguments: &[&str]) -> Printed {
        let output = self.command(arguments).output().unwrap();
        Printed {
            line: arguments.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" "),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
            code: output.status.code(),
        }
    }

    /// The ids of the runs.
    pub fn runs(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.path().join("state/runs")).into_iter().flatten();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    /// The id of the only run.
    pub fn run_id(&self) -> String {
        let runs = self.runs();
        assert_eq!(runs.len(), 1, "{runs:?}");
        runs[0].clone()
    }

    /// The journal of a run.
    pub fn journal(&self, run: &str) -> PathBuf {
        self.path().join("state/runs").join(run).join("journal.jsonl")
    }

    /// Writes `script`, runs it, and gives the id of the run that it left.
    pub fn begun(&self, script: &str) -> String {
        self.write("s.rhai", script);
        self.run(&["s.rhai"]);
        self.run_id()
    }

    /// Holds what was printed against the file `said/NAME.txt`.
    pub fn said(&self, name: &str, printed: &Printed) {
        let Printed { line, out, err, code } = printed;
        let code = code.map_or_else(|| "by a signal".to_owned(), |code| code.to_string());
        let text = format!("$ drsh {line}\n{}{}[exit {code}]\n", trimmed(out), trimmed(err));
        self.said_text(name, &text);
    }

    /// Holds a text against the file `said/NAME.txt`.
    pub fn said_text(&self, name: &str, text: &str) {
        expect_file![format!("said/{name}.txt")].assert_eq(&self.masked(text));
    }

    fn masked(&self, text: &str) -> String {
        let mut text = text.replace(self.path().to_str().unwrap(), "HERE");
        if let Some(lab) = &self.lab {
            text = text.replace(lab.to_str().unwrap(), "LAB");
        }
        for (pattern, mask) in [
            (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "UID"),
            (r"\b[0-9a-f]{64}\b", "SHA256"),
            (r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z?", "TIME"),
            (r"\b(127\.0\.0\.1|localhost):\d+", "$1:PORT"),
            // Where a line of the library stands is no matter of the message.
            (r"\b((scripts|stdlib)/\w+\.rhai):\d+\n    ? *\d+ \|", "$1:LINE\n  LINE |"),
            (r"\b((scripts|stdlib)/\w+\.rhai):\d+", "$1:LINE"),
            (r"\bwrite-check-[0-9a-f]{8}\b", "write-check-RUN"),
            (r"\brun [0-9a-f]{8}\b", "run RUN"),
            (r"\b(resume|undo|show|--run) [0-9a-f]{8}\b", "$1 RUN"),
            (r"\bruns/[0-9a-f]{8}\b", "runs/RUN"),
            (r" +\d+(\.\d+)?(ms|s)\n", " SOON\n"),
            (r"\b(in|for|after) \d+(\.\d+)?(ms|s)\b", "$1 SOON"),
        ] {
            text = Regex::new(pattern).unwrap().replace_all(&text, mask).into_owned();
        }
        text
    }
}

fn quoted(word: &str) -> String {
    if word.is_empty() || word.contains(' ') { format!("\"{word}\"") } else { word.to_owned() }
}

/// With one line end behind it, and none before.
fn trimmed(text: &str) -> String {
    let text = text.trim_matches('\n');
    if text.is_empty() { String::new() } else { format!("{text}\n") }
}
