//! The snapshot file: a header, the exported store, padding, and a SHA-256 of all that at its end.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::apiserver::Store;

/// The first bytes of every snapshot.
const MAGIC: &[u8; 8] = b"LABETCD1";
/// The length of the digest at the end, as etcd appends one to its own.
const DIGEST: usize = 32;

/// What a snapshot says of itself before the content begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The member that wrote it: files of different members differ in this.
    pub member: u64,
    /// The cluster that it belonged to.
    pub cluster: u64,
    /// The version of the last change that is in it.
    pub revision: u64,
    /// The length of the exported store, in bytes.
    pub content: u64,
}

/// What `snapshot status` tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// A hash of the whole file.
    pub hash: u32,
    /// The revision.
    pub revision: u64,
    /// How many keys are in it.
    pub keys: u64,
    /// The size of the database, in bytes.
    pub size: u64,
}

/// A snapshot whose digest is right.
#[derive(Debug)]
pub struct Snapshot<'a> {
    /// What it says of itself.
    pub header: Header,
    content: &'a [u8],
    whole: &'a [u8],
}

/// Why a file is no snapshot.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// The file does not begin like one, or is too short.
    #[error("invalid database")]
    Invalid,
    /// It was cut or changed.
    #[error("expected sha256 {expected}, got {got}")]
    Digest {
        /// The digest at its end.
        expected: String,
        /// The digest of what is before it.
        got: String,
    },
}

/// Writes the snapshot of `store` that this member would write, with `padding` bytes of free pages.
#[must_use]
pub fn write(store: &Store, member: u64, cluster: u64, padding: u64) -> Vec<u8> {
    let content = store.export();
    let header = Header { member, cluster, revision: store.version(), content: content.len() as u64 };
    let header = serde_json::json!(header).to_string();
    let length = u32::try_from(header.len()).unwrap_or(u32::MAX);
    let mut file = MAGIC.to_vec();
    file.extend(length.to_be_bytes());
    file.extend(header.into_bytes());
    file.extend(content);
    file.extend(pages(padding));
    let digest = Sha256::digest(&file);
    file.extend(digest);
    file
}

/// Bytes that do not compress and are the same on every member, as pages of a real database are.
fn pages(length: u64) -> Vec<u8> {
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend(state.to_be_bytes());
    }
    bytes.truncate(length);
    bytes
}

impl<'a> Snapshot<'a> {
    /// Reads a snapshot, and checks its digest.
    pub fn read(file: &'a [u8]) -> Result<Self, Broken> {
        let (body, digest) =
            file.split_at_checked(file.len().saturating_sub(DIGEST)).ok_or(Broken::Invalid)?;
        let rest = body.strip_prefix(MAGIC).ok_or(Broken::Invalid)?;
        let got = Sha256::digest(body);
        if got.as_slice() != digest {
            return Err(Broken::Digest { expected: hex(digest), got: hex(&got) });
        }
        let (length, rest) = rest.split_at_checked(4).ok_or(Broken::Invalid)?;
        let length = u32::from_be_bytes(length.try_into().map_err(|_| Broken::Invalid)?);
        let length = usize::try_from(length).map_err(|_| Broken::Invalid)?;
        let (header, rest) = rest.split_at_checked(length).ok_or(Broken::Invalid)?;
        let header: Header = serde_json::from_slice(header).map_err(|_| Broken::Invalid)?;
        let content = usize::try_from(header.content).map_err(|_| Broken::Invalid)?;
        let content = rest.get(..content).ok_or(Broken::Invalid)?;
        Ok(Self { header, content, whole: file })
    }

    /// Makes a store of what is in it.
    pub fn store(&self) -> Result<Store, String> {
        Store::import(self.content).map_err(|error| error.to_string())
    }

    /// What `snapshot status` tells of it.
    #[must_use]
    pub fn status(&self) -> Status {
        let digest = Sha256::digest(self.whole);
        let hash = digest.iter().take(4).fold(0, |hash, byte| hash << 8 | u32::from(*byte));
        let size = self.whole.len().saturating_sub(DIGEST) as u64;
        Status { hash, revision: self.header.revision, keys: keys(self.content), size }
    }
}

/// Counts the objects of an exported store.
fn keys(content: &[u8]) -> u64 {
    let image: serde_json::Value = serde_json::from_slice(content).unwrap_or_default();
    let kinds = image["objects"].as_object();
    kinds.map_or(0, |kinds| kinds.values().filter_map(|all| all.as_array()).map(|all| all.len() as u64).sum())
}

fn hex(bytes: &[u8]) -> String {
    crate::containers::tools::hex(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_write_different_files_with_the_same_content() {
        let store = Store::new();
        let (one, two) = (write(&store, 1, 9, 1000), write(&store, 2, 9, 1000));
        let (one, two) = (Snapshot::read(&one).unwrap(), Snapshot::read(&two).unwrap());
        assert_ne!(one.status().hash, two.status().hash);
        assert_eq!(one.status().keys, two.status().keys);
        assert!(one.status().keys >= 4);
        assert_eq!(one.content, two.content);
        assert_eq!(one.store().unwrap().export(), store.export());
    }

    #[test]
    fn a_snapshot_that_was_cut_or_changed_is_refused() {
        let file = write(&Store::new(), 1, 9, 0);
        assert!(matches!(Snapshot::read(&file[..file.len() - 1]), Err(Broken::Digest { .. })));
        let mut changed = file.clone();
        changed[100] ^= 1;
        assert!(matches!(Snapshot::read(&changed), Err(Broken::Digest { .. })));
        assert_eq!(Snapshot::read(b"<?xml version=\"1.0\"?>").unwrap_err(), Broken::Invalid);
        assert_eq!(Snapshot::read(b"").unwrap_err(), Broken::Invalid);
    }
}
