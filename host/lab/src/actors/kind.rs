//! The kinds that actors speak of, and the keys of single objects.

use std::borrow::Cow;
use std::fmt;

use kube::Api;
use kube::Client;
use kube::api::{ApiResource, DynamicObject};

/// A kind of object, as an API server serves it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Kind {
    /// The API group; empty for the core group.
    pub group: Cow<'static, str>,
    /// The version that is asked for.
    pub version: Cow<'static, str>,
    /// The kind, such as `Pod`.
    pub kind: Cow<'static, str>,
    /// The plural name in the URL, such as `pods`.
    pub plural: Cow<'static, str>,
    /// Whether objects of this kind live in namespaces.
    pub namespaced: bool,
}

impl Kind {
    /// Makes a kind whose objects live in namespaces.
    #[must_use]
    pub const fn namespaced(
        group: &'static str,
        version: &'static str,
        kind: &'static str,
        plural: &'static str,
    ) -> Self {
        Self {
            group: Cow::Borrowed(group),
            version: Cow::Borrowed(version),
            kind: Cow::Borrowed(kind),
            plural: Cow::Borrowed(plural),
            namespaced: true,
        }
    }

    /// Makes a kind whose objects belong to the whole cluster.
    #[must_use]
    pub const fn cluster(
        group: &'static str,
        version: &'static str,
        kind: &'static str,
        plural: &'static str,
    ) -> Self {
        let mut made = Self::namespaced(group, version, kind, plural);
        made.namespaced = false;
        made
    }

    /// Makes a kind of what discovery answered.
    #[must_use]
    pub fn discovered(resource: &ApiResource, namespaced: bool) -> Self {
        Self {
            group: Cow::Owned(resource.group.clone()),
            version: Cow::Owned(resource.version.clone()),
            kind: Cow::Owned(resource.kind.clone()),
            plural: Cow::Owned(resource.plural.clone()),
            namespaced,
        }
    }

    /// The `apiVersion` of objects of this kind: `v1` or `group/version`.
    #[must_use]
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.to_string()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// The kind as kube-rs wants it.
    #[must_use]
    pub fn resource(&self) -> ApiResource {
        ApiResource {
            group: self.group.to_string(),
            version: self.version.to_string(),
            api_version: self.api_version(),
            kind: self.kind.to_string(),
            plural: self.plural.to_string(),
        }
    }

    /// The API of this kind in `namespace`, or in the whole cluster where it is empty.
    #[must_use]
    pub fn api(&self, client: Client, namespace: &str) -> Api<DynamicObject> {
        if self.namespaced && !namespace.is_empty() {
            Api::namespaced_with(client, namespace, &self.resource())
        } else {
            Api::all_with(client, &self.resource())
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.group.is_empty() {
            write!(f, "{}", self.plural)
        } else {
            write!(f, "{}.{}", self.plural, self.group)
        }
    }
}

/// The name of one object of a known kind.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// The namespace; empty for objects of the whole cluster.
    pub namespace: String,
    /// The name.
    pub name: String,
}

impl Key {
    /// Makes a key; `namespace` is empty for objects of the whole cluster.
    #[must_use]
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self { namespace: namespace.into(), name: name.into() }
    }

    /// The key of `object`.
    #[must_use]
    pub fn of(object: &DynamicObject) -> Self {
        Self::new(
            object.metadata.namespace.clone().unwrap_or_default(),
            object.metadata.name.clone().unwrap_or_default(),
        )
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.namespace.is_empty() {
            f.write_str(&self.name)
        } else {
            write!(f, "{}/{}", self.namespace, self.name)
        }
    }
}
