//! A command under way on a host: its arguments, surroundings and streams, and how it is found and started.

use std::collections::BTreeMap;

use futures::future::BoxFuture;

use super::Host;
use super::files::{Errno, View};
use super::process::{Exit, Origin, Running, Signal};
use super::programs;
use super::shell::Shell;
use super::stream::{Input, Output, Unwritten};

/// How a command ends: well, or as the exit says.
pub type End = Result<(), Exit>;

/// The streams of a command.
#[derive(Clone)]
pub struct Streams {
    /// What it reads.
    pub stdin: Input,
    /// What it prints.
    pub stdout: Output,
    /// What it complains about.
    pub stderr: Output,
}

impl Streams {
    /// Reads nothing, and keeps nothing.
    #[must_use]
    pub fn nowhere() -> Self {
        Self { stdin: Input::Nothing, stdout: Output::Nothing, stderr: Output::Nothing }
    }
}

/// A command under way. A clone is the same command for a part of its work.
#[derive(Clone)]
pub struct Call {
    /// The host.
    pub host: Host,
    /// Where its child processes begin.
    pub origin: Origin,
    /// The files as its user sees them.
    pub view: View,
    /// The environment variables.
    pub env: BTreeMap<String, String>,
    /// The name it was called by, and its arguments.
    pub arguments: Vec<String>,
    /// Its streams.
    pub streams: Streams,
}

/// How every program file begins; its name follows. Copies and links of it are the same program.
const PROGRAM: &str = "\u{7f}ELF lab program ";

/// The content of the file of a program.
pub(super) fn program_file(name: &str) -> Vec<u8> {
    format!("{PROGRAM}{name}\n").into_bytes()
}

/// What a command's file turned out to be.
enum Found {
    Program(String),
    Script { interpreter: String, path: String },
}

impl Call {
    /// The name it was called by.
    #[must_use]
    pub fn name(&self) -> &str {
        let whole = self.arguments.first().map(String::as_str).unwrap_or_default();
        whole.rsplit('/').next().unwrap_or(whole)
    }

    /// Its arguments, without its name.
    #[must_use]
    pub fn words(&self) -> &[String] {
        self.arguments.get(1..).unwrap_or_default()
    }

    /// The same call for another command.
    #[must_use]
    pub fn with(&self, arguments: &[String]) -> Self {
        Self { arguments: arguments.to_vec(), ..self.clone() }
    }

    /// Starts the command as a process of its own and runs it to its end.
    pub fn run(mut self) -> BoxFuture<'static, End> {
        Box::pin(async move {
            let running = self.begin();
            self.origin = running.child();
            running.until_killed(self.run_in_place()).await
        })
    }

    /// Starts the command as a process that nobody waits for; gives its id.
    pub fn run_apart(mut self) -> u32 {
        let running = self.begin();
        self.origin = running.child();
        let id = running.process.id;
        tokio::spawn(async move { running.until_killed(self.run_in_place()).await });
        id
    }

    /// Begins the process of the command, without doing anything yet.
    fn begin(&self) -> Running {
        self.host.processes().begin(self.origin, self.view.user(), &self.arguments.join(" "))
    }

    /// Runs the command in the process that runs already, as `exec` does.
    pub fn run_in_place(mut self) -> BoxFuture<'static, End> {
        Box::pin(async move {
            self.host.processes().rename(self.origin.parent, &self.arguments.join(" "));
            match self.find()? {
                Found::Program(name) => programs::run(&name, self).await,
                Found::Script { interpreter, path } => {
                    if !interpreter.ends_with("sh") {
                        let text =
                            format!("{path}: {interpreter}: bad interpreter: No such file or directory");
                        return Err(self.fail(126, &text).await);
                    }
                    self.arguments =
                        [interpreter, path].into_iter().chain(self.arguments[1..].to_vec()).collect();
                    Shell::main(self).await
                }
            }
        })
    }

    /// Looks for the file of the command where `PATH` says.
    fn find(&self) -> Result<Found, Exit> {
        let name = self.arguments.first().cloned().unwrap_or_default();
        let path = self.locate(&name).ok_or(Exit::Code(127))?;
        if !self.view.allows(&path, 1) || self.view.meta(&path).is_ok_and(|meta| meta.is_folder()) {
            return Err(Exit::Code(126));
        }
        let bytes = self.view.of(super::User::Root).read(&path).map_err(|_| Exit::Code(126))?;
        let text = String::from_utf8_lossy(&bytes);
        let first = text.lines().next().unwrap_or_default();
        if let Some(program) = first.strip_prefix(PROGRAM) {
            return Ok(Found::Program(program.to_owned()));
        }
        let interpreter = first.strip_prefix("#!").unwrap_or("/bin/sh").trim();
        let interpreter = interpreter.rsplit([' ', '/']).next().unwrap_or("sh");
        Ok(Found::Script { interpreter: interpreter.to_owned(), path })
    }

    /// The path of a command; `None` if there is no such file.
    #[must_use]
    pub fn locate(&self, name: &str) -> Option<String> {
        if name.contains('/') {
            return self.view.meta(name).is_ok().then(|| name.to_owned());
        }
        let folders = self.env.get("PATH").map(String::as_str).unwrap_or_default();
        let candidates = folders.split(':').map(|folder| format!("{folder}/{name}"));
        candidates
            .into_iter()
            .find(|path| !name.is_empty() && self.view.meta(path).is_ok_and(|meta| meta.is_file()))
    }

    /// Why the command cannot be started, in the words of a shell; `None` if it can.
    #[must_use]
    pub fn obstacle(&self) -> Option<(u8, String)> {
        let name = self.arguments.first().map(String::as_str).unwrap_or_default();
        match self.find() {
            Ok(_) => None,
            Err(Exit::Code(127)) if name.contains('/') => Some((127, format!("{name}: {}", Errno::NotFound))),
            Err(Exit::Code(127)) => Some((127, format!("{name}: command not found"))),
            Err(_) => Some((126, format!("{name}: {}", Errno::Denied))),
        }
    }

    /// Prints to standard output.
    pub async fn print(&self, bytes: impl AsRef<[u8]>) -> End {
        let written = self.streams.stdout.write(bytes.as_ref()).await;
        match written {
            Ok(()) => Ok(()),
            Err(Unwritten::Gone) => Err(Exit::Signal(Signal::Pipe)),
            Err(Unwritten::NoSpace) => {
                let text = format!("{}: write error: {}", self.name(), Errno::NoSpace);
                Err(self.fail(1, &text).await)
            }
        }
    }

    /// Prints a line to standard error.
    pub async fn complain(&self, line: &str) -> End {
        match self.streams.stderr.write(format!("{line}\n").as_bytes()).await {
            Err(Unwritten::Gone) => Err(Exit::Signal(Signal::Pipe)),
            Ok(()) | Err(Unwritten::NoSpace) => Ok(()),
        }
    }

    /// Prints a line to standard error, and gives the exit to leave with.
    pub async fn fail(&self, code: u8, line: &str) -> Exit {
        match self.complain(line).await {
            Ok(()) => Exit::Code(code),
            Err(gone) => gone,
        }
    }
}
