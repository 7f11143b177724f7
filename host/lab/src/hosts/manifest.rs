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
    /// With the data that is there, as the only member of a new cluster.
    Alone,
}

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
        let start = if commands.contains("snapshot restore") {
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
