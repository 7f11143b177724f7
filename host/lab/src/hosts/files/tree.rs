//! The mounted file systems as one tree: how a path leads to a node, through links and mounts.

use std::collections::VecDeque;

use super::super::user::User;
use super::errno::Errno;
use super::node::{Content, Node};
use super::{Usage, names};

/// A path without links and dots, name by name.
pub(super) type Place = Vec<String>;

#[derive(Debug)]
struct Disk {
    at: Place,
    device: String,
    capacity: u64,
    reserved: u64,
    root: Node,
}

#[derive(Debug)]
pub(super) struct Tree {
    disks: Vec<Disk>,
}

/// How many links a path may lead through.
const MOST_LINKS: u32 = 40;

impl Tree {
    pub(super) fn new(device: &str, capacity: u64) -> Self {
        let root = Node::folder(0o755, User::Root);
        let root = Disk { at: Vec::new(), device: device.to_owned(), capacity, reserved: 0, root };
        Self { disks: vec![root] }
    }

    pub(super) fn mount(&mut self, at: &str, device: &str, capacity: u64, mode: u32) -> Result<(), Errno> {
        let at = self.resolve(at, true, User::Root)?;
        let root = Node::folder(mode, User::Root);
        self.disks.push(Disk { at, device: device.to_owned(), capacity, reserved: 0, root });
        self.disks.sort_by_key(|disk| std::cmp::Reverse(disk.at.len()));
        Ok(())
    }

    pub(super) fn reserve(&mut self, path: &str, bytes: u64) -> Result<(), Errno> {
        let place = self.resolve(path, true, User::Root)?;
        let disk = self.disk(&place);
        self.disks[disk].reserved = bytes;
        Ok(())
    }

    /// Which disk a place is on.
    pub(super) fn disk(&self, place: &[String]) -> usize {
        self.disks.iter().position(|disk| place.starts_with(&disk.at)).unwrap_or(self.disks.len() - 1)
    }

    pub(super) fn is_mount(&self, place: &[String]) -> bool {
        self.disks.iter().any(|disk| disk.at == place)
    }

    pub(super) fn usage(&self, place: &[String]) -> Usage {
        let disk = &self.disks[self.disk(place)];
        Usage {
            device: disk.device.clone(),
            at: format!("/{}", disk.at.join("/")),
            capacity: disk.capacity,
            used: disk.reserved + disk.root.bytes(),
        }
    }

    /// How many bytes still fit on a disk.
    pub(super) fn free(&self, disk: usize) -> u64 {
        let disk = &self.disks[disk];
        disk.capacity.saturating_sub(disk.reserved + disk.root.bytes())
    }

    pub(super) fn all_usage(&self) -> Vec<Usage> {
        let mut all: Vec<Usage> = self.disks.iter().map(|disk| self.usage(&disk.at)).collect();
        all.sort_by(|one, other| one.at.cmp(&other.at));
        all
    }

    pub(super) fn node(&self, place: &[String]) -> Option<&Node> {
        let disk = &self.disks[self.disk(place)];
        place[disk.at.len()..].iter().try_fold(&disk.root, |node, name| node.child(name))
    }

    pub(super) fn node_mut(&mut self, place: &[String]) -> Option<&mut Node> {
        let disk = self.disk(place);
        let disk = &mut self.disks[disk];
        let within = &place[disk.at.len()..];
        within.iter().try_fold(&mut disk.root, |node, name| node.children_mut()?.get_mut(name))
    }

    /// Follows an absolute path as `user` may; the last name need not exist.
    pub(super) fn resolve(&self, path: &str, follow_last: bool, user: User) -> Result<Place, Errno> {
        let mut left: VecDeque<String> = names(path).map(str::to_owned).collect();
        let mut place: Place = Vec::new();
        let mut links = 0;
        while let Some(name) = left.pop_front() {
            let here = self.node(&place).ok_or(Errno::NotFound)?;
            if !matches!(here.content, Content::Folder(_)) {
                return Err(Errno::NotFolder);
            }
            if !here.allows(user, 1) {
                return Err(Errno::Denied);
            }
            if name == ".." {
                place.pop();
                continue;
            }
            place.push(name);
            let target = match self.node(&place) {
                Some(Node { content: Content::Link(target), .. }) if follow_last || !left.is_empty() => {
                    target
                }
                None if !left.is_empty() => return Err(Errno::NotFound),
                _ => continue,
            };
            links += 1;
            if links > MOST_LINKS {
                return Err(Errno::Loop);
            }
            place.pop();
            if target.starts_with('/') {
                place.clear();
            }
            for name in names(target).rev() {
                left.push_front(name.to_owned());
            }
        }
        Ok(place)
    }
}
