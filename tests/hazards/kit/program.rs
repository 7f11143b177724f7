//! The program as a process: its arguments, what it prints, what others can see of it, its journal.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use drsh::environment::Environment;
use serde_json::Value;

use super::World;

/// What the program printed, how it ended, and what others saw of the process.
pub struct Printed {
    pub out: String,
    pub err: String,
    pub code: i32,
    pub run: String,
    /// Argument lists and environments, of the program and of what it started.
    pub seen: BTreeSet<String>,
}

impl Printed {
    /// Fails unless the program ended well.
    pub fn well(self) -> Self {
        assert_eq!(self.code, 0, "{self}");
        self
    }

    /// Fails unless the program stopped with `code`, in the four parts, and each of `words` in what it says.
    pub fn stopped(self, code: i32, words: &[&str]) -> Self {
        assert_eq!(self.code, code, "{self}");
        let at = |mark: &str| self.err.find(mark).unwrap_or_else(|| panic!("no `{mark}`:\n{self}"));
        let parts = [at("error: "), at("  --> "), at("\nstate: "), at("\nhint: ")];
        assert!(parts.is_sorted(), "{self}");
        assert!(self.err.contains(&format!("run {} is saved", self.run)), "{self}");
        for word in words {
            assert!(self.err.contains(word), "not said: {word}\n{self}");
        }
        self
    }

    /// The line that begins with `mark`, such as `hint: `.
    pub fn line(&self, mark: &str) -> &str {
        self.err.lines().find(|line| line.starts_with(mark)).unwrap_or_else(|| panic!("no `{mark}`:\n{self}"))
    }
}

impl std::fmt::Display for Printed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "exit {}\n{}\n{}", self.code, self.out, self.err)
    }
}

impl World {
    /// Carries out a shipped script, such as `backup_hcp`.
    pub fn run(&self, script: &str) -> Printed {
        self.run_with(script, &[])
    }

    /// Does as [`World::run`], with further arguments.
    pub fn run_with(&self, script: &str, further: &[&str]) -> Printed {
        let mut arguments =
            vec![format!("scripts/{script}.rhai"), "--env".to_owned(), self.write_environment()];
        arguments.extend(further.iter().map(|&argument| argument.to_owned()));
        self.start(arguments)
    }

    /// Carries out a shipped script until it reports that `step` is done, and kills the program at that moment.
    pub fn kill_after(&self, script: &str, step: &str) -> Printed {
        let script = format!("scripts/{script}.rhai");
        killed_after(self.spawn(vec![script, "--env".to_owned(), self.write_environment()]), step)
    }

    /// Carries out a shipped script in a process with these variables besides.
    pub fn run_killed(&self, script: &str, variables: &[(&str, String)]) -> Printed {
        let mut arguments =
            vec![format!("scripts/{script}.rhai"), "--env".to_owned(), self.write_environment()];
        arguments
            .extend(self.approved.iter().flat_map(|phase| ["--approve".to_owned(), (*phase).to_owned()]));
        ended(started_with(&arguments, self.place(), &self.state(), variables))
    }

    /// Carries out a script of the test's own.
    pub fn run_text(&self, text: &str) -> Printed {
        let file = self.place().join("of-the-test.rhai");
        std::fs::write(&file, text).unwrap();
        let environment = self.write_environment();
        self.start(vec![file.display().to_string(), "--env".to_owned(), environment])
    }

    /// Goes on with a run that stopped.
    pub fn resume(&self, printed: &Printed) -> Printed {
        self.write_environment();
        self.start(vec!["resume".to_owned(), printed.run.clone()])
    }

    /// Undoes what a run did.
    pub fn go_back(&self, printed: &Printed) -> Printed {
        self.write_environment();
        self.start(vec!["undo".to_owned(), printed.run.clone()])
    }

    /// Does as [`World::go_back`], in a process with these variables besides.
    pub fn go_back_killed(&self, printed: &Printed, variables: &[(&str, String)]) -> Printed {
        self.write_environment();
        ended(started_with(&["undo", &printed.run], self.place(), &self.state(), variables))
    }

    /// Writes the environment file, and gives its path.
    pub fn write_environment(&self) -> String {
        written(&self.environment, self.place())
    }

    fn spawn(&self, mut arguments: Vec<String>) -> Child {
        for phase in &self.approved {
            arguments.extend(["--approve".to_owned(), (*phase).to_owned()]);
        }
        if self.is_hasty {
            arguments.extend(["--stdlib".to_owned(), self.hasty_stdlib().display().to_string()]);
        }
        started(&arguments, self.place(), &self.state())
    }

