//! What a job prints, followed from the byte on that was seen last.

use openssh::{ChildStderr, ChildStdin, ChildStdout};
use tokio::io::{AsyncRead, AsyncReadExt};

use super::child::{CHUNK, carry_out, cut_off, give};
use super::command::Command;
use super::jobs::Job;
use super::live::Live;
use super::session;
use crate::environment::Host;
use crate::gate::Permitted;
use crate::problem::Problem;

/// How much of the end of each stream is kept, in bytes.
const KEPT: usize = 1 << 20;

/// Prints what the job `$1` wrote from the bytes `$2` and `$3` on, until the job ends.
const FOLLOW: &str = r#"
folder=$HOME/.drsh/$1
if flock -n -s "$folder/lock" true; then
  tail -c "+$2" -- "$folder/stdout"
  tail -c "+$3" -- "$folder/stderr" >&2
else
  job=$(cat "$folder/pid") || exit
  tail -c "+$3" -s 0.2 -f --pid="$job" -- "$folder/stderr" >&2 &
  tail -c "+$2" -s 0.2 -f --pid="$job" -- "$folder/stdout"
  wait
fi
"#;

/// Both streams of a job, as far as they were followed.
pub(super) struct Streams {
    stdout: Stream,
    stderr: Stream,
}

/// One of them.
struct Stream {
    seen: u64,
    kept: Vec<u8>,
    live: Option<Live>,
}

impl Streams {
    pub(super) fn new(permitted: &Permitted<Host>, live: bool) -> Self {
        let stream = || {
            let live = live.then(|| Live::of(permitted));
            Stream { seen: 0, kept: Vec::new(), live }
        };
        Self { stdout: stream(), stderr: stream() }
    }

    /// Follows the job until it ends or the connection breaks.
    pub(super) async fn follow(&mut self, permitted: &Permitted<Host>, job: &Job) -> Result<(), Problem> {
        let connection = session::connection(permitted).await?;
        let from = [self.stdout.seen + 1, self.stderr.seen + 1].map(|from| from.to_string());
        let arguments = [job.name.as_str(), &from[0], &from[1]];
        let about = format!("job {}", job.name);
        let follow = Command::script(&about, FOLLOW, &arguments, job.sudo)?;
        let (stdout, stderr) = (&mut self.stdout, &mut self.stderr);
        let nothing = async |stdin: ChildStdin| give(stdin, b"").await;
        let output = async |pipe: ChildStdout| stdout.read(pipe, &about).await;
        let complaints = async |pipe: ChildStderr| stderr.read(pipe, &about).await.map(|()| Vec::new());
        carry_out(permitted, &connection, &follow, nothing, output, complaints).await.map(drop)
    }

    /// The end of each stream, as text.
    pub(super) fn finish(mut self) -> Result<(String, String), Problem> {
        Ok((self.stdout.finish()?, self.stderr.finish()?))
    }
}

impl Stream {
    async fn read(&mut self, mut pipe: impl AsyncRead + Unpin, what: &str) -> Result<(), Problem> {
        let mut chunk = vec![0; CHUNK];
        loop {
            let count = pipe.read(&mut chunk).await.map_err(|error| cut_off(what, &error))?;
            if count == 0 {
                return Ok(());
            }
            self.seen += count as u64;
            self.kept.extend_from_slice(&chunk[..count]);
            let much = self.kept.len().saturating_sub(KEPT);
            self.kept.drain(..much);
            if let Some(live) = &mut self.live {
                live.take(&chunk[..count])?;
            }
        }
    }

    fn finish(&mut self) -> Result<String, Problem> {
        if let Some(live) = &mut self.live {
            live.finish()?;
        }
        let whole = self.seen == self.kept.len() as u64;
        let text = String::from_utf8_lossy(&self.kept);
        // Where the beginning is gone, so is what may be left of its last line.
        let text = if whole { &*text } else { text.split_once('\n').map_or(&*text, |(_, rest)| rest) };
        Ok(text.to_owned())
    }
}
