//! Copies a file to a host: on with what is there of it already, verified there, named last.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use openssh::{ChildStderr, ChildStdin, ChildStdout};
use rhai::Dynamic;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::child::{CHUNK, all, carry_out, cut_off};
use super::command::Command;
use super::copy::{How, Mode, Progress, about, corrupt, described, remote_hash, until_whole};
use super::run::once;
use super::session;
use crate::environment::{Folder, Host};
use crate::gate::Permitted;
use crate::journal::hex;
use crate::local;
use crate::problem::Problem;

/// Prints how much of the file is there.
const STANDING: &str = r#"if [ -f "$1" ]; then stat -c %s -- "$1"; else echo 0; fi"#;

/// Writes the file from an offset on. A writer whose connection broke may still be at work: both write the same
/// bytes at the same places, so that they cannot harm each other.
const STORE: &str = r#"
umask 077
[ "$2" -gt 0 ] || : > "$1" || exit
exec dd of="$1" bs=262144 seek="$2" oflag=seek_bytes iflag=fullblock conv=notrunc status=none
"#;

/// A copy under way.
struct Copy<'a> {
    permitted: &'a Permitted<Host>,
    how: &'a How,
    file: &'a Path,
    remote: &'a str,
    partial: String,
    progress: Progress,
}

/// What was sent.
struct Sent {
    size: u64,
    sha256: String,
    /// How much of it was there before.
    standing: u64,
}

/// The size and the SHA-256 of a file that would be sent.
pub(in crate::ssh) async fn measure(
    folder: &Permitted<Folder>,
    path: &str,
) -> Result<(u64, String), Problem> {
    let trouble = |error: std::io::Error| local::trouble(folder, path, "read", &error);
    let mut file = tokio::fs::File::open(local::find(folder, path)?).await.map_err(trouble)?;
    let (mut hash, mut size, mut chunk) = (Sha256::new(), 0_u64, vec![0; CHUNK]);
    loop {
        let count = file.read(&mut chunk).await.map_err(trouble)?;
        if count == 0 {
            return Ok((size, hex(&hash.finalize())));
        }
        hash.update(&chunk[..count]);
        size += count as u64;
    }
}

pub(in crate::ssh) async fn put(
    permitted: Permitted<Host>,
    folder: Permitted<Folder>,
    path: &str,
    remote: &str,
    how: How,
) -> Result<Dynamic, Problem> {
    let file = local::find(&folder, path)?;
    let trouble = |error: std::io::Error| local::trouble(&folder, path, "read", &error);
    let kept = tokio::fs::metadata(&file).await.map_err(trouble)?.permissions().mode() & 0o7777;
    let mode = match how.mode {
        Mode::Kept => kept,
        Mode::Set(mode) => mode,
    };
    let partial = format!("{remote}.drsh-{}", permitted.run().id());
    let copy = Copy {
        permitted: &permitted,
        how: &how,
        file: &file,
        remote,
        partial,
        progress: Progress::default(),
    };
    let done = copy.carry_out(&format!("{mode:04o}"), &trouble).await;
    if let Err(problem) = &done
        && problem.kind != "connection_lost"
    {
        // What is half there is taken away again; the first problem is the one to tell.
        let _ = once(&permitted, &how.command(&["rm", "-f", "--", &copy.partial])?).await;
    }
    let sent = done?;
    Ok(described(sent.size, sent.sha256))
}

impl Copy<'_> {
    fn about(&self) -> String {
        about(self.remote)
    }

    async fn carry_out(
        &self,
        mode: &str,
        trouble: &impl Fn(std::io::Error) -> Problem,
    ) -> Result<Sent, Problem> {
        let mut sent = self.whole(true, trouble).await?;
        let mut there = remote_hash(self.permitted, self.how, &self.partial).await?;
        if there != sent.sha256 && sent.standing > 0 {
            // What stood there was of another file: a run that is resumed may find the file changed.
            sent = self.whole(false, trouble).await?;
            there = remote_hash(self.permitted, self.how, &self.partial).await?;
        }
        if there != sent.sha256 {
            return Err(corrupt(self.permitted, self.remote, &there, &sent.sha256));
        }
        once(self.permitted, &self.how.command(&["chmod", mode, "--", &self.partial])?).await?;
        once(self.permitted, &self.how.command(&["mv", "-f", "-T", "--", &self.partial, self.remote])?)
            .await?;
        Ok(sent)
    }

    /// Sends it, on with what is there or anew, however often the connection breaks or the copy stands still.
    async fn whole(
        &self,
        go_on: bool,
        trouble: &impl Fn(std::io::Error) -> Problem,
    ) -> Result<Sent, Problem> {
        let about = self.about();
        until_whole(self.permitted, &about, || {
            self.progress.unless_still(self.permitted, &about, Box::pin(self.send(go_on, trouble)))
        })
        .await
    }

    /// Sends what is not there yet, or all of it.
    async fn send(&self, go_on: bool, trouble: &impl Fn(std::io::Error) -> Problem) -> Result<Sent, Problem> {
        let mut file = tokio::fs::File::open(self.file).await.map_err(trouble)?;
        let whole = file.metadata().await.map_err(trouble)?.len();
        let standing = if go_on { self.standing().await?.min(whole) } else { 0 };
        let connection = session::connection(self.permitted).await?;
        let (mut hash, mut size, about) = (Sha256::new(), 0_u64, self.about());
        let feed = async |mut stdin: ChildStdin| {
            let mut chunk = vec![0; CHUNK];
            loop {
                let count = file.read(&mut chunk).await.map_err(trouble)?;
                if count == 0 {
                    return stdin.shutdown().await.map_err(|error| cut_off(&about, &error));
                }
                hash.update(&chunk[..count]);
                let known = usize::try_from(standing.saturating_sub(size)).unwrap_or(usize::MAX).min(count);
                size += count as u64;
                stdin.write_all(&chunk[known..count]).await.map_err(|error| cut_off(&about, &error))?;
                self.progress.moved(count);
            }
        };
        let nothing = async |mut stdout: ChildStdout| {
            let _ = tokio::io::copy(&mut stdout, &mut tokio::io::sink()).await;
            Ok(())
        };
        let complaints = async |stderr: ChildStderr| all(stderr, "dd", None).await;
        let store = Command::script(&about, STORE, &[&self.partial, &standing.to_string()], self.how.sudo)?;
        carry_out(self.permitted, &connection, &store, feed, nothing, complaints).await?;
        Ok(Sent { size, sha256: hex(&hash.finalize()), standing })
    }

    async fn standing(&self) -> Result<u64, Problem> {
        let command = Command::script(&self.about(), STANDING, &[&self.partial], self.how.sudo)?;
        let (printed, _) = once(self.permitted, &command).await?;
        Ok(printed.trim().parse().unwrap_or(0))
    }
}
