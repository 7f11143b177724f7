//! Targets as scripts hold them: a name, its entry in the environment, nothing to open or connect with.

use std::fmt;
use std::sync::Arc;

use super::{BucketEntry, ClusterEntry, Environment, FolderEntry, HostEntry, Mode, ZoneEntry};
use crate::problem::Problem;

/// The kinds of target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A Kubernetes or OpenShift cluster.
    Cluster,
    /// A host reached by SSH.
    Host,
    /// An S3 bucket.
    Bucket,
    /// A Route53 hosted zone.
    Zone,
    /// A local folder.
    Folder,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Cluster => "cluster",
            Kind::Host => "host",
            Kind::Bucket => "bucket",
            Kind::Zone => "zone",
            Kind::Folder => "folder",
        })
    }
}

/// What the gate must know of a target.
pub trait Target: Clone + Send + Sync + 'static {
    /// Its kind.
    fn kind(&self) -> Kind;
    /// Its name in the environment.
    fn name(&self) -> &str;
    /// What may be done to it.
    fn mode(&self) -> Mode;
}

macro_rules! target {
    ($(#[$doc:meta])* $name:ident, $entry:ty, $table:ident) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name {
            name: Arc<str>,
            environment: Arc<Environment>,
            entry: Arc<$entry>,
        }

        impl $name {
            /// Finds the target called `name` in the environment.
            #[must_use]
            pub fn named(environment: &Arc<Environment>, name: &str) -> Option<Self> {
                let entry = environment.$table.get(name)?.clone();
                Some(Self { name: name.into(), environment: environment.clone(), entry: Arc::new(entry) })
            }

            /// Finds the target called `name`, as [`Self::named`] does.
            ///
            /// Errors: `unknown_target`, with the names that the environment declares.
            pub fn find(environment: &Arc<Environment>, name: &str) -> Result<Self, Problem> {
                Self::named(environment, name).ok_or_else(|| {
                    let declared: Vec<&str> = environment.$table.keys().map(String::as_str).collect();
                    let known = if declared.is_empty() { "none".to_owned() } else { declared.join(", ") };
                    Problem::new("unknown_target", format!("no {} is called `{name}`", Kind::$name)).hint(format!(
                        "{} declares {known}; add [{}.{name}] or mend the name",
                        environment.file.display(),
                        stringify!($table)
                    ))
                })
            }

            /// What the environment says of it.
            #[must_use]
            pub fn entry(&self) -> &$entry {
                &self.entry
            }

            /// The environment that names it.
            #[must_use]
            pub fn environment(&self) -> &Environment {
                &self.environment
            }
        }

        impl Target for $name {
            fn kind(&self) -> Kind {
                Kind::$name
            }

            fn name(&self) -> &str {
                &self.name
            }

            fn mode(&self) -> Mode {
                self.entry.mode
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{} {}", Kind::$name, self.name)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    };
}

target!(
    /// A cluster that the environment declares.
    Cluster, ClusterEntry, clusters
);
target!(
    /// A host that the environment declares.
    Host, HostEntry, hosts
);
target!(
    /// A bucket that the environment declares.
    Bucket, BucketEntry, buckets
);
target!(
    /// A hosted zone that the environment declares.
    Zone, ZoneEntry, zones
);
target!(
    /// A folder that the environment declares.
    Folder, FolderEntry, folders
);
