//! A file that is open for writing.

use jiff::Timestamp;

use super::node::Data;
use super::tree::Place;
use super::{Errno, Files};

/// An open file: it is written where it was opened, whatever name it has by then.
#[derive(Debug)]
pub struct Handle {
    pub(super) files: Files,
    pub(super) data: Data,
    pub(super) place: Place,
    pub(super) disk: usize,
    /// Where the next bytes go; `None` is the end.
    pub(super) offset: Option<usize>,
}

impl Handle {
    /// Writes `bytes` in the place of all that is there, or nothing at all.
    ///
    /// Errors: [`Errno::NoSpace`].
    pub fn replace(&mut self, bytes: &[u8]) -> Result<(), Errno> {
        let (data, place, disk) = (self.data.clone(), &self.place, self.disk);
        self.files.change(|tree| {
            let free = usize::try_from(tree.free(disk)).unwrap_or(usize::MAX);
            let mut content = data.lock();
            if bytes.len() > content.len().saturating_add(free) {
                return Err(Errno::NoSpace);
            }
            content.clear();
            content.extend_from_slice(bytes);
            drop(content);
            if let Some(node) = tree.node_mut(place) {
                node.modified = Timestamp::now();
            }
            Ok(())
        })?;
        self.offset = Some(bytes.len());
        Ok(())
    }

    /// Writes `bytes`, or as much of them as fits on the disk.
    ///
    /// Errors: [`Errno::NoSpace`].
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Errno> {
        let (data, place, disk) = (self.data.clone(), &self.place, self.disk);
        let offset = &mut self.offset;
        self.files.change(|tree| {
            let free = usize::try_from(tree.free(disk)).unwrap_or(usize::MAX);
            let mut content = data.lock();
            let at = offset.unwrap_or(content.len());
            if content.len() < at {
                content.resize(at, 0);
            }
            let inside = bytes.len().min(content.len() - at);
            content[at..at + inside].copy_from_slice(&bytes[..inside]);
            let more = &bytes[inside..];
            let fits = more.len().min(free);
            content.extend_from_slice(&more[..fits]);
            if let Some(offset) = offset {
                *offset += inside + fits;
            }
            drop(content);
            if let Some(node) = tree.node_mut(place) {
                node.modified = Timestamp::now();
            }
            if fits < more.len() { Err(Errno::NoSpace) } else { Ok(()) }
        })
    }
}