    /// Starts the program with these arguments and those of the world, and waits for its end.
    pub fn start(&self, arguments: Vec<String>) -> Printed {
        ended(self.spawn(arguments))
    }

    /// Where runs are kept.
    pub fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// The journal of a run, record by record.
    pub fn journal(&self, printed: &Printed) -> Vec<Value> {
        journal_in(&self.state(), printed)
    }
}

/// Starts the program in `place`, with its runs in `state`, and nobody at its terminal.
pub fn started(arguments: &[impl AsRef<std::ffi::OsStr>], place: &Path, state: &Path) -> Child {
    started_with(arguments, place, state, &[])
}

/// Does as [`started`], with further variables in its environment.
pub fn started_with(
    arguments: &[impl AsRef<std::ffi::OsStr>],
    place: &Path,
    state: &Path,
    variables: &[(&str, String)],
) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_drsh"));
    command.envs(variables.iter().map(|(name, value)| (name, value)));
    command.args(arguments).current_dir(place).env("DRSH_STATE", state).env_remove("DRSH_ENV");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Writes the environment file of `place`, and gives its path.
pub fn written(environment: &Environment, place: &Path) -> String {
    let file = place.join("environment.toml");
    std::fs::write(&file, toml::to_string(environment).unwrap()).unwrap();
    file.display().to_string()
}

/// The line that reports a step as done begins so.
pub fn report_of(step: &str) -> String {
    format!("  done  {step} ")
}

/// Waits until the program reports that `step` is done, and kills it at that moment.
pub fn killed_after(mut child: Child, step: &str) -> Printed {
    let (mut out, mut err) = (String::new(), String::new());
    let wanted = report_of(step);
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        writeln!(out, "{line}").unwrap();
        if line.starts_with(&wanted) {
            child.kill().unwrap();
            break;
        }
    }
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    let code = child.wait().unwrap().code().unwrap_or(-1);
    Printed { run: run_of(&out), out, err, code, seen: BTreeSet::new() }
}

/// Waits until the program ends, and gives what it printed meanwhile.
pub fn ended(mut child: Child) -> Printed {
    let (process, stdout) = (child.id(), child.stdout.take().unwrap());
    let mut stderr = child.stderr.take().unwrap();
    let errors = std::thread::spawn(move || {
        let mut text = String::new();
        stderr.read_to_string(&mut text).map(|_| text)
    });
    let (mut out, mut seen) = (String::new(), BTreeSet::new());
    for line in BufReader::new(stdout).lines() {
        writeln!(out, "{}", line.unwrap()).unwrap();
        look_at(process, &mut seen);
    }
    let err = errors.join().unwrap().unwrap();
    let code = child.wait().unwrap().code().unwrap_or(-1);
    Printed { run: run_of(&out), out, err, code, seen }
}

/// The records of a journal.
pub fn journal_in(state: &Path, printed: &Printed) -> Vec<Value> {
    let file = state.join("runs").join(&printed.run).join("journal.jsonl");
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{error}\n{printed}"));
    let record = |line: &str| -> Value { serde_json::from_str::<Value>(line).unwrap()["record"].take() };
    text.lines().map(record).collect()
}

/// The id of the run that the program said to begin.
pub fn run_of(out: &str) -> String {
    let run = out.split(", run ").nth(1).and_then(|rest| rest.split_whitespace().next());
    run.unwrap_or_default().to_owned()
}

/// Takes down what everybody on the machine can see of a process and of those that it started.
fn look_at(process: u32, seen: &mut BTreeSet<String>) {
    let base = PathBuf::from(format!("/proc/{process}"));
    for file in ["cmdline", "environ"] {
        if let Ok(bytes) = std::fs::read(base.join(file)) {
            seen.insert(String::from_utf8_lossy(&bytes).replace('\0', "\n"));
        }
    }
    let Ok(children) = std::fs::read_to_string(base.join(format!("task/{process}/children"))) else { return };
    for child in children.split_whitespace().filter_map(|id| id.parse().ok()) {
        look_at(child, seen);
    }
}

/// The ids of the steps that ended well, in their order, from a journal.
pub fn steps_done(journal: &[Value]) -> Vec<&str> {
    let done = journal.iter().filter(|record| record["type"] == "step-done");
    done.filter_map(|record| record["step"].as_str()?.split_whitespace().next()).collect()
}
