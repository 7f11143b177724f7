//! A command under way on a host: its pipes, and how it ends.

use openssh::{Error, Stdio};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};

use super::command::Command;
use super::failure::{innermost, lost};
use super::session::Connection;
use crate::environment::Host;
use crate::gate::Permitted;
use crate::problem::Problem;

/// How much a command may print for a script, in bytes.
const MOST: u64 = 16 << 20;

/// The status that a shell gives for a program that it did not find.
const NOT_FOUND: i32 = 127;

/// Runs `command`; returns what it wrote to stderr, once it ended with status 0.
///
/// Errors: `exit`, `connection_lost`, `output`, and those of the pipes.
pub(super) async fn carry_out(
    permitted: &Permitted<Host>,
    connection: &Connection,
    command: &Command,
    input: impl AsyncFnOnce(openssh::ChildStdin) -> Result<(), Problem>,
    output: impl AsyncFnOnce(openssh::ChildStdout) -> Result<(), Problem>,
) -> Result<String, Problem> {
    let what = command.to_string();
    let broke = |error: Error| lost(permitted, &what, &error);
    let left = permitted.deadline().saturating_duration_since(std::time::Instant::now());
    let mut child = connection
        .session
        .raw_command(command.line(left))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .await
        .map_err(broke)?;
    let (stdin, stdout, stderr) = (child.stdin().take(), child.stdout().take(), child.stderr().take());
    let writing = async {
        match stdin {
            Some(stdin) => input(stdin).await,
            None => Ok(()),
        }
    };
    let reading = async {
        match stdout {
            Some(stdout) => output(stdout).await,
            None => Ok(()),
        }
    };
    let complaints = async {
        match stderr {
            Some(stderr) => all(stderr, &what).await,
            None => Ok(Vec::new()),
        }
    };
    // All three at once: a full pipe that nobody reads would stop the command.
    let (written, read, complaints) = futures::join!(writing, reading, complaints);
    let code = match child.wait().await {
        Ok(status) => status.code(),
        Err(Error::Remote(error)) if error.kind() == std::io::ErrorKind::NotFound => Some(NOT_FOUND),
        Err(Error::RemoteProcessTerminated) if connection.session.check().await.is_ok() => None,
        Err(error) => return Err(broke(error)),
    };
    let complaints = String::from_utf8_lossy(&complaints?).into_owned();
    match code {
        Some(0) => {
            written?;
            read?;
            Ok(complaints)
        }
        code => Err(ended(permitted, &what, code, &complaints)),
    }
}

/// Reads all of a pipe. Errors: `output` if it is more than a script may hold.
pub(super) async fn all(pipe: impl AsyncRead + Unpin, what: &str) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    let mut limited = pipe.take(MOST + 1);
    let read = limited.read_to_end(&mut bytes).await;
    read.map_err(|error| {
        Problem::new("connection_lost", format!("{what} was cut off: {}", innermost(&error)))
    })?;
    if bytes.len() as u64 > MOST {
        let message = format!("{what} printed more than {} MiB", MOST >> 20);
        return Err(Problem::new("output", message).hint("let it print less, or copy a file with ssh_get"));
    }
    Ok(bytes)
}

/// Writes `text` into a command; one that ends without reading all of it has its own reasons.
pub(super) async fn give(mut stdin: openssh::ChildStdin, text: &[u8]) -> Result<(), Problem> {
    let _ = stdin.write_all(text).await;
    let _ = stdin.shutdown().await;
    Ok(())
}

fn ended(host: &Host, what: &str, code: Option<i32>, complaints: &str) -> Problem {
    let how = match code {
        Some(124) => "was ended by its limit".to_owned(),
        Some(NOT_FOUND) => "ended with status 127: no such program".to_owned(),
        Some(code) => format!("ended with status {code}"),
        None => "was ended by a signal".to_owned(),
    };
    let last = complaints.lines().rev().map(str::trim).find(|line| !line.is_empty());
    let said = last.map_or(String::new(), |line| format!(": {line}"));
    let problem = Problem::new("exit", format!("{what} on {host} {how}{said}"));
    if complaints.contains("sudo: a password is required")
        || complaints.contains("sudo: a terminal is required")
    {
        return problem.hint("the user may not use sudo without a password; use one that may");
    }
    problem
}
