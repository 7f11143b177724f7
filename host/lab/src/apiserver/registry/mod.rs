//! What a write does to an object: the rules that every kind shares, and those of single kinds.

mod admission;
mod create;
mod definitions;
mod delete;
mod names;
mod strategy;
mod update;

use std::sync::Arc;

use serde_json::Value;

pub use create::create;
pub use definitions::{DEFINITIONS, kind_of_definition};
pub use delete::{DeleteOptions, Deleted, Preconditions, Propagation, delete};
pub use update::{uid_conflict, update};

use super::identity::User;
use super::kinds::Kind;
use super::status::Status;
use super::store::{Key, State};

/// What a request is about.
#[derive(Debug, Clone)]
pub struct Target {
    /// The kind.
    pub kind: Arc<Kind>,
    /// The version that the client speaks.
    pub version: String,
    /// The namespace; empty for kinds of the whole cluster.
    pub namespace: String,
    /// The name; empty where the request is about many objects or about one without a name yet.
    pub name: String,
    /// Which part of the object may be written.
    pub part: Part,
    /// Who asks.
    pub user: User,
}

/// Which part of an object a write may touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Everything but the status, where the status is a subresource.
    Whole,
    /// The status alone.
    Status,
    /// The conditions and annotations of a certificate signing request.
    Approval,
    /// The finalizers in a namespace's specification.
    Finalize,
    /// Really everything; for seeding only.
    Everything,
}

/// How a write is done.
#[derive(Debug, Clone, Default)]
pub struct WriteOptions {
    /// The field manager.
    pub manager: String,
    /// Everything is checked, nothing is kept.
    pub dry_run: bool,
    /// What happens to fields that the schema does not know.
    pub unknown_fields: UnknownFields,
    /// Ownership was already worked out, by a server-side apply.
    pub applied: bool,
    /// The subresource that the write came through, where that is not told by the part; such as `scale`.
    pub subresource: &'static str,
}

/// What happens to fields that a custom kind's schema does not know. They are never kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum UnknownFields {
    /// They go without a word.
    #[default]
    Drop,
    /// The request is refused.
    Refuse,
}

impl WriteOptions {
    /// The options of a write that the lab itself does.
    #[must_use]
    pub fn internal() -> Self {
        Self { manager: "lab".to_owned(), ..Self::default() }
    }
}

impl Target {
    /// The key of the object.
    #[must_use]
    pub fn key(&self) -> Key {
        (self.namespace.clone(), self.name.clone())
    }

    /// The current object, in the version that the client speaks.
    pub fn current(&self, state: &State) -> Result<Value, Status> {
        let object = state
            .get(&self.kind.resource(), &self.key())
            .ok_or_else(|| Status::not_found(&self.kind, &self.name))?;
        Ok(self.shown(object))
    }

    /// An object as the client sees it: under the version that it speaks.
    #[must_use]
    pub fn shown(&self, stored: &Value) -> Value {
        at_version(&self.kind, &self.version, stored)
    }
}

/// An object under another version of its kind; nothing but the version differs between versions here.
#[must_use]
pub fn at_version(kind: &Kind, version: &str, object: &Value) -> Value {
    let mut object = object.clone();
    object["apiVersion"] = kind.api_version(version).into();
    object["kind"] = kind.kind.clone().into();
    object
}
