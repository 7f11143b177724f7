//! Copies files to and from a host, each verified on the other side before it has its name.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use openssh::{ChildStderr, ChildStdin, ChildStdout};
use rhai::{Dynamic, Map};
use sha2::{Digest, Sha256};
use tokio::io::AsyncReadExt;
use tokio::sync::Mutex;

use super::child::{CHUNK, all, carry_out, cut_off, give};
use super::command::Command;
use super::run::once;
use super::session;
use crate::environment::{Folder, Host};
use crate::gate::Permitted;
use crate::journal::hex;
use crate::local::NewFile;
use crate::problem::Problem;
use crate::retry::{self, Setback};
use crate::run::spoken;

/// The permissions of a copy.
#[derive(Debug, Clone, Copy)]
pub(in crate::ssh) enum Mode {
    /// Those of the file that is copied.
    Kept,
    /// These.
    Set(u32),
}

/// How a copy is done.
#[derive(Debug, Clone)]
pub(in crate::ssh) struct How {
    /// Whether the host's side is done as root.
    pub(in crate::ssh) sudo: bool,
    /// The permissions of the copy.
    pub(in crate::ssh) mode: Mode,
}

impl How {
    /// In words: `, as root, mode 0600`.
    pub(in crate::ssh) fn said(&self) -> String {
        let sudo = if self.sudo { ", as root" } else { "" };
        match self.mode {
            Mode::Kept => format!("{sudo}, with its own mode"),
            Mode::Set(mode) => format!("{sudo}, mode {mode:04o}"),
        }
    }

    pub(super) fn command(&self, words: &[&str]) -> Result<Command, Problem> {
        let mut command = Command::new(words.iter().map(|word| (*word).to_owned()).collect())?;
        command.sudo = self.sudo;
        Ok(command)
    }
}

/// How much of a copy has moved so far, in bytes. One that stands still is begun again from where it is: a host may
/// never answer a command although its connection lives.
#[derive(Debug, Default)]
pub(super) struct Progress(AtomicU64);

/// For how many attempts' time a copy may stand still.
const STILL: u32 = 4;

