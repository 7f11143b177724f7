//! What can go wrong in an actor, and what that asks of it.

use super::kind::Key;

/// Why an actor could not finish a piece of work; it is tried again later.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The API server refused, or could not be reached.
    #[error(transparent)]
    Api(#[from] kube::Error),
    /// An object does not have the form that the actor needs.
    #[error("{key}: {reason}")]
    Malformed {
        /// The object.
        key: Key,
        /// What is wrong with it.
        reason: String,
    },
    /// Something outside the API servers failed: a store, a download, the cloud.
    #[error("{0}")]
    Outside(String),
}

/// What an actor's work answers.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// Makes an error of something outside the API servers.
    pub fn outside(reason: impl std::fmt::Display) -> Self {
        Self::Outside(reason.to_string())
    }

    /// Says whether the object was not there.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.code() == Some(404)
    }

    /// Says whether somebody else changed the object in the meantime, or it exists already.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        self.code() == Some(409)
    }

    /// Says whether the server refused, such as to create something in a namespace that is going.
    #[must_use]
    pub fn is_forbidden(&self) -> bool {
        self.code() == Some(403)
    }

    fn code(&self) -> Option<u16> {
        match self {
            Self::Api(kube::Error::Api(status)) => Some(status.code),
            _ => None,
        }
    }
}
