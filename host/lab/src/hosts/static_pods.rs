//! What the operators of the control plane do to a host: they bring it revisions of its static pods.

use super::Host;
use super::files::Errno;
use super::layout::{self, MANIFESTS, PODS};
use super::manifest::{CLUSTER, Manifest};
use super::user::User;

/// The revision of each static pod that a cluster begins with.
pub const FIRST_REVISION: u32 = layout::REVISION;

impl Host {
    /// Installs a revision of the static pod `name`; an etcd is told the `cluster` that it belongs to.
    ///
    /// Errors: there is no such static pod, or it does not fit on the disk.
    pub fn install_pod(&self, name: &str, revision: u32, cluster: Option<u64>) -> Result<(), Errno> {
        let pod = PODS.iter().find(|pod| pod.0 == name).ok_or(Errno::NotFound)?;
        let does = cluster.map_or_else(String::new, |id| format!("exec etcd {CLUSTER}{id:x}"));
        layout::bring_pod(&self.files().view(User::Root), (self.version(), self.name()), pod, revision, &does)
    }

    /// The revision that the manifest of the static pod `name` says: none where it is gone or of no revision.
    #[must_use]
    pub fn installed_revision(&self, name: &str) -> Option<u32> {
        let bytes = self.files().view(User::Root).read(&format!("{MANIFESTS}/{name}-pod.yaml")).ok()?;
        Manifest::read(&bytes)?.labels.get("revision")?.parse().ok()
    }

    /// The manifests of the control plane's static pods that are not in their place.
    #[must_use]
    pub fn missing_manifests(&self) -> Vec<String> {
        let view = self.files().view(User::Root);
        let files = PODS.iter().map(|(name, _, _)| format!("{name}-pod.yaml"));
        files.filter(|file| !view.exists(&format!("{MANIFESTS}/{file}"))).collect()
    }
}
