//! What one user sees of the files and can do with them.

use super::super::user::User;
use super::node::{Content, Data, Node};
use super::tree::{Place, Tree};
use super::{Errno, Files, Handle, Kind, Meta, Usage};

/// The files as one user has them, with a folder that relative paths begin in.
#[derive(Debug, Clone)]
pub struct View {
    files: Files,
    user: User,
    folder: String,
    /// What new files and folders may not allow.
    mask: u32,
}

/// What new files and folders may not allow, unless somebody says otherwise.
const MASK: u32 = 0o022;

impl View {
    pub(super) fn new(files: Files, user: User, folder: &str) -> Self {
        Self { files, user, folder: folder.to_owned(), mask: MASK }
    }

    /// Whose view it is.
    #[must_use]
    pub fn user(&self) -> User {
        self.user
    }

    /// The folder that relative paths begin in.
    #[must_use]
    pub fn folder(&self) -> &str {
        &self.folder
    }

    /// The same files for another user.
    #[must_use]
    pub fn of(&self, user: User) -> Self {
        Self { user, ..self.clone() }
    }

    /// Sets what new files and folders may not allow.
    pub fn set_mask(&mut self, mask: u32) {
        self.mask = mask;
    }

    /// Goes to another folder.
    pub fn enter(&mut self, path: &str) -> Result<(), Errno> {
        let place = self.place(path, true)?;
        let tree = self.files.lock();
        let node = tree.node(&place).ok_or(Errno::NotFound)?;
        match node.content {
            Content::Folder(_) if node.allows(self.user, 1) => {}
            Content::Folder(_) => return Err(Errno::Denied),
            _ => return Err(Errno::NotFolder),
        }
        self.folder = format!("/{}", place.join("/"));
        drop(tree);
        Ok(())
    }

    /// What has this name, links followed.
    pub fn meta(&self, path: &str) -> Result<Meta, Errno> {
        self.look(path, true)
    }

    /// What has this name, be it a link.
    pub fn link_meta(&self, path: &str) -> Result<Meta, Errno> {
        self.look(path, false)
    }

    /// Whether something has this name.
    #[must_use]
    pub fn exists(&self, path: &str) -> bool {
        self.meta(path).is_ok()
    }

    /// Whether the user has the right `bit` (4, 2 or 1) to it.
    #[must_use]
    pub fn allows(&self, path: &str, bit: u32) -> bool {
        let executable = |meta: &Meta| bit != 1 || meta.is_folder() || meta.mode & 0o111 != 0;
        let Ok(place) = self.place(path, true) else { return false };
        let tree = self.files.lock();
        tree.node(&place).is_some_and(|node| node.allows(self.user, bit) && executable(&node.meta()))
    }

    /// The path without links and dots; the last name need not exist.
    pub fn real(&self, path: &str) -> Result<String, Errno> {
        Ok(format!("/{}", self.place(path, true)?.join("/")))
    }

    /// The content of a file.
    pub fn read(&self, path: &str) -> Result<Vec<u8>, Errno> {
        let place = self.place(path, true)?;
        let tree = self.files.lock();
        let node = tree.node(&place).ok_or(Errno::NotFound)?;
        if !node.allows(self.user, 4) {
            return Err(Errno::Denied);
        }
        match &node.content {
            Content::File(data) => Ok(data.lock().clone()),
            _ => Err(Errno::IsFolder),
        }
    }

    /// The names in a folder, each with what it is.
    pub fn list(&self, path: &str) -> Result<Vec<(String, Meta)>, Errno> {
        let place = self.place(path, true)?;
        let tree = self.files.lock();
        let node = tree.node(&place).ok_or(Errno::NotFound)?;
        let Content::Folder(children) = &node.content else { return Err(Errno::NotFolder) };
        if !node.allows(self.user, 4) {
            return Err(Errno::Denied);
        }
        let meta = |name: &String| {
            let below: Place = place.iter().chain([name]).cloned().collect();
            tree.node(&below).map(|node| (name.clone(), node.meta()))
        };
        Ok(children.keys().filter_map(meta).collect())
    }

    /// Opens a file for writing, and makes it if need be: from its start, or at its end with `append`.
    pub fn open(&self, path: &str, append: bool) -> Result<Handle, Errno> {
        let place = self.place(path, true)?;
        let (user, mask) = (self.user, self.mask);
        let (data, disk) = self.files.change(|tree| {
            let disk = tree.disk(&place);
            if tree.node(&place).is_none() {
                parent_for_change(tree, &place, user)?
                    .insert(last(&place)?, Node::new(Content::File(Data::default()), 0o666 & !mask, user));
            }
            let node = tree.node(&place).ok_or(Errno::NotFound)?;
            if !node.allows(user, 2) {
                return Err(Errno::Denied);
            }
            let Content::File(data) = &node.content else { return Err(Errno::IsFolder) };
            Ok((data.clone(), disk))
        })?;
        if !append {
            data.lock().clear();
        }
        let offset = (!append).then_some(0);
        Ok(Handle { files: self.files.clone(), data, place, disk, offset })
    }

