//! The volume of an etcd member: its files, and the database that lies in it.

use std::sync::Arc;

use super::database::Database;
use crate::containers::files::Tree;

/// Where the data folder lies in the volume, which is mounted at `/var/lib`.
pub const DATA: &str = "data";
/// Where the volume is mounted.
pub const MOUNT: &str = "/var/lib";
/// The file that the database lies in.
const FILE: &str = "data/member/snap/db";

/// A volume that a member's data lies on. Clones share the files.
#[derive(Clone)]
pub struct Volume {
    /// Its files.
    pub tree: Tree,
    /// The member whose data lies in it.
    pub member: Option<Member>,
}

/// A member of a database.
#[derive(Clone)]
pub struct Member {
    /// Its id.
    pub id: u64,
    /// The database that it is a member of.
    pub database: Database,
}

impl Member {
    /// The member of that name; a cluster that does not know it refuses it, as etcd does on start.
    pub fn of(database: Database, name: &str) -> Result<Self, String> {
        let refusal = || {
            format!("error validating peerURLs: member {name} is not in cluster {:x}", database.cluster_id())
        };
        let id = database.member_id(name).ok_or_else(refusal)?;
        Ok(Self { id, database })
    }
}

impl Volume {
    /// Makes an empty volume of `capacity` bytes.
    #[must_use]
    pub fn new(capacity: u64) -> Self {
        Self { tree: Tree::new(capacity), member: None }
    }

    /// Whether the data folder holds anything at all, such as a forgotten snapshot.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tree.below(DATA).is_empty()
    }

    /// Lays a member's data into the volume; `size` is that of its database in bytes.
    pub fn fill(&mut self, member: Member, size: u64) -> std::io::Result<()> {
        self.tree.write(FILE, Arc::new(format!("{:x}\n", member.id).into_bytes()))?;
        self.tree.reserve(size);
        self.member = Some(member);
        Ok(())
    }
}

/// The bytes of a Kubernetes quantity such as `8Gi`.
#[must_use]
pub fn bytes(quantity: &str) -> Option<u64> {
    let digits = quantity.find(|c: char| !c.is_ascii_digit()).unwrap_or(quantity.len());
    let (number, unit) = quantity.split_at(digits);
    let unit = match unit {
        "" => 1,
        "Ki" => 1 << 10,
        "Mi" => 1 << 20,
        "Gi" => 1 << 30,
        "Ti" => 1 << 40,
        "k" => 1_000,
        "M" => 1_000_000,
        "G" => 1_000_000_000,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_read_in_powers_of_two_and_of_ten() {
        assert_eq!(bytes("8Gi"), Some(8 << 30));
        assert_eq!(bytes("64M"), Some(64_000_000));
        assert_eq!(bytes("12"), Some(12));
        assert_eq!(bytes("1e3"), None);
    }
}
