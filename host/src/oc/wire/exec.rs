//! Runs a command in a container over a WebSocket.
//!
//! The channels are read here and not by the client crate: its own pipe never ends when the connection dies in
//! mid-stream, because dropping the writer of a tokio simplex pipe gives the reader no end of file.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use http::Request;
use kube::core::subresource::AttachParams;
use serde_json::Value;
use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_util::task::AbortOnDropHandle;

use super::request::built;
use super::trouble::{self, Failure};
use super::{Reached, place, reach};
use crate::environment::Target;
use crate::output::Output;
use crate::problem::Problem;
use crate::retry::{self, Setback};
use crate::run::spoken;
use crate::stream::Opened;

const STDIN: u8 = 0;
const STDOUT: u8 = 1;
const STDERR: u8 = 2;
const STATUS: u8 = 3;
const CLOSE: u8 = 255;

/// How much of stdin goes into one message, in bytes.
const CHUNK: usize = 64 << 10;

/// How often the other side is asked for a sign of life.
const PING: Duration = Duration::from_secs(20);

/// How long it may give none.
const SILENCE: Duration = Duration::from_secs(90);

/// How long output may still follow the status.
const AFTER_STATUS: Duration = Duration::from_secs(2);

/// How long a command whose output is read while it runs may take to start.
const OPENING: Duration = Duration::from_secs(30);

/// How much of its output may wait to be read, in bytes.
const AHEAD: usize = 256 << 10;

/// How much of stdout is taken into memory, in bytes.
const LONGEST_STDOUT: usize = 16 << 20;

/// How much of stderr is kept: its end, in bytes.
const LONGEST_STDERR: usize = 64 << 10;

/// A command for a container.
#[derive(Debug, Clone)]
pub(crate) struct Command {
    /// The pod.
    pub pod: String,
    /// The container; the only one where not said.
    pub container: Option<String>,
    /// Program and arguments; no shell sees them.
    pub arguments: Vec<String>,
    /// What it reads, if anything.
    pub stdin: Option<crate::secret::Secret>,
    /// Whether it may be run again when the connection broke.
    pub repeatable: bool,
    /// Whether it looks at what an earlier change makes, so that a plan cannot tell its answer.
    pub follows_change: bool,
}

/// How a command ended that gave a status.
#[derive(Debug)]
struct Ended {
    /// Its exit status.
    code: i64,
    /// The end of what it wrote to stderr.
    stderr: String,
}

/// A command that runs.
struct Running {
    connection: kube::client::Connection,
    command: Command,
}

/// Runs a command to its end and gives back what it printed.
///
/// Errors: `exit`, `connection_lost`, `output`, and those of a request.
pub(crate) async fn run(cluster: Reached, command: &Command) -> Result<Output, Problem> {
    let what = format!("cluster {}: run {}", cluster.name(), command.about());
    // How long the command takes is its own affair: only the call's deadline bounds it.
    let limit = cluster.deadline().saturating_duration_since(std::time::Instant::now());
    retry::until_deadline_each(&cluster, limit, &what, || async {
        let lost = |failure: Failure| {
            let again = failure.passing && (command.repeatable || failure.untouched);
            if again { Setback::passing(failure.problem) } else { Setback::last(failure.problem) }
        };
        let running = start(&cluster, command, cluster.attempt()).await.map_err(lost)?;
        let mut stdout = Capped::default();
        let ended = running.finish(&mut stdout).await.map_err(|problem| {
            let again = command.repeatable && &*problem.kind == "connection_lost";
            if again { Setback::passing(problem) } else { Setback::last(problem) }
        })?;
        let stderr = ended.content(command)?;
        let stdout = String::from_utf8(stdout.bytes).map_err(|_| {
            Problem::new("output", format!("{} printed what is no text in UTF-8", command.about()))
                .hint("`oc_exec_stream` takes bytes as they are")
        })?;
        Ok(Output::new(&stdout, &stderr))
    })
    .await
}

