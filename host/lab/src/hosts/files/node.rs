//! What a file system is made of: files, folders and links, with owner, mode and time.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::super::user::User;

/// The bytes of a file. Whoever has it open goes on with it when it is renamed or removed.
#[derive(Debug, Clone, Default)]
pub(super) struct Data(Arc<Mutex<Vec<u8>>>);

impl Data {
    pub(super) fn lock(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug)]
pub(super) enum Content {
    File(Data),
    Folder(BTreeMap<String, Node>),
    Link(String),
}

#[derive(Debug)]
pub(super) struct Node {
    pub(super) content: Content,
    pub(super) mode: u32,
    pub(super) owner: User,
    pub(super) modified: Timestamp,
}

/// What kind of thing has a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link, with where it leads.
    Link(String),
}

/// What is known of a file without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meta {
    /// What it is.
    pub kind: Kind,
    /// The permission bits.
    pub mode: u32,
    /// Whose it is.
    pub owner: User,
    /// The length of a file, in bytes.
    pub size: u64,
    /// When it was changed last.
    pub modified: Timestamp,
}

impl Meta {
    /// Whether it is a folder.
    #[must_use]
    pub fn is_folder(&self) -> bool {
        self.kind == Kind::Folder
    }

    /// Whether it is a file.
    #[must_use]
    pub fn is_file(&self) -> bool {
        self.kind == Kind::File
    }
}

impl Node {
    pub(super) fn new(content: Content, mode: u32, owner: User) -> Self {
        Self { content, mode, owner, modified: Timestamp::now() }
    }

    pub(super) fn folder(mode: u32, owner: User) -> Self {
        Self::new(Content::Folder(BTreeMap::new()), mode, owner)
    }

    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        match &self.content {
            Content::Folder(children) => children.get(name),
            _ => None,
        }
    }

    pub(super) fn children_mut(&mut self) -> Option<&mut BTreeMap<String, Self>> {
        match &mut self.content {
            Content::Folder(children) => Some(children),
            _ => None,
        }
    }

    /// The bytes of all files in it.
    pub(super) fn bytes(&self) -> u64 {
        match &self.content {
            Content::File(data) => data.lock().len() as u64,
            Content::Folder(children) => children.values().map(Self::bytes).sum(),
            Content::Link(_) => 0,
        }
    }

    pub(super) fn meta(&self) -> Meta {
        const FOLDER: u64 = 4096;
        let (kind, size) = match &self.content {
            Content::File(data) => (Kind::File, data.lock().len() as u64),
            Content::Folder(_) => (Kind::Folder, FOLDER),
            Content::Link(to) => (Kind::Link(to.clone()), to.len() as u64),
        };
        Meta { kind, mode: self.mode, owner: self.owner, size, modified: self.modified }
    }

    /// Whether `user` has the right `bit`: 4 to read, 2 to write, 1 to search or execute.
    pub(super) fn allows(&self, user: User, bit: u32) -> bool {
        let own = if user == self.owner { self.mode >> 6 } else { self.mode };
        user == User::Root || own & bit != 0
    }
}
