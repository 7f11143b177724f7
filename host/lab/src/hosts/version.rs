//! What differs from release to release in how a control plane is restored.

use serde::{Deserialize, Serialize};

/// A release, as far as its hosts differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Version {
    /// Like 4.12: the long procedure; a restore stops and starts all four static pods.
    #[serde(rename = "4.12")]
    V4_12,
    /// Like 4.14: as 4.12, and etcd notes its raft index in `revision.json`.
    #[serde(rename = "4.14")]
    V4_14,
    /// Like 4.18: a restore touches etcd alone, lifts the revision, and `disable-etcd.sh` is there.
    #[serde(rename = "4.18")]
    V4_18,
}

impl Version {
    /// The release that the cluster says it is.
    #[must_use]
    pub fn release(self) -> &'static str {
        match self {
            Self::V4_12 => "4.12.45",
            Self::V4_14 => "4.14.30",
            Self::V4_18 => "4.18.10",
        }
    }

    /// The version of etcd in it.
    #[must_use]
    pub fn etcd(self) -> &'static str {
        match self {
            Self::V4_12 => "3.5.6",
            Self::V4_14 => "3.5.11",
            Self::V4_18 => "3.5.18",
        }
    }

    /// The version of the kubelet in it.
    #[must_use]
    pub fn kubelet(self) -> &'static str {
        match self {
            Self::V4_12 => "v1.25.16+9946c63",
            Self::V4_14 => "v1.27.13+e709aa5",
            Self::V4_18 => "v1.31.7+e5ccd6a",
        }
    }

    /// Whether a restore takes all static pods down and brings back those of the backup.
    pub(super) fn restores_all_pods(self) -> bool {
        self < Self::V4_18
    }

    /// Whether etcd writes `revision.json` beside its data.
    pub(super) fn notes_revision(self) -> bool {
        self >= Self::V4_14
    }

    /// Whether etcd's pod puts data of another cluster aside before it joins; the operator then brings members
    /// back by itself.
    #[must_use]
    pub fn clears_stale_data(self) -> bool {
        self >= Self::V4_18
    }

    /// Whether a restore counts on from a later revision.
    pub(super) fn lifts_revision(self) -> bool {
        self >= Self::V4_18
    }

    /// The scripts under `/usr/local/bin`.
    pub(super) fn scripts(self) -> &'static [&'static str] {
        match self {
            Self::V4_12 | Self::V4_14 => &["cluster-backup.sh", "cluster-restore.sh"],
            Self::V4_18 => {
                &["cluster-backup.sh", "cluster-restore.sh", "disable-etcd.sh", "quorum-restore.sh"]
            }
        }
    }
}
