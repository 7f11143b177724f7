//! A lab, and the program against it: on a pseudo terminal, or through a pipe.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use drsh::cli::practice;
use drsh_lab::faults::{Fault, Rule};
use drsh_lab::scenario::Scenario;
use drsh_lab::world::Lab;
use rexpect::ReadUntil;
use rexpect::session::PtySession;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// The longest that a terminal may stay silent, in milliseconds, before a test fails.
const PATIENCE: u64 = 60_000;

/// What `job::from_environment` asks for.
const ON_PAPER: &str = r#"name = "lab"
[clusters.source]
kubeconfig = "source.kubeconfig"
[clusters.destination]
kubeconfig = "destination.kubeconfig"
[clusters.hosted]
kubeconfig = "hosted.kubeconfig"
[buckets.backup]
bucket = "backups"
[zones.dns]
id = "Z0123456789LABZONE"
[folders.backup]
path = "backup"
[parameters]
hosted_cluster_namespace = "clusters"
hosted_cluster_name = "demo"
source_name = "source"
"#;

/// A lab whose environment is called `lab`.
pub struct World {
    folder: TempDir,
    runtime: Runtime,
    lab: Option<Lab>,
}

/// What the program printed, and how it ended.
pub struct Printed {
    pub out: String,
    pub err: String,
    pub code: Option<i32>,
}

impl World {
    /// Starts the lab.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let runtime = Runtime::new().unwrap();
        let lab = runtime.block_on(practice::start(Scenario::default(), &folder.path().join("lab"))).unwrap();
        practice::write_environment(lab.description()).unwrap();
        Self { folder, runtime, lab: Some(lab) }
    }

    /// The environment of a lab that is not there: for scripts that reach for none of its targets.
    pub fn on_paper() -> Self {
        let (folder, runtime) = (tempfile::tempdir().unwrap(), Runtime::new().unwrap());
        let place = folder.path().join("lab");
        std::fs::create_dir(&place).unwrap();
        std::fs::write(place.join("environment.toml"), ON_PAPER).unwrap();
        Self { folder, runtime, lab: None }
    }

    /// Where its files lie.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Where the program keeps its state.
    pub fn state(&self) -> PathBuf {
        self.path().join("state")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_drsh"));
        command
            .args(arguments)
            .current_dir(self.path())
            .env("DRSH_STATE", self.state())
            .env("DRSH_ENV", self.path().join("lab/environment.toml"))
            .env("NO_COLOR", "1")
            .env("TERM", "xterm");
        command
    }

    /// Runs the program to its end, with this on its standard input.
    pub fn run(&self, arguments: &[&str], input: &str) -> Printed {
        let mut command = self.command(arguments);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        Printed {
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
            code: output.status.code(),
        }
    }

    /// Opens the program on a pseudo terminal.
    pub fn open(&self, arguments: &[&str]) -> PtySession {
        rexpect::session::spawn_command(self.command(arguments), Some(PATIENCE)).unwrap()
    }

    /// Writes a script.
    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).unwrap();
    }

    /// Runs a script that stops, with nobody there; returns the id of its run.
    pub fn stop(&self, script: &str) -> String {
        let before = self.runs();
        let printed = self.run(&[script], "");
        assert!(matches!(printed.code, Some(1 | 3)), "{}{}", printed.out, printed.err);
        self.runs().into_iter().find(|id| !before.contains(id)).unwrap()
    }

    /// Has the API of the source do this with every request whose way has `path` in it, from now on.
    pub fn strike(&self, method: &str, path: &str, fault: Fault) {
        let (server, method, path) = ("source".to_owned(), method.to_owned(), path.to_owned());
        self.lab.as_ref().unwrap().faults().arm(Rule { server, method, path, fault, times: None });
    }

    /// What the journals of all runs hold.
    pub fn journal(&self) -> Vec<String> {
        let file = |id: String| self.state().join("runs").join(id).join("journal.jsonl");
        self.runs().into_iter().map(|id| std::fs::read_to_string(file(id)).unwrap()).collect()
    }

    /// The ids of the runs.
    pub fn runs(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.state().join("runs")).into_iter().flatten();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(lab) = self.lab.take() {
            self.runtime.block_on(lab.stop());
        }
    }
}

/// Types a line and waits for what it must print, which does not stand in the line, then for the next prompt.
pub fn enter(terminal: &mut PtySession, line: &str, printed: &str) -> String {
    assert!(!line.contains(printed), "`{printed}` would be found in the echo");
    terminal.send_line(line).unwrap();
    let before = terminal.exp_string(printed).unwrap_or_else(|error| panic!("after `{line}`: {error}"));
    terminal.exp_string("> ").unwrap();
    before
}

/// Presses TAB until the line goes on with `wanted`: what is asked of a cluster is there a moment later.
pub fn complete(terminal: &mut PtySession, typed: &str, wanted: &str) {
    terminal.send(typed).unwrap();
    for _ in 0..100_000 {
        terminal.send("\t").unwrap();
        terminal.flush().unwrap();
        let bell = ReadUntil::String("\u{7}".to_owned());
        let (before, found) = terminal.exp_any(vec![ReadUntil::String(wanted.to_owned()), bell]).unwrap();
        if found == wanted || before.contains(wanted) {
            return;
        }
    }
    panic!("`{typed}` was never completed to `{wanted}`");
}
