//! The form of the environment file, and where its relative paths lead.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::hosts::{self, HostEntry};
use super::told::told;
use crate::problem::Problem;

/// What may be done to a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Reads and changes.
    #[default]
    ReadWrite,
    /// Reads only: the gate refuses every change.
    ReadOnly,
}

/// The environment file as a whole.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// What this place is called in messages and in the journal.
    pub name: String,
    /// The clusters, by the name that scripts use.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub clusters: BTreeMap<String, ClusterEntry>,
    /// The hosts reached by SSH.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub hosts: BTreeMap<String, HostEntry>,
    /// The S3 buckets.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub buckets: BTreeMap<String, BucketEntry>,
    /// The Route53 hosted zones.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub zones: BTreeMap<String, ZoneEntry>,
    /// The local folders.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub folders: BTreeMap<String, FolderEntry>,
    /// What the procedures ask for beyond targets.
    #[serde(default)]
    pub parameters: BTreeMap<String, toml::Value>,
    /// How long things may take.
    #[serde(default)]
    pub limits: Limits,
    /// The folder that relative paths start from: the one that the file lies in.
    #[serde(skip)]
    pub base: PathBuf,
    /// The file itself, for messages.
    #[serde(skip)]
    pub file: PathBuf,
}

/// How long things may take, where a script does not say.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// How many seconds one call may take, retries included, before it is given up.
    pub call_seconds: u64,
    /// How many seconds one attempt may go without an answer.
    pub attempt_seconds: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { call_seconds: 120, attempt_seconds: 30 }
    }
}

/// A Kubernetes or OpenShift cluster.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ClusterEntry {
    /// The kubeconfig file.
    pub kubeconfig: PathBuf,
    /// The context in it; the file's current one where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// What may be done to it.
    #[serde(default)]
    pub mode: Mode,
    /// The UID of its `kube-system` namespace, where the operator pins it beforehand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
}

/// Where the credentials for an AWS-like service come from.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CredentialsEntry {
    /// The shared credentials file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// The profile in it; `default` where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
}

/// An S3 bucket.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct BucketEntry {
    /// The bucket's own name.
    pub bucket: String,
    /// Its region; asked of S3 where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The endpoint of an S3-compatible service; AWS where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// A PEM file with the authority that signed the endpoint's certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
    /// Whether the bucket stands in the path instead of the host name, as S3-compatible services want it.
    #[serde(default)]
    pub path_style: bool,
    /// The credentials.
    #[serde(default)]
    pub credentials: CredentialsEntry,
    /// What may be done to it.
    #[serde(default)]
    pub mode: Mode,
}

/// A Route53 hosted zone.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ZoneEntry {
    /// The hosted zone id, such as `Z02718293M33QHDEQBROL`.
    pub id: String,
    /// The endpoint of a Route53-compatible service; AWS where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// A PEM file with the authority that signed the endpoint's certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
    /// The credentials.
    #[serde(default)]
    pub credentials: CredentialsEntry,
    /// What may be done to it.
    #[serde(default)]
    pub mode: Mode,
}

/// A local folder; scripts read and write inside it only.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FolderEntry {
    /// Where it is; it is made with mode 0700 when first written to.
    pub path: PathBuf,
    /// What may be done to it.
    #[serde(default)]
    pub mode: Mode,
}

impl Environment {
    /// Reads the file at `path`.
    ///
    /// Errors: `environment` if it cannot be read or is not of the documented form, with the line and the key, or if
    /// a file that a host needs is not there.
    pub fn read(path: &Path) -> Result<Self, Problem> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            Problem::new(
                "environment",
                format!("the environment file {} cannot be read: {error}", path.display()),
            )
            .hint(match error.kind() {
                std::io::ErrorKind::InvalidData => "save it in UTF-8, as editors do by themselves",
                std::io::ErrorKind::IsADirectory => "name the file in it with --env FILE",
                std::io::ErrorKind::PermissionDenied => "look with `ls -l` who may read it",
                _ => "name one with --env FILE; scripts/environment.example.toml is one with comments",
            })
        })?;
        let environment = Self::parse(&text, path)?;
        hosts::check_files(&environment)?;
        Ok(environment)
    }

    /// Reads the text of an environment file that lies at `path`.
    pub fn parse(text: &str, path: &Path) -> Result<Self, Problem> {
        let mut environment: Self = toml::from_str(text)
            .map_err(|error| told(path, text, error.message(), error.span().map(|span| span.start)))?;
        environment.check_itself(path)?;
        path.clone_into(&mut environment.file);
        let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        environment.base = whole.parent().map(Path::to_owned).unwrap_or_default();
        hosts::check(&environment)?;
        Ok(environment)
    }

    /// Refuses what has the right form and cannot be meant.
    fn check_itself(&self, path: &Path) -> Result<(), Problem> {
        let file = path.display();
        if self.name.trim().is_empty() {
            return Err(Problem::new("environment", format!("{file}: the `name` is blank"))
                .hint("give it one that tells this place from others: it stands in each message"));
        }
        if self.limits.call_seconds == 0 || self.limits.attempt_seconds == 0 {
            let message = format!("{file}: a limit of 0 seconds in [limits] lets no call end");
            return Err(Problem::new("environment", message)
                .hint("leave it out for the usual: 120 for a call, 30 for an attempt"));
        }
        Ok(())
    }

    /// Where a path that stands in the file leads: `~/` is the home folder, relative ones start at the file.
    #[must_use]
    pub fn resolve(&self, path: &Path) -> PathBuf {
        if let Ok(rest) = path.strip_prefix("~")
            && let Some(home) = std::env::home_dir()
        {
            return home.join(rest);
        }
        self.base.join(path)
    }
}