/// Starts a command and gives its stdout to be read while it runs.
pub(crate) async fn open(cluster: Reached, command: Command) -> Result<Opened, Problem> {
    let running = start(&cluster, &command, OPENING).await.map_err(|failure| failure.problem)?;
    let (reader, writer) = tokio::io::duplex(AHEAD);
    // The writer goes with the task: the reader then comes to its end, whatever became of the connection.
    let task = AbortOnDropHandle::new(tokio::spawn(running.finish(writer)));
    let finish = Box::pin(async move {
        let ended = task.await.map_err(|error| Problem::new("internal", error.to_string()))??;
        ended.content(&command).map(|_| ())
    });
    Ok(Opened { reader: Box::new(reader), finish })
}

async fn start(cluster: &Reached, command: &Command, limit: Duration) -> Result<Running, Failure> {
    let link = reach(cluster).await.map_err(Failure::lasting)?;
    let path = place::of(cluster, &link, "pods").await.map_err(Failure::lasting)?.path();
    let what = format!("run {}", command.about());
    let request = request(&path, command).map_err(Failure::lasting)?;
    match timeout(limit, link.client.connect(request)).await {
        Ok(Ok(connection)) => Ok(Running { connection, command: command.clone() }),
        Ok(Err(kube::Error::Api(status))) => Err(trouble::refused(cluster, &link.origin, &status, &what)),
        Ok(Err(error)) => Err(trouble::unanswered(cluster, &link.server, &error)),
        Err(_) => {
            let message = format!("cluster {} did not {what} within {}", cluster.name(), spoken(limit));
            Err(Failure::lasting(Problem::new("timeout", message)))
        }
    }
}

fn request(path: &str, command: &Command) -> Result<Request<Vec<u8>>, Problem> {
    let parameters = AttachParams {
        container: command.container.clone(),
        stdin: command.stdin.is_some(),
        stdout: true,
        stderr: true,
        ..AttachParams::default()
    };
    built(kube::core::Request::new(path).exec(&command.pod, command.arguments.clone(), &parameters))
}

impl Command {
    /// Which program in which pod, for sentences; its arguments are not said.
    pub(crate) fn about(&self) -> String {
        let program = self.arguments.first().map_or("", String::as_str);
        format!("`{program}` in pod {}", self.pod)
    }

    /// The very command, for a plan: its words as a list; what it reads is named, not shown.
    pub(crate) fn particulars(&self) -> Vec<String> {
        let container = self.container.as_ref().map_or(String::new(), |name| format!(" in container {name}"));
        let input = self
            .stdin
            .as_ref()
            .map_or(String::new(), |text| format!(", reads {} bytes", text.expose().len()));
        vec![format!("{}{container}{input}", Value::from(self.arguments.clone()))]
    }
}

impl Ended {
    /// The end of stderr, if all went well. Errors: `exit` with the status and the last line of stderr.
    fn content(self, command: &Command) -> Result<String, Problem> {
        if self.code == 0 {
            return Ok(self.stderr);
        }
        let last = self.stderr.lines().rev().find(|line| !line.trim().is_empty());
        let last = last.map_or(String::new(), |line| format!(": {}", line.trim()));
        Err(Problem::new("exit", format!("{} ended with status {}{last}", command.about(), self.code)))
    }
}

/// Takes a command's output, up to a size that memory bears.
#[derive(Default)]
struct Capped {
    bytes: Vec<u8>,
}

