//! Who does something on a host: root, or the user that people log in as.

use std::fmt;

/// A user of a host; each is alone in a group of the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum User {
    /// The user who may do everything.
    Root,
    /// The user whom SSH lets in, and who may use sudo without a password.
    Core,
}

impl User {
    /// The user of this name or numeric id.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        match name {
            "root" | "0" => Some(Self::Root),
            "core" | "1000" => Some(Self::Core),
            _ => None,
        }
    }

    /// The user's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Core => "core",
        }
    }

    /// The numeric id.
    #[must_use]
    pub fn id(self) -> u32 {
        match self {
            Self::Root => 0,
            Self::Core => 1000,
        }
    }

    /// The home folder, which sessions start in.
    #[must_use]
    pub fn home(self) -> &'static str {
        match self {
            Self::Root => "/root",
            Self::Core => "/home/core",
        }
    }
}

impl fmt::Display for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
