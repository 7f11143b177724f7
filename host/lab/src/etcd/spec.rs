//! What an etcd pod says of itself: its release, its certificates, its volume, and from where it restores.

use kube::api::DynamicObject;
use serde_json::Value;

use crate::actors::Key;
use crate::actors::object::{annotation, list, name, namespace};

/// The annotation with the release that a pod of a control plane is made for; without it, the image tells.
pub const RELEASE_IMAGE: &str = "hypershift.openshift.io/release-image";
/// The init container that restores a snapshot.
pub const INIT: &str = "etcd-init";
/// The variable with the URL that [`INIT`] downloads.
pub const RESTORE_URL: &str = "RESTORE_URL_ETCD";
/// The variable that names all members: of the container `etcd`, and where the operator restores all
/// members into one cluster, of [`INIT`] too. An old operator leaves it out there (F58).
pub const INITIAL_CLUSTER: &str = "ETCD_INITIAL_CLUSTER";

/// An etcd pod, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spec {
    /// The pod, which is also the member's name.
    pub pod: Key,
    /// Major and minor number of the release.
    pub release: (u32, u32),
    /// The claim that holds the data.
    pub claim: Key,
    /// From where an empty volume is filled.
    pub restore: Option<Restore>,
    /// The members that the pod's own start names.
    pub members: Vec<String>,
}

/// How a snapshot is restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restore {
    /// The snapshot.
    pub url: String,
    /// Whether all members restore into one cluster, or each into one of its own (F58).
    pub together: bool,
}

impl Spec {
    /// Reads a pod of the stateful set `etcd`.
    pub fn of(pod: &DynamicObject) -> Result<Self, String> {
        let claim =
            list(pod, "/spec/volumes").iter().find_map(|v| v["persistentVolumeClaim"]["claimName"].as_str());
        let claim = claim.ok_or("the pod has no volume for its data")?;
        let main = list(pod, "/spec/containers").iter().find(|c| c["name"] == "etcd");
        let main = main.ok_or("the pod has no container etcd")?;
        let image = annotation(pod, RELEASE_IMAGE).or(main["image"].as_str()).unwrap_or_default();
        let release = release(image).ok_or_else(|| format!("no release number in the image `{image}`"))?;
        let init = list(pod, "/spec/initContainers").iter().find(|c| c["name"] == INIT);
        let restore = init.and_then(|init| {
            let url = variable(init, RESTORE_URL).filter(|url| !url.is_empty())?;
            Some(Restore { url: url.to_owned(), together: variable(init, INITIAL_CLUSTER).is_some() })
        });
        let members = variable(main, INITIAL_CLUSTER).unwrap_or_default();
        let members =
            members.split(',').filter_map(|member| member.split_once('=')).map(|(name, _)| name.to_owned());
        Ok(Self {
            pod: Key::of(pod),
            release,
            claim: Key::new(namespace(pod), claim),
            restore,
            members: non_empty(members.collect(), name(pod)),
        })
    }

    /// Where the CA of the client certificates lies: it moved in 4.12 (U5).
    #[must_use]
    pub fn ca_path(&self) -> &'static str {
        if self.release >= (4, 12) {
            "etc/etcd/tls/etcd-ca/ca.crt"
        } else {
            "etc/etcd/tls/client/etcd-client-ca.crt"
        }
    }

    /// The version of etcd in the release: 3.6 came with 4.21 (U3).
    #[must_use]
    pub fn etcd_version(&self) -> &'static str {
        if self.release >= (4, 21) { "3.6.5" } else { "3.5.21" }
    }

    /// Whether `etcdctl` still has `snapshot status` and `snapshot restore`.
    #[must_use]
    pub fn has_old_etcdctl(&self) -> bool {
        self.release < (4, 21)
    }
}

fn non_empty(members: Vec<String>, own: &str) -> Vec<String> {
    if members.is_empty() { vec![own.to_owned()] } else { members }
}

fn variable<'a>(container: &'a Value, name: &str) -> Option<&'a str> {
    container["env"].as_array()?.iter().find(|v| v["name"] == name)?["value"].as_str()
}

/// The release of an image such as `quay.io/openshift-release-dev/ocp-release:4.20.3-x86_64`.
fn release(image: &str) -> Option<(u32, u32)> {
    let tag = image.rsplit_once(':')?.1;
    let mut numbers = tag.split(['.', '-']);
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_is_read_from_its_image() {
        assert_eq!(release("quay.io:443/openshift-release-dev/ocp-release:4.20.3-x86_64"), Some((4, 20)));
        assert_eq!(release("quay.io/ocp-release@sha256:0123"), None);
    }
}