impl AsyncWrite for Capped {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, more: &[u8]) -> Poll<io::Result<usize>> {
        if self.bytes.len() + more.len() > LONGEST_STDOUT {
            return Poll::Ready(Err(io::Error::other("it is more than 16 MiB")));
        }
        self.bytes.extend_from_slice(more);
        Poll::Ready(Ok(more.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl Running {
    /// Feeds stdin, hands stdout on, and waits for the end.
    ///
    /// Errors: `connection_lost` if the connection ends before the command's status came; `refused` by the runtime as
    /// `invalid`; `output` if stdout takes no more.
    async fn finish(self, mut stdout: impl AsyncWrite + Unpin) -> Result<Ended, Problem> {
        let closes_stdin = self.connection.supports_stream_close();
        let name = self.command.about();
        let (mut to, mut from) = self.connection.into_stream().split();
        let feed = async {
            if let Some(stdin) = &self.command.stdin {
                if !closes_stdin {
                    let message = "the API server cannot tell a command that its input ended";
                    return Err(Problem::new("invalid", message).hint("this needs Kubernetes 1.30 or newer"));
                }
                for chunk in stdin.expose().as_bytes().chunks(CHUNK) {
                    let mut message = Vec::with_capacity(chunk.len() + 1);
                    message.push(STDIN);
                    message.extend_from_slice(chunk);
                    // A command may end without reading all of it: what that means, its status says.
                    if to.send(Message::binary(message)).await.is_err() {
                        break;
                    }
                }
                let _ = to.send(Message::binary(vec![CLOSE, STDIN])).await;
            }
            let mut beat = tokio::time::interval_at(Instant::now() + PING, PING);
            loop {
                beat.tick().await;
                if to.send(Message::Ping(Vec::new().into())).await.is_err() {
                    std::future::pending::<()>().await;
                }
            }
        };
        let read = async {
            let mut state = Reading { name, stdout_bytes: 0, stderr: Vec::new(), status: None };
            loop {
                let limit = if state.status.is_some() { AFTER_STATUS } else { SILENCE };
                match timeout(limit, from.next()).await {
                    Ok(Some(Ok(Message::Close(_)) | Err(_)) | None) | Err(_) => return state.end(),
                    Ok(Some(Ok(message))) => state.take(&message.into_data(), &mut stdout).await?,
                }
            }
        };
        tokio::select! {
            ended = read => ended,
            broken = feed => match broken {
                Ok(never) => never,
                Err(problem) => Err(problem),
            },
        }
    }
}

struct Reading {
    name: String,
    stdout_bytes: u64,
    stderr: Vec<u8>,
    status: Option<Value>,
}

impl Reading {
    async fn take(&mut self, message: &[u8], stdout: &mut (impl AsyncWrite + Unpin)) -> Result<(), Problem> {
        match message.split_first() {
            Some((&STDOUT, bytes)) if !bytes.is_empty() => {
                self.stdout_bytes += bytes.len() as u64;
                stdout.write_all(bytes).await.map_err(|error| {
                    Problem::new("output", format!("the output of {} is not taken: {error}", self.name))
                        .hint("`oc_exec_stream` hands on more than fits into memory, as it comes")
                })?;
            }
            Some((&STDERR, bytes)) => {
                self.stderr.extend_from_slice(bytes);
                let excess = self.stderr.len().saturating_sub(LONGEST_STDERR);
                self.stderr.drain(..excess);
            }
            Some((&STATUS, bytes)) if !bytes.is_empty() => self.status = serde_json::from_slice(bytes).ok(),
            _ => {}
        }
        Ok(())
    }

    fn end(self) -> Result<Ended, Problem> {
        let Some(status) = self.status else {
            let message = format!(
                "the connection to {} was lost after {} bytes of output",
                self.name, self.stdout_bytes
            );
            return Err(Problem::new("connection_lost", message)
                .hint("the command may still run there; look before running it again"));
        };
        let stderr = String::from_utf8_lossy(&self.stderr).trim_end_matches('\n').to_owned();
        if status["status"] == "Success" {
            return Ok(Ended { code: 0, stderr });
        }
        let causes = status["details"]["causes"].as_array().into_iter().flatten();
        let code = causes
            .filter(|cause| cause["reason"] == "ExitCode")
            .find_map(|cause| cause["message"].as_str()?.parse().ok());
        code.map(|code| Ended { code, stderr }).ok_or_else(|| {
            let said = status["message"].as_str().unwrap_or("no reason given");
            Problem::new("invalid", format!("{} did not start: {said}", self.name))
        })
    }
}