    /// Writes a whole file.
    pub fn write(&self, path: &str, bytes: &[u8]) -> Result<(), Errno> {
        self.open(path, false)?.write(bytes)
    }

    /// Makes a folder.
    pub fn make_folder(&self, path: &str, mode: u32) -> Result<(), Errno> {
        self.insert(path, || Node::folder(mode, self.user))
    }

    /// Makes a folder and those above it; one that is there already is fine.
    pub fn make_folders(&self, path: &str, mode: u32) -> Result<(), Errno> {
        let whole = self.absolute(path);
        let ends = whole.char_indices().filter(|(at, letter)| *at > 0 && *letter == '/').map(|(at, _)| at);
        for end in ends.chain([whole.len()]) {
            let at = &whole[..end];
            match self.meta(at) {
                Ok(meta) if meta.is_folder() => {}
                Ok(_) => return Err(if end == whole.len() { Errno::Exists } else { Errno::NotFolder }),
                Err(Errno::NotFound) if end < whole.len() => self.make_folder(at, 0o777 & !self.mask)?,
                Err(Errno::NotFound) => self.make_folder(at, mode)?,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Makes a symbolic link at `path` that leads to `target`.
    pub fn make_link(&self, path: &str, target: &str) -> Result<(), Errno> {
        self.insert(path, || Node::new(Content::Link(target.to_owned()), 0o777, self.user))
    }

    /// Removes a file or a link.
    pub fn remove_file(&self, path: &str) -> Result<(), Errno> {
        self.remove(path, |node| match node.content {
            Content::Folder(_) => Err(Errno::IsFolder),
            _ => Ok(()),
        })
    }

    /// Removes an empty folder.
    pub fn remove_folder(&self, path: &str) -> Result<(), Errno> {
        self.remove(path, |node| match &node.content {
            Content::Folder(children) if children.is_empty() => Ok(()),
            Content::Folder(_) => Err(Errno::NotEmpty),
            _ => Err(Errno::NotFolder),
        })
    }

    /// Gives a file another name on the same file system; a file of that name is replaced.
    pub fn rename(&self, from: &str, to: &str) -> Result<(), Errno> {
        let (from, to) = (self.place(from, false)?, self.place(to, false)?);
        let user = self.user;
        self.files.change(|tree| {
            let moved = tree.node(&from).ok_or(Errno::NotFound)?;
            let is_folder = matches!(moved.content, Content::Folder(_));
            if tree.disk(parent(&from)?) != tree.disk(parent(&to)?) {
                return Err(Errno::CrossDevice);
            }
            if tree.is_mount(&from) || tree.is_mount(&to) {
                return Err(Errno::Busy);
            }
            if is_folder && to.starts_with(&from) {
                return if to == from { Ok(()) } else { Err(Errno::Invalid) };
            }
            match tree.node(&to).map(|node| &node.content) {
                Some(Content::Folder(_)) if !is_folder => return Err(Errno::IsFolder),
                Some(Content::Folder(children)) if !children.is_empty() => return Err(Errno::NotEmpty),
                Some(Content::File(_) | Content::Link(_)) if is_folder => return Err(Errno::NotFolder),
                _ => {}
            }
            parent_for_change(tree, &to, user)?;
            allow_removal(tree, &from, user)?;
            let name = last(&from)?;
            let moved = parent_for_change(tree, &from, user)?.remove(&name).ok_or(Errno::NotFound)?;
            parent_for_change(tree, &to, user)?.insert(last(&to)?, moved);
            Ok(())
        })
    }

    /// Sets the permission bits.
    pub fn set_mode(&self, path: &str, mode: u32) -> Result<(), Errno> {
        self.alter(path, |node| node.mode = mode)
    }

    /// Gives it to another user, which only root may do.
    pub fn set_owner(&self, path: &str, owner: User) -> Result<(), Errno> {
        if self.user != User::Root {
            return Err(Errno::NotPermitted);
        }
        self.alter(path, |node| node.owner = owner)
    }

    /// Sets when it was changed last.
    pub fn set_modified(&self, path: &str, modified: jiff::Timestamp) -> Result<(), Errno> {
        self.alter(path, |node| node.modified = modified)
    }

    /// How full the file system is that holds `path`.
    pub fn usage(&self, path: &str) -> Result<Usage, Errno> {
        self.meta(path)?;
        let place = self.place(path, true)?;
        Ok(self.files.lock().usage(&place))
    }

    /// How full every file system is, by where it is mounted.
    #[must_use]
    pub fn all_usage(&self) -> Vec<Usage> {
        self.files.lock().all_usage()
    }

    /// Everything at and below `path`, links not followed, a folder before what is in it.
    pub fn walk(&self, path: &str) -> Result<Vec<(String, Meta)>, Errno> {
        let meta = self.link_meta(path)?;
        let mut found = vec![(path.to_owned(), meta.clone())];
        if meta.kind == Kind::Folder {
            for (name, _) in self.list(path)? {
                found.extend(self.walk(&format!("{}/{name}", path.trim_end_matches('/')))?);
            }
        }
        Ok(found)
    }

    /// Removes everything at and below `path`.
    pub fn remove_all(&self, path: &str) -> Result<(), Errno> {
        for (path, meta) in self.walk(path)?.into_iter().rev() {
            if meta.is_folder() {
                self.remove_folder(&path)?;
            } else {
                self.remove_file(&path)?;
            }
        }
        Ok(())
    }

    fn absolute(&self, path: &str) -> String {
        if path.starts_with('/') { path.to_owned() } else { format!("{}/{path}", self.folder) }
    }

    fn place(&self, path: &str, follow_last: bool) -> Result<Place, Errno> {
        if path.is_empty() {
            return Err(Errno::NotFound);
        }
        self.files.lock().resolve(&self.absolute(path), follow_last, self.user)
    }

    fn look(&self, path: &str, follow_last: bool) -> Result<Meta, Errno> {
        let place = self.place(path, follow_last)?;
        self.files.lock().node(&place).map(Node::meta).ok_or(Errno::NotFound)
    }

    fn insert(&self, path: &str, make: impl FnOnce() -> Node) -> Result<(), Errno> {
        let place = self.place(path, false)?;
        self.files.change(|tree| {
            if tree.node(&place).is_some() {
                return Err(Errno::Exists);
            }
            parent_for_change(tree, &place, self.user)?.insert(last(&place)?, make());
            Ok(())
        })
    }

    fn remove(&self, path: &str, check: impl FnOnce(&Node) -> Result<(), Errno>) -> Result<(), Errno> {
        let place = self.place(path, false)?;
        self.files.change(|tree| {
            check(tree.node(&place).ok_or(Errno::NotFound)?)?;
            if tree.is_mount(&place) {
                return Err(Errno::Busy);
            }
            allow_removal(tree, &place, self.user)?;
            parent_for_change(tree, &place, self.user)?.remove(&last(&place)?);
            Ok(())
        })
    }

    fn alter(&self, path: &str, change: impl FnOnce(&mut Node)) -> Result<(), Errno> {
        let place = self.place(path, true)?;
        self.files.change(|tree| {
            let node = tree.node_mut(&place).ok_or(Errno::NotFound)?;
            if self.user != User::Root && self.user != node.owner {
                return Err(Errno::NotPermitted);
            }
            change(node);
            Ok(())
        })
    }
}

type Children = std::collections::BTreeMap<String, Node>;

fn parent(place: &[String]) -> Result<&[String], Errno> {
    place.split_last().map(|(_, parent)| parent).ok_or(Errno::Busy)
}

fn last(place: &[String]) -> Result<String, Errno> {
    place.last().cloned().ok_or(Errno::Busy)
}

/// The folder that holds `place`, if `user` may change what is in it.
fn parent_for_change<'a>(
    tree: &'a mut Tree,
    place: &[String],
    user: User,
) -> Result<&'a mut Children, Errno> {
    let folder = tree.node_mut(parent(place)?).ok_or(Errno::NotFound)?;
    if !(folder.allows(user, 2) && folder.allows(user, 1)) {
        return Err(Errno::Denied);
    }
    folder.modified = jiff::Timestamp::now();
    folder.children_mut().ok_or(Errno::NotFolder)
}

/// In a folder like `/tmp`, everybody may take away only what is theirs.
fn allow_removal(tree: &Tree, place: &[String], user: User) -> Result<(), Errno> {
    const STICKY: u32 = 0o1000;
    let folder = tree.node(parent(place)?).ok_or(Errno::NotFound)?;
    let node = tree.node(place).ok_or(Errno::NotFound)?;
    let foreign = user != User::Root && user != folder.owner && user != node.owner;
    if folder.mode & STICKY != 0 && foreign { Err(Errno::NotPermitted) } else { Ok(()) }
}
