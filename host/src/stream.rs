//! A source of bytes that one family opens and another reads: a pod's output on its way to a bucket.

use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;
use tokio::io::AsyncRead;

use crate::problem::Problem;

/// An opened source: the bytes, and the word of its origin that they were all of them.
pub struct Opened {
    /// The bytes.
    pub reader: Box<dyn AsyncRead + Send + Unpin>,
    /// Resolves once the origin has ended: an error means that the bytes read so far are not the whole.
    pub finish: BoxFuture<'static, Result<(), Problem>>,
}

type Open = dyn Fn() -> BoxFuture<'static, Result<Opened, Problem>> + Send + Sync;

/// A source of bytes that can be opened, more than once if a transfer is tried again.
///
/// The family that makes one has been through the gate before.
#[derive(Clone)]
pub struct ByteSource {
    about: Arc<str>,
    open: Arc<Open>,
}

impl ByteSource {
    /// Makes a source that `open` opens; `about` says what it is, such as `/var/lib/data/snapshot.db in etcd-0`.
    pub fn new<F>(about: &str, open: F) -> Self
    where
        F: Fn() -> BoxFuture<'static, Result<Opened, Problem>> + Send + Sync + 'static,
    {
        Self { about: about.into(), open: Arc::new(open) }
    }

    /// Opens it.
    pub async fn open(&self) -> Result<Opened, Problem> {
        (self.open)().await
    }
}

impl fmt::Display for ByteSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.about)
    }
}

impl fmt::Debug for ByteSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
