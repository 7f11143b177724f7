//! What commands read from and write to: the wire, pipes, files, memory, nothing.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::files::Handle;

/// Why something could not be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unwritten {
    /// Nobody reads it any more.
    Gone,
    /// The disk is full.
    NoSpace,
}

type Wire<T> = Arc<tokio::sync::Mutex<T>>;

/// Where a command writes to. Clones write to the same place.
#[derive(Clone)]
pub enum Output {
    /// A connection or a pipe.
    Wire(Wire<Box<dyn AsyncWrite + Send + Unpin>>),
    /// A file.
    File(Arc<Mutex<Handle>>),
    #[cfg(test)]
    /// Memory, for who asked for the text.
    Memory(Arc<Mutex<Vec<u8>>>),
    /// Nothing keeps it.
    Nothing,
}

impl Output {
    /// Writes to a connection or a pipe.
    pub fn wire(stream: impl AsyncWrite + Send + Unpin + 'static) -> Self {
        Self::Wire(Arc::new(tokio::sync::Mutex::new(Box::new(stream))))
    }

    /// Writes all of `bytes`.
    pub async fn write(&self, bytes: &[u8]) -> Result<(), Unwritten> {
        match self {
            Self::Wire(stream) => {
                let mut stream = stream.lock().await;
                stream.write_all(bytes).await.map_err(|_| Unwritten::Gone)?;
                stream.flush().await.map_err(|_| Unwritten::Gone)
            }
            Self::File(handle) => {
                let mut handle = handle.lock().unwrap_or_else(PoisonError::into_inner);
                handle.write(bytes).map_err(|_| Unwritten::NoSpace)
            }
            #[cfg(test)]
            Self::Memory(memory) => {
                memory.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
                Ok(())
            }
            Self::Nothing => Ok(()),
        }
    }
}

/// Where a command reads from. Clones read on where another stopped.
#[derive(Clone)]
pub enum Input {
    /// A connection or a pipe.
    Wire(Wire<Box<dyn AsyncRead + Send + Unpin>>),
    /// The rest of a file or a text.
    Bytes(Arc<Mutex<std::collections::VecDeque<u8>>>),
    /// Nothing.
    Nothing,
}

impl Input {
    /// Reads from a connection or a pipe.
    pub fn wire(stream: impl AsyncRead + Send + Unpin + 'static) -> Self {
        Self::Wire(Arc::new(tokio::sync::Mutex::new(Box::new(stream))))
    }

    /// Reads these bytes.
    #[must_use]
    pub fn bytes(bytes: Vec<u8>) -> Self {
        Self::Bytes(Arc::new(Mutex::new(bytes.into())))
    }

    /// Reads what is there, at most `most` bytes; nothing is the end. A broken connection is an end too.
    pub async fn read(&self, most: usize) -> Vec<u8> {
        match self {
            Self::Wire(stream) => {
                let mut bytes = vec![0; most];
                let count = stream.lock().await.read(&mut bytes).await.unwrap_or(0);
                bytes.truncate(count);
                bytes
            }
            Self::Bytes(left) => {
                let mut left = left.lock().unwrap_or_else(PoisonError::into_inner);
                let count = most.min(left.len());
                left.drain(..count).collect()
            }
            Self::Nothing => Vec::new(),
        }
    }

    /// Reads to the end.
    pub async fn read_all(&self) -> Vec<u8> {
        const CHUNK: usize = 64 << 10;
        let mut all = Vec::new();
        loop {
            let bytes = self.read(CHUNK).await;
            if bytes.is_empty() {
                return all;
            }
            all.extend(bytes);
        }
    }

    /// Reads a line without its end; `None` at the end of the input.
    pub async fn line(&self) -> Option<Vec<u8>> {
        let mut line = Vec::new();
        loop {
            match self.read(1).await.first() {
                Some(b'\n') => return Some(line),
                Some(byte) => line.push(*byte),
                None if line.is_empty() => return None,
                None => return Some(line),
            }
        }
    }
}
