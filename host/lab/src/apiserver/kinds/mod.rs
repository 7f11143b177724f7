//! The kinds that a server knows: its own, and those that a `CustomResourceDefinition` adds.

mod builtin;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

pub use builtin::builtin;

/// A resource that the server serves.
#[derive(Debug, Clone, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each says one thing of the kind, as discovery does")]
pub struct Kind {
    /// The API group; empty for the core group.
    pub group: String,
    /// The served versions, the preferred one first.
    pub versions: Vec<String>,
    /// The version that objects are stored in.
    pub storage: String,
    /// The kind, such as `Pod`.
    pub kind: String,
    /// The kind of a list, such as `PodList`.
    pub list_kind: String,
    /// The name in paths, such as `pods`.
    pub plural: String,
    /// The name of one, such as `pod`.
    pub singular: String,
    /// Names that people type, such as `po`.
    pub short_names: Vec<String>,
    /// Sets of kinds that this one belongs to, such as `all`.
    pub categories: Vec<String>,
    /// Whether objects live in a namespace.
    pub namespaced: bool,
    /// Whether `/status` is a subresource, and the status can be written there only.
    pub status: bool,
    /// Whether `metadata.generation` counts changes of the specification.
    pub generation: bool,
    /// Whether objects are kept; reviews are answered and forgotten.
    pub kept: bool,
    /// Where the scale subresource reads and writes, if there is one.
    pub scale: Option<Scale>,
    /// Subresources of this kind alone, such as `finalize`.
    pub others: Vec<&'static str>,
    /// Whether a `CustomResourceDefinition` made this kind.
    pub custom: bool,
    /// The `openAPIV3Schema` of each version of a custom kind.
    pub schemas: BTreeMap<String, Arc<Value>>,
    /// The additional printer columns of each version of a custom kind.
    pub columns: BTreeMap<String, Vec<Column>>,
}

/// Where `/scale` finds its numbers: paths such as `.spec.replicas`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scale {
    /// The wanted replicas.
    pub spec: String,
    /// The observed replicas.
    pub status: String,
    /// The label selector, if the kind has one.
    pub selector: Option<String>,
}

/// A printer column of a custom kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The heading.
    pub name: String,
    /// The type: `string`, `integer`, `number`, `boolean` or `date`.
    pub type_: String,
    /// Where the value is, such as `.spec.replicas`.
    pub json_path: String,
    /// 0 is always shown; others only in the wide form.
    pub priority: i64,
    /// What the column says.
    pub description: String,
}

impl Kind {
    /// The group-qualified plural, such as `pods` or `deployments.apps`.
    #[must_use]
    pub fn resource(&self) -> String {
        qualified(&self.plural, &self.group)
    }

    /// The `apiVersion` of objects at `version`.
    #[must_use]
    pub fn api_version(&self, version: &str) -> String {
        if self.group.is_empty() { version.to_owned() } else { format!("{}/{version}", self.group) }
    }

    /// The version that clients are told to use.
    #[must_use]
    pub fn preferred(&self) -> &str {
        self.versions.first().map_or("v1", String::as_str)
    }

    /// Whether the group and kind are these.
    #[must_use]
    pub fn is(&self, group: &str, kind: &str) -> bool {
        self.group == group && self.kind == kind
    }
}

/// `plural.group`, or the plural alone in the core group.
#[must_use]
pub fn qualified(plural: &str, group: &str) -> String {
    if group.is_empty() { plural.to_owned() } else { format!("{plural}.{group}") }
}

/// All kinds of a server, by their group-qualified plural.
#[derive(Debug, Clone, Default)]
pub struct Kinds {
    known: BTreeMap<String, Arc<Kind>>,
}

impl Kinds {
    /// Adds a kind, or replaces the one of that name.
    pub fn add(&mut self, kind: Kind) {
        self.known.insert(kind.resource(), Arc::new(kind));
    }

    /// Forgets the kind of this group-qualified plural.
    pub fn remove(&mut self, resource: &str) {
        self.known.remove(resource);
    }

    /// The kind of this group-qualified plural, such as `deployments.apps`.
    #[must_use]
    pub fn get(&self, resource: &str) -> Option<Arc<Kind>> {
        self.known.get(resource).cloned()
    }

    /// The kind that is served at this group, version and plural.
    #[must_use]
    pub fn served(&self, group: &str, version: &str, plural: &str) -> Option<Arc<Kind>> {
        self.get(&qualified(plural, group)).filter(|kind| kind.versions.iter().any(|v| v == version))
    }

    /// The kind with this group and kind name.
    #[must_use]
    pub fn of_object(&self, group: &str, kind: &str) -> Option<Arc<Kind>> {
        self.known.values().find(|known| known.is(group, kind)).cloned()
    }

    /// Every kind, ordered by its group-qualified plural.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Kind>> {
        self.known.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_found_by_its_version_and_not_by_another() {
        let kinds = builtin();
        assert_eq!(
            kinds.served("apps", "v1", "deployments").map(|k| k.kind.clone()),
            Some("Deployment".into())
        );
        assert!(kinds.served("apps", "v1beta1", "deployments").is_none());
        assert!(kinds.served("", "v1", "deployments").is_none());
    }

    #[test]
    fn every_builtin_kind_can_be_stored_in_a_version_that_is_served() {
        for kind in builtin().all() {
            assert!(kind.versions.contains(&kind.storage), "{}", kind.resource());
            assert!(kind.list_kind.ends_with("List"), "{}", kind.resource());
        }
    }
}
