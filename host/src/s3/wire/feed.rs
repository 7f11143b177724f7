//! What a source gives, part by part, with its size and its hash.

use std::time::Duration;

use futures::future::BoxFuture;
use sha2::{Digest, Sha256};
use tokio::io::AsyncRead;
use tokio_util::bytes::Bytes;

use super::parts::{Sizes, fill};
use crate::environment::Bucket;
use crate::gate::Permitted;
use crate::journal::hex;
use crate::problem::Problem;
use crate::retry::Setback;
use crate::run::spoken;
use crate::stream::{ByteSource, Opened};

/// An opened source on its way into parts.
pub(super) struct Feed {
    reader: Box<dyn AsyncRead + Send + Unpin>,
    finish: Option<BoxFuture<'static, Result<(), Problem>>>,
    sizes: Sizes,
    patience: Duration,
    about: String,
    hash: Sha256,
    size: u64,
    ended: bool,
}

impl Feed {
    /// Opens the source; it may fall silent for as long as a call may take.
    pub(super) async fn open(
        source: &ByteSource,
        part_mib: usize,
        permitted: &Permitted<Bucket>,
    ) -> Result<Self, Setback> {
        let Opened { reader, finish } = source.open().await.map_err(of_source)?;
        Ok(Self {
            reader,
            finish: Some(finish),
            sizes: Sizes::new(part_mib),
            patience: Duration::from_secs(permitted.environment().limits.call_seconds.max(1)),
            about: source.to_string(),
            hash: Sha256::new(),
            size: 0,
            ended: false,
        })
    }

    /// Whether the source gave all that it had, and said so.
    pub(super) fn ended(&self) -> bool {
        self.ended
    }

    /// The next part; `None` after the last.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, Setback> {
        if self.ended {
            return Ok(None);
        }
        let size = self.sizes.next()?;
        let part = match fill(&mut self.reader, size, self.patience, &self.about).await {
            Ok(part) => part,
            Err(problem) => {
                // The origin knows better than the pipe why it broke.
                self.finish().await?;
                return Err(of_source(problem));
            }
        };
        self.hash.update(&part);
        self.size += part.len() as u64;
        if part.len() < size {
            self.finish().await?;
            self.ended = true;
        }
        Ok((!part.is_empty()).then_some(part))
    }

    /// The size in bytes and the SHA-256 of all that was given.
    ///
    /// Errors: `corrupt` if the hash is not the one that was `expected`.
    pub(super) fn sum(self, expected: Option<&str>) -> Result<(u64, String), Problem> {
        let sha256 = hex(&self.hash.finalize());
        match expected {
            Some(expected) if expected != sha256 => {
                let message = format!(
                    "the SHA-256 of {} is {sha256} over {} bytes, and should be {expected}",
                    self.about, self.size
                );
                Err(Problem::new("corrupt", message).hint("nothing was stored; look at the source"))
            }
            _ => Ok((self.size, sha256)),
        }
    }

    async fn finish(&mut self) -> Result<(), Setback> {
        let Some(finish) = self.finish.take() else { return Ok(()) };
        match tokio::time::timeout(self.patience, finish).await {
            Ok(finished) => finished.map_err(of_source),
            Err(_) => Err(of_source(Problem::new(
                "timeout",
                format!(
                    "{} gave all its bytes and no word that it ended for {}",
                    self.about,
                    spoken(self.patience)
                ),
            ))),
        }
    }
}

/// A source that lost its connection may be opened again; anything else it would say again.
fn of_source(problem: Problem) -> Setback {
    match &*problem.kind {
        "connection_lost" | "unreachable" | "timeout" => Setback::passing(problem),
        _ => Setback::last(problem),
    }
}
