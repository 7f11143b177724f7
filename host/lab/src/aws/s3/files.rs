//! Bodies of objects and parts as files, which go when nobody refers to them any more.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::body::Bytes;
use futures::{Stream, StreamExt};
use s3s::dto::{Checksum, StreamingBlob};
use s3s::{S3Error, S3Result, s3_error};
use tempfile::TempPath;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt, BufWriter, SeekFrom};
use tokio_util::io::ReaderStream;

use super::digests::{Digests, Expected};

/// How much is read from a file at a time, in bytes.
const CHUNK: usize = 256 << 10;

/// A body that arrived whole and holds what its request said of it.
#[derive(Debug, Clone)]
pub(super) struct Landed {
    file: Arc<TempPath>,
    pub(super) size: u64,
    pub(super) md5: [u8; 16],
    pub(super) sums: Checksum,
}

impl Landed {
    /// Where the bytes are; the file stays while this or a clone of it lives.
    pub(super) fn path(&self) -> PathBuf {
        self.file.to_path_buf()
    }

    /// The bytes from `start` on, `length` of them.
    pub(super) async fn read(&self, start: u64, length: u64) -> S3Result<StreamingBlob> {
        let mut file = File::open(&*self.file).await.map_err(S3Error::internal_error)?;
        file.seek(SeekFrom::Start(start)).await.map_err(S3Error::internal_error)?;
        let keep = Arc::clone(&self.file);
        let chunks = ReaderStream::with_capacity(file.take(length), CHUNK).map(move |chunk| {
            let _ = &keep;
            chunk
        });
        Ok(StreamingBlob::wrap(chunks))
    }
}

/// Writes `body` to a new file in `folder`; it becomes visible to nobody unless all of it holds.
///
/// # Errors
/// `IncompleteBody` if the client goes away, `BadDigest` if a checksum does not hold.
pub(super) async fn land<S, E>(folder: &Path, mut body: S, expected: Expected) -> S3Result<Landed>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let mut digests = Digests::new(&expected)?;
    let (file, path) = tempfile::Builder::new()
        .prefix("body-")
        .tempfile_in(folder)
        .map_err(S3Error::internal_error)?
        .into_parts();
    let mut file = BufWriter::with_capacity(CHUNK, File::from_std(file));
    let mut size = 0;
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|error| broken(error.into()))?;
        size += chunk.len() as u64;
        digests.update(&chunk);
        file.write_all(&chunk).await.map_err(S3Error::internal_error)?;
    }
    file.flush().await.map_err(S3Error::internal_error)?;
    let (md5, sums) = digests.check(expected)?;
    Ok(Landed { file: Arc::new(path), size, md5, sums })
}

/// A payload that is not what was signed keeps the error that says so.
fn broken(error: Box<dyn std::error::Error + Send + Sync>) -> S3Error {
    match error.downcast::<S3Error>() {
        Ok(error) => *error,
        Err(error) => {
            let mut incomplete = s3_error!(
                IncompleteBody,
                "You did not provide the number of bytes specified by the Content-Length HTTP header."
            );
            incomplete.set_source(error);
            incomplete
        }
    }
}

/// The bytes of `parts`, one after the other.
pub(super) fn chained(parts: Vec<Landed>) -> impl Stream<Item = io::Result<Bytes>> + Unpin {
    let files = futures::stream::iter(parts).then(|part| async move {
        let file = File::open(&*part.file).await?;
        Ok::<_, io::Error>(ReaderStream::with_capacity(file, CHUNK).map(move |chunk| {
            let _ = &part;
            chunk
        }))
    });
    Box::pin(futures::TryStreamExt::try_flatten(files))
}
