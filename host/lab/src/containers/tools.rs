//! The small tools that every image has: `cat`, `ls`, `rm`, `stat`, `test`, `df`, `sha256sum` and a few more.

use std::fmt::Write as _;
use std::io;

use sha2::{Digest, Sha256};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};

use super::files::Files;
use crate::apiserver::{ExecRequest, ExitStatus};

/// The streams of a command that runs in a container.
pub struct Console {
    /// What is typed in, if the caller sends anything.
    pub stdin: Option<Box<dyn AsyncRead + Send + Unpin>>,
    stdout: Box<dyn AsyncWrite + Send + Unpin>,
    stderr: Box<dyn AsyncWrite + Send + Unpin>,
}

impl Console {
    /// Takes a request apart: the streams, and the command.
    #[must_use]
    pub fn of(request: ExecRequest) -> (Self, Vec<String>) {
        let ExecRequest { command, stdin, stdout, stderr, .. } = request;
        (Self { stdin, stdout, stderr }, command)
    }

    /// Writes to standard output; a caller who went away ends the command as SIGPIPE does.
    pub async fn print(&mut self, bytes: &[u8]) -> Result<(), ExitStatus> {
        written(self.stdout.write_all(bytes).await)?;
        written(self.stdout.flush().await)
    }

    /// Writes to standard error.
    pub async fn complain(&mut self, text: &str) -> Result<(), ExitStatus> {
        written(self.stderr.write_all(text.as_bytes()).await)?;
        written(self.stderr.flush().await)
    }

    /// Writes one line to standard error and makes the exit status to leave with.
    pub async fn fail(&mut self, code: i32, text: &str) -> ExitStatus {
        match self.complain(&format!("{text}\n")).await {
            Ok(()) => ExitStatus::Code(code),
            Err(gone) => gone,
        }
    }
}

fn written(result: io::Result<()>) -> Result<(), ExitStatus> {
    const SIGPIPE: i32 = 128 + 13;
    result.map_err(|_| ExitStatus::Code(SIGPIPE))
}

/// A command taken apart, with what `env` sets in front of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation<'a> {
    /// The variables that `env` sets.
    pub env: Vec<(&'a str, &'a str)>,
    /// The program's name without its folder.
    pub program: &'a str,
    /// Its arguments.
    pub arguments: &'a [String],
}

impl<'a> Invocation<'a> {
    /// Takes `command` apart; `env A=b program` counts as `program`.
    #[must_use]
    pub fn of(command: &'a [String]) -> Self {
        let mut env = Vec::new();
        let mut rest = command;
        while let Some((first, arguments)) = rest.split_first() {
            let program = first.rsplit('/').next().unwrap_or(first);
            if program != "env" || arguments.is_empty() {
                return Self { env, program, arguments };
            }
            let set = arguments.iter().map_while(|word| word.split_once('='));
            env.extend(set.clone());
            rest = &arguments[set.count()..];
        }
        Self { env, program: "env", arguments: rest }
    }
}

/// Runs one of the tools; a program that the image does not have ends as the container runtime says it.
pub async fn run(invocation: &Invocation<'_>, files: &Files, console: &mut Console) -> ExitStatus {
    let Invocation { env, program, arguments } = invocation;
    let paths: Vec<&str> = arguments.iter().map(String::as_str).filter(|a| !a.starts_with('-')).collect();
    let flags: String = arguments.iter().filter(|a| a.starts_with('-')).map(String::as_str).collect();
    let outcome = match *program {
        "true" => return ExitStatus::Success,
        "false" => return ExitStatus::Code(1),
        "echo" => print_text(console, &format!("{}\n", arguments.join(" "))).await,
        "env" => {
            let text = env.iter().fold(String::new(), |text, (name, value)| text + name + "=" + value + "\n");
            print_text(console, &text).await
        }
        "hostname" => cat(&["/etc/hostname"], files, console).await,
        "cat" => cat(&paths, files, console).await,
        "ls" => ls(&paths, &flags, files, console).await,
        "rm" => rm(&paths, &flags, files, console).await,
        "stat" => stat(arguments, files, console).await,
        "sha256sum" => sha256sum(&paths, files, console).await,
        "df" => df(&paths, &flags, files, console).await,
        "test" | "[" => return test(arguments, files),
        other => {
            let text = format!("executable file `{other}` not found in $PATH: No such file or directory");
            return console.fail(127, &text).await;
        }
    };
    match outcome {
        Ok(()) => ExitStatus::Success,
        Err(status) => status,
    }
}

type Outcome = Result<(), ExitStatus>;

async fn print_text(console: &mut Console, text: &str) -> Outcome {
    console.print(text.as_bytes()).await
}

async fn missing(program: &str, path: &str, console: &mut Console) -> ExitStatus {
    console.fail(1, &format!("{program}: {path}: No such file or directory")).await
}

async fn cat(paths: &[&str], files: &Files, console: &mut Console) -> Outcome {
    for path in paths {
        let Some(bytes) = files.read(path) else { return Err(missing("cat", path, console).await) };
        console.print(&bytes).await?;
    }
    Ok(())
}

