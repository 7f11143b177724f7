//! The manifest of a static pod, as the kubelet reads it.

use std::collections::BTreeMap;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::containers::tools::hex;

/// How a pod's etcd begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// With the data that is there, as a member of its cluster.
    Join,
    /// With a snapshot, in an empty folder.
    Restore,
    /// As a member of this cluster: with its data, or where there is none, as a new member.
    Into(u64),
    /// With the data that is there, as the only member of a new cluster.
    Alone,
}

/// What stands before the id of the cluster that an etcd is to join.
pub(super) const CLUSTER: &str = "--initial-cluster-token=";

/// A static pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Manifest {
    /// Its name, without that of the host.
    pub(super) name: String,
    /// Its namespace.
    pub(super) namespace: String,
    /// Its labels.
    pub(super) labels: BTreeMap<String, String>,
    /// The kubelet derives it from the content: a changed manifest is another pod.
    pub(super) uid: String,
    /// The containers, each with its image.
    pub(super) containers: Vec<(String, String)>,
    /// How its etcd begins.
    pub(super) start: Start,
}

impl Manifest {
    /// Reads a manifest; what is none is passed over, as the kubelet does after a complaint in its log.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let pod: Value = serde_saphyr::from_str(text).ok()?;
        if pod["kind"] != "Pod" {
            return None;
        }
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let containers = pod["spec"]["containers"].as_array()?;
        let commands =
            containers.iter().map(|container| container["command"].to_string()).collect::<String>();
        let cluster = commands.split(CLUSTER).nth(1).and_then(|rest| {
            let digits = rest.split(|letter: char| !letter.is_ascii_hexdigit()).next()?;
            u64::from_str_radix(digits, 16).ok()
        });
        let start = if let Some(cluster) = cluster {
            Start::Into(cluster)
        } else if commands.contains("snapshot restore") {
            Start::Restore
        } else if commands.contains("force-new-cluster") {
            Start::Alone
        } else {
            Start::Join
        };
        Some(Self {
            name: word(&pod["metadata"]["name"]),
            namespace: word(&pod["metadata"]["namespace"]),
            labels: serde_json::from_value(pod["metadata"]["labels"].clone()).unwrap_or_default(),
            uid: hex(&Sha256::digest(bytes))[..32].to_owned(),
            containers: containers.iter().map(|one| (word(&one["name"]), word(&one["image"]))).collect(),
            start,
        })
    }
}
