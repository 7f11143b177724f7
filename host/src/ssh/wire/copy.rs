//! Copies files to and from a host, each verified on the other side before it has its name.

use openssh::{ChildStdin, ChildStdout};
use rhai::{Dynamic, Map};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::child::{carry_out, give};
use super::command::Command;
use super::run::once;
use super::session;
use crate::environment::{Folder, Host};
use crate::gate::Permitted;
use crate::journal::hex;
use crate::local::{self, NewFile};
use crate::problem::Problem;

/// How much of a file is in memory at a time.
const CHUNK: usize = 256 << 10;

/// How a copy is done.
#[derive(Debug, Clone)]
pub(in crate::ssh) struct How {
    /// Whether the host's side is done as root.
    pub(in crate::ssh) sudo: bool,
    /// The mode of a file on the host.
    pub(in crate::ssh) mode: String,
}

impl How {
    fn command(&self, words: &[&str]) -> Result<Command, Problem> {
        let mut command = Command::new(words.iter().map(|word| (*word).to_owned()).collect())?;
        command.sudo = self.sudo;
        Ok(command)
    }
}

pub(in crate::ssh) async fn put(
    permitted: Permitted<Host>,
    folder: Permitted<Folder>,
    path: &str,
    remote: &str,
    how: How,
) -> Result<Dynamic, Problem> {
    let found = local::find(&folder, path)?;
    let trouble = |error: std::io::Error| local::trouble(&folder, path, "read", &error);
    let mut file = tokio::fs::File::open(found).await.map_err(trouble)?;
    let partial = format!("{remote}.drsh-{}", permitted.run().id());
    let connection = session::connection(&permitted).await?;
    let (mut hash, mut size) = (Sha256::new(), 0_u64);
    let feed = async |mut stdin: ChildStdin| {
        let mut chunk = vec![0; CHUNK];
        loop {
            let count = file.read(&mut chunk).await.map_err(trouble)?;
            if count == 0 {
                return stdin.shutdown().await.map_err(|error| cut_off(remote, &error));
            }
            hash.update(&chunk[..count]);
            size += count as u64;
            stdin.write_all(&chunk[..count]).await.map_err(|error| cut_off(remote, &error))?;
        }
    };
    // The path is an argument of the shell line, so nothing in it is read as a command.
    let store = how.command(&["sh", "-c", r#"umask 077 && cat > "$1" && sync -- "$1""#, "sh", &partial])?;
    let sent = carry_out(&permitted, &connection, &store, feed, ignore).await;
    let sha256 = hex(&hash.finalize());
    let placed = match sent {
        Ok(_) => place(&permitted, &how, &partial, remote, &sha256).await,
        Err(problem) => Err(problem),
    };
    if let Err(problem) = placed {
        // What is half there is taken away again; the first problem is the one to tell.
        let _ = once(&permitted, &how.command(&["rm", "-f", "--", &partial])?).await;
        return Err(problem);
    }
    Ok(described(size, sha256))
}

/// Compares the hash on the host, and gives the file its mode and its name.
async fn place(
    permitted: &Permitted<Host>,
    how: &How,
    partial: &str,
    remote: &str,
    sha256: &str,
) -> Result<(), Problem> {
    let there = remote_hash(permitted, how, partial).await?;
    if there != sha256 {
        return Err(corrupt(permitted, remote, &there, sha256));
    }
    once(permitted, &how.command(&["chmod", &how.mode, "--", partial])?).await?;
    once(permitted, &how.command(&["mv", "-f", "-T", "--", partial, remote])?).await?;
    Ok(())
}

pub(in crate::ssh) async fn get(
    permitted: Permitted<Host>,
    remote: &str,
    folder: Permitted<Folder>,
    path: &str,
    how: How,
) -> Result<Dynamic, Problem> {
    let mut file = NewFile::begin(&folder, path)?;
    let connection = session::connection(&permitted).await?;
    let (mut hash, mut size) = (Sha256::new(), 0_u64);
    let receive = async |mut stdout: ChildStdout| {
        let mut chunk = vec![0; CHUNK];
        loop {
            let count = stdout.read(&mut chunk).await.map_err(|error| cut_off(remote, &error))?;
            if count == 0 {
                return Ok(());
            }
            hash.update(&chunk[..count]);
            size += count as u64;
            file.write(&chunk[..count])?;
        }
    };
    let nothing = async |stdin: ChildStdin| give(stdin, b"").await;
    let command = how.command(&["cat", "--", remote])?;
    carry_out(&permitted, &connection, &command, nothing, receive).await?;
    let sha256 = hex(&hash.finalize());
    let there = remote_hash(&permitted, &how, remote).await?;
    if there != sha256 {
        return Err(corrupt(&permitted, remote, &there, &sha256));
    }
    file.finish()?;
    Ok(described(size, sha256))
}

async fn remote_hash(permitted: &Permitted<Host>, how: &How, path: &str) -> Result<String, Problem> {
    let (printed, _) = once(permitted, &how.command(&["sha256sum", "--", path])?).await?;
    // A backslash stands before the hash of a file whose name had to be escaped.
    let hash = printed.split_whitespace().next().unwrap_or_default().trim_start_matches('\\');
    Ok(hash.to_owned())
}

async fn ignore(mut stdout: ChildStdout) -> Result<(), Problem> {
    let mut nothing = tokio::io::sink();
    let _ = tokio::io::copy(&mut stdout, &mut nothing).await;
    Ok(())
}

fn cut_off(remote: &str, error: &std::io::Error) -> Problem {
    Problem::new("connection_lost", format!("the copy of {remote} was cut off: {error}"))
}

fn corrupt(host: &Host, remote: &str, there: &str, here: &str) -> Problem {
    let message = format!("{remote} has the SHA-256 {there} on {host}, and {here} here");
    Problem::new("corrupt", message).hint("it changed while it was copied, or on the way; copy it again")
}

fn described(size: u64, sha256: String) -> Dynamic {
    Dynamic::from(Map::from([
        ("size".into(), i64::try_from(size).unwrap_or(i64::MAX).into()),
        ("sha256".into(), sha256.into()),
    ]))
}