impl Progress {
    pub(super) fn moved(&self, bytes: usize) {
        self.0.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Waits for `attempt` unless the copy stands still meanwhile. Errors: `connection_lost` then, so that it goes on.
    pub(super) async fn unless_still<R>(
        &self,
        permitted: &Permitted<Host>,
        about: &str,
        attempt: impl Future<Output = Result<R, Problem>>,
    ) -> Result<R, Problem> {
        let limit = permitted.attempt() * STILL;
        tokio::select! {
            done = attempt => done,
            () = self.stands_still(limit) => {
                let message = format!("{about} on {} stood still for {}", &**permitted, spoken(limit));
                Err(Problem::new("connection_lost", message))
            }
        }
    }

    /// Returns once nothing has moved for `limit`.
    async fn stands_still(&self, limit: Duration) {
        loop {
            let before = self.0.load(Ordering::Relaxed);
            tokio::time::sleep(limit).await;
            if self.0.load(Ordering::Relaxed) == before {
                return;
            }
        }
    }
}

/// What is here of a file that comes from a host.
struct Received {
    file: NewFile,
    hash: Sha256,
    size: u64,
}

pub(in crate::ssh) async fn get(
    permitted: Permitted<Host>,
    remote: &str,
    folder: Permitted<Folder>,
    path: &str,
    how: How,
) -> Result<Dynamic, Problem> {
    let (hash, size) = (Sha256::new(), 0_u64);
    let received = Mutex::new(Received { file: NewFile::begin(&folder, path)?, hash, size });
    let progress = Progress::default();
    let about = about(remote);
    until_whole(&permitted, &about, || async {
        let mut received = received.lock().await;
        let attempt = receive(&permitted, &how, remote, (&mut received, &progress));
        progress.unless_still(&permitted, &about, attempt).await
    })
    .await?;
    let Received { mut file, hash, size } = received.into_inner();
    let sha256 = hex(&hash.finalize());
    let there = remote_hash(&permitted, &how, remote).await?;
    if there != sha256 {
        return Err(corrupt(&permitted, remote, &there, &sha256));
    }
    match how.mode {
        Mode::Set(0o600) => {}
        Mode::Set(mode) => file.set_mode(mode)?,
        Mode::Kept => {
            let (printed, _) = once(&permitted, &how.command(&["stat", "-c", "%a", "--", remote])?).await?;
            let mode = u32::from_str_radix(printed.trim(), 8).map_err(|_| {
                let message =
                    format!("stat on {} said no permissions of {remote}: {}", &*permitted, printed.trim());
                Problem::new("output", message).hint("say which ones the copy gets, such as mode: \"0600\"")
            })?;
            file.set_mode(mode)?;
        }
    }
    file.finish()?;
    Ok(described(size, sha256))
}

/// Receives what is not here yet.
async fn receive(
    permitted: &Permitted<Host>,
    how: &How,
    remote: &str,
    (received, progress): (&mut Received, &Progress),
) -> Result<(), Problem> {
    let connection = session::connection(permitted).await?;
    let from = format!("+{}", received.size + 1);
    let command = how.command(&["tail", "-c", &from, "--", remote])?;
    let nothing = async |stdin: ChildStdin| give(stdin, b"").await;
    let keep = async |mut stdout: ChildStdout| {
        let mut chunk = vec![0; CHUNK];
        loop {
            let count = stdout.read(&mut chunk).await.map_err(|error| cut_off(&about(remote), &error))?;
            if count == 0 {
                return Ok(());
            }
            received.file.write(&chunk[..count])?;
            received.hash.update(&chunk[..count]);
            received.size += count as u64;
            progress.moved(count);
        }
    };
    let complaints = async |stderr: ChildStderr| all(stderr, "tail", None).await;
    carry_out(permitted, &connection, &command, nothing, keep, complaints).await.map(drop)
}

/// Goes on as often as the connection breaks, until the deadline.
pub(super) async fn until_whole<R, F>(
    permitted: &Permitted<Host>,
    about: &str,
    mut attempt: impl FnMut() -> F,
) -> Result<R, Problem>
where
    F: Future<Output = Result<R, Problem>>,
{
    let left = permitted.deadline().saturating_duration_since(Instant::now());
    let what = format!("SSH: {about} on {}", &**permitted);
    retry::until_deadline_each(permitted, left, &what, || {
        let attempt = attempt();
        async {
            attempt.await.map_err(|problem| {
                if problem.kind == "connection_lost" {
                    Setback::passing(problem)
                } else {
                    Setback::last(problem)
                }
            })
        }
    })
    .await
}

pub(super) async fn remote_hash(
    permitted: &Permitted<Host>,
    how: &How,
    path: &str,
) -> Result<String, Problem> {
    let (printed, _) = once(permitted, &how.command(&["sha256sum", "--", path])?).await?;
    // A backslash stands before the hash of a file whose name had to be escaped.
    let hash = printed.split_whitespace().next().unwrap_or_default().trim_start_matches('\\');
    Ok(hash.to_owned())
}

/// What messages call a copy.
pub(super) fn about(remote: &str) -> String {
    format!("the copy of {remote}")
}

pub(super) fn corrupt(host: &Host, remote: &str, there: &str, here: &str) -> Problem {
    let message = format!("{remote} has the SHA-256 {there} on {host}, and {here} here");
    Problem::new("corrupt", message).hint("it changed while it was copied, or on the way; copy it again")
}

pub(in crate::ssh) fn described(size: u64, sha256: String) -> Dynamic {
    Dynamic::from(Map::from([
        ("size".into(), i64::try_from(size).unwrap_or(i64::MAX).into()),
        ("sha256".into(), sha256.into()),
    ]))
}
