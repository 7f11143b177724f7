//! A command under way on a host: its pipes, and how it ends.

use std::sync::Arc;
use std::time::Duration;

use openssh::{Error, Stdio};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};

use super::command::Command;
use super::failure::{innermost, lost};
use super::live::Live;
use super::session::Connection;
use crate::environment::Host;
use crate::gate::Permitted;
use crate::problem::Problem;
use crate::run::random_id;

/// How much a command may print for a script, in bytes.
const MOST: usize = 16 << 20;

/// How much is read of a pipe at a time, in bytes.
pub(super) const CHUNK: usize = 256 << 10;

/// How soon a host that has no room for a command is asked again.
const ROOM: Duration = Duration::from_millis(50);

/// The status that a shell gives for a program that it did not find.
const NOT_FOUND: i32 = 127;

/// Runs `command` until it ends with status 0; what it prints goes where `output` and `complaints` say.
///
/// A command that nobody waits for any more, as its time is up or the operator interrupts, is ended on the host.
/// Errors: `exit`, with the last line of what `complaints` gave back; `connection_lost`, also where the status came
/// and the connection died before all that was printed had; and those of the pipes.
pub(super) async fn carry_out(
    permitted: &Permitted<Host>,
    connection: &Arc<Connection>,
    command: &Command,
    input: impl AsyncFnOnce(openssh::ChildStdin) -> Result<(), Problem>,
    output: impl AsyncFnOnce(openssh::ChildStdout) -> Result<(), Problem>,
    complaints: impl AsyncFnOnce(openssh::ChildStderr) -> Result<Vec<u8>, Problem>,
) -> Result<String, Problem> {
    let what = command.to_string();
    let broke = |error: Error| lost(permitted, &what, &error);
    // It is never closed, so that there is a place sooner or later.
    let _place = connection.places.acquire().await;
    let left = permitted.deadline().saturating_duration_since(std::time::Instant::now());
    let mark = format!("{}{}", random_id(), random_id());
    let mut under_way = UnderWay { connection: connection.clone(), line: Some(command.ending(&mark)) };
    let line = command.line(left, &mark);
    let begun = loop {
        let command = &mut connection.session.raw_command(&line);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        match command.spawn().await {
            // Nothing began. The place of a command that ended is free a moment after its end is known.
            Err(error) if has_no_room(&error) => tokio::time::sleep(ROOM).await,
            begun => break begun,
        }
    };
    let mut child = begun.map_err(|error| {
        under_way.line = None;
        broke(error)
    })?;
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
    let complaining = async {
        match stderr {
            Some(stderr) => complaints(stderr).await,
            None => Ok(Vec::new()),
        }
    };
    // All three at once: a full pipe that nobody reads would stop the command.
    let (written, read, complaints) = futures::try_join!(
        async { Ok(writing.await) },
        unless_too_much(reading),
        unless_too_much(complaining)
    )?;
    let ended = child.wait().await;
    under_way.line = None;
    let code = match ended {
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
            // The status overtakes what is still to come: where the connection died, nobody knows that this was all.
            connection.session.check().await.map_err(broke)?;
            Ok(complaints)
        }
        code => Err(exit(permitted, &what, code, &complaints)),
    }
}

/// Whether a host takes no more commands on the connection.
fn has_no_room(error: &Error) -> bool {
    innermost(error).contains("Session open refused by peer")
}

/// Lets one that prints too much end everything: it would wait for ever for somebody to read the rest.
async fn unless_too_much<T>(
    reading: impl Future<Output = Result<T, Problem>>,
) -> Result<Result<T, Problem>, Problem> {
    match reading.await {
        Err(problem) if problem.kind == "output" => Err(problem),
        done => Ok(done),
    }
}

/// Ends the command on the host if it is dropped before the command ended.
struct UnderWay {
    connection: Arc<Connection>,
    line: Option<String>,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        if let Some(line) = self.line.take() {
            self.connection.end(&line);
        }
    }
}

/// Reads all of a pipe. Errors: `output` if it is more than a script may hold.
pub(super) async fn all(
    mut pipe: impl AsyncRead + Unpin,
    what: &str,
    mut live: Option<Live>,
) -> Result<Vec<u8>, Problem> {
    let (mut bytes, mut chunk) = (Vec::new(), vec![0; CHUNK]);
    loop {
        let count = pipe.read(&mut chunk).await.map_err(|error| cut_off(what, &error))?;
        if let Some(live) = &mut live {
            if count == 0 { live.finish()? } else { live.take(&chunk[..count])? }
        }
        if count == 0 {
            return Ok(bytes);
        }
        if bytes.len() + count > MOST {
            let message = format!("{what} printed more than {} MiB", MOST >> 20);
            return Err(
                Problem::new("output", message).hint("let it print less, or copy a file with ssh_get")
            );
        }
        bytes.extend_from_slice(&chunk[..count]);
    }
}

/// Says that a pipe to or from a host broke before all had moved through it.
pub(super) fn cut_off(what: &str, error: &std::io::Error) -> Problem {
    Problem::new("connection_lost", format!("{what} was cut off: {}", innermost(error)))
}

/// Writes `text` into a command; one that ends without reading all of it has its own reasons.
pub(super) async fn give(mut stdin: openssh::ChildStdin, text: &[u8]) -> Result<(), Problem> {
    let _ = stdin.write_all(text).await;
    let _ = stdin.shutdown().await;
    Ok(())
}

/// Says how a command ended that did not end well.
pub(super) fn exit(host: &Host, what: &str, code: Option<i32>, complaints: &str) -> Problem {
    let last = complaints.lines().rev().map(str::trim).find(|line| !line.is_empty());
    let said = last.map_or(String::new(), |line| format!(": {line}"));
    let problem = match code {
        Some(NOT_FOUND) => {
            Problem::new("exit", format!("{what} on {host} ended with status 127: no such program{said}"))
        }
        Some(code @ 129..=192) => {
            let signal = code - 128;
            let message =
                format!("{what} on {host} ended with status {code}, as after signal {signal}{said}");
            Problem::new("exit", message)
        }
        Some(code) => Problem::new("exit", format!("{what} on {host} ended with status {code}{said}")),
        None => Problem::new("exit", format!("{what} on {host} was ended by a signal{said}")),
    };
    let says = |words: &str| complaints.contains(words);
    if says("sudo: a password is required") || says("sudo: a terminal is required") {
        return problem.hint("the user may not use sudo without a password; use one that may");
    }
    if says("is not in the sudoers file") || says("may not run sudo") || says("is not allowed to execute") {
        return problem.hint("the user may not use sudo; use one that may");
    }
    if code == Some(NOT_FOUND) && (says("sudo: not found") || says("sudo: command not found")) {
        return problem.hint("the host has no sudo; log in as a user that needs none");
    }
    problem
}