async fn ls(paths: &[&str], flags: &str, files: &Files, console: &mut Console) -> Outcome {
    let paths = if paths.is_empty() { &["/"] } else { paths };
    let mut text = String::new();
    for path in paths {
        let entries: Vec<(String, Option<u64>)> = if let Some(bytes) = files.read(path) {
            vec![((*path).to_owned(), Some(bytes.len() as u64))]
        } else if files.is_folder(path) {
            files.children(path).into_iter().collect()
        } else {
            let message = format!("ls: cannot access '{path}': No such file or directory");
            return Err(console.fail(2, &message).await);
        };
        for (name, size) in entries {
            if flags.contains('l') {
                let kind = if size.is_some() { "-rw-------." } else { "drwx------." };
                let _ = write!(text, "{kind} 1 root root {:>12} Jan  1 00:00 ", size.unwrap_or(0));
            }
            let _ = writeln!(text, "{name}");
        }
    }
    print_text(console, &text).await
}

async fn rm(paths: &[&str], flags: &str, files: &Files, console: &mut Console) -> Outcome {
    for path in paths {
        if files.read(path).is_none() && files.is_folder(path) && !flags.contains('r') {
            return Err(console.fail(1, &format!("rm: cannot remove '{path}': Is a directory")).await);
        }
        match files.remove(path) {
            Ok(found) if found || flags.contains('f') => {}
            Ok(_) => {
                let text = format!("rm: cannot remove '{path}': No such file or directory");
                return Err(console.fail(1, &text).await);
            }
            Err(error) => return Err(console.fail(1, &format!("rm: cannot remove '{path}': {error}")).await),
        }
    }
    Ok(())
}

async fn stat(arguments: &[String], files: &Files, console: &mut Console) -> Outcome {
    let mut format = "%n %s".to_owned();
    let mut paths = Vec::new();
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        if word == "-c" || word == "--format" {
            format = words.next().cloned().unwrap_or_default();
        } else if let Some(given) = word.strip_prefix("--format=").or_else(|| word.strip_prefix("-c")) {
            given.clone_into(&mut format);
        } else if !word.starts_with('-') {
            paths.push(word);
        }
    }
    for path in paths {
        let Some(bytes) = files.read(path) else {
            let text = format!("stat: cannot statx '{path}': No such file or directory");
            return Err(console.fail(1, &text).await);
        };
        let line = format.replace("%n", path).replace("%s", &bytes.len().to_string());
        print_text(console, &format!("{line}\n")).await?;
    }
    Ok(())
}

async fn sha256sum(paths: &[&str], files: &Files, console: &mut Console) -> Outcome {
    for path in paths {
        let Some(bytes) = files.read(path) else { return Err(missing("sha256sum", path, console).await) };
        print_text(console, &format!("{}  {path}\n", hex(&Sha256::digest(bytes.as_slice())))).await?;
    }
    Ok(())
}

async fn df(paths: &[&str], flags: &str, files: &Files, console: &mut Console) -> Outcome {
    let (unit, title) = match (flags.contains("B1"), flags.contains('P')) {
        (true, _) => (1, "1B-blocks"),
        (false, true) => (1024, "1024-blocks"),
        (false, false) => (1024, "1K-blocks"),
    };
    let only_available = flags.contains("--output=avail");
    let mut text = if only_available {
        "     Avail\n".to_owned()
    } else {
        format!("Filesystem     {title}      Used Available Use% Mounted on\n")
    };
    for path in if paths.is_empty() { &["/"] } else { paths } {
        if files.read(path).is_none() && !files.is_folder(path) {
            return Err(missing("df", path, console).await);
        }
        let (at, Some(tree), _) = files.locate(path) else { continue };
        let usage = tree.usage();
        let available = usage.capacity.saturating_sub(usage.used) / unit;
        if only_available {
            let _ = writeln!(text, "{available}");
            continue;
        }
        let share = (usage.used * 100).div_ceil(usage.capacity.max(1));
        let at = if at.starts_with('/') { at.to_owned() } else { format!("/{at}") };
        let (whole, used) = (usage.capacity / unit, usage.used / unit);
        let _ = writeln!(text, "/dev/nvme1n1 {whole:>12} {used:>9} {available:>9} {share:>3}% {at}");
    }
    print_text(console, &text).await
}

fn test(arguments: &[String], files: &Files) -> ExitStatus {
    let words: Vec<&str> = arguments.iter().map(String::as_str).filter(|w| *w != "]").collect();
    let holds = match words.as_slice() {
        ["-e", path] => files.read(path).is_some() || files.is_folder(path),
        ["-f", path] => files.read(path).is_some(),
        ["-d", path] => files.read(path).is_none() && files.is_folder(path),
        ["-s", path] => files.read(path).is_some_and(|bytes| !bytes.is_empty()),
        ["!", rest @ ..] => {
            let rest: Vec<String> = rest.iter().map(|w| (*w).to_owned()).collect();
            return match test(&rest, files) {
                ExitStatus::Success => ExitStatus::Code(1),
                ExitStatus::Code(1) => ExitStatus::Success,
                other => other,
            };
        }
        _ => return ExitStatus::Code(2),
    };
    if holds { ExitStatus::Success } else { ExitStatus::Code(1) }
}

/// Bytes as lower-case hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn env_in_front_of_a_program_sets_its_variables() {
        let command =
            ["/usr/bin/env", "ETCDCTL_API=3", "A=b=c", "/usr/bin/etcdctl", "version"].map(str::to_owned);
        let invocation = Invocation::of(&command);
        assert_eq!(invocation.env, [("ETCDCTL_API", "3"), ("A", "b=c")]);
        assert_eq!((invocation.program, invocation.arguments), ("etcdctl", &command[4..]));
    }
}
