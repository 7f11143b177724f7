//! What can be wrong with the persistent storage of a cluster that was restored from a backup of etcd.

use serde::{Deserialize, Serialize};

/// One fault of persistent storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StorageFault {
    /// The volume behind a `PersistentVolume` was deleted after the snapshot.
    VolumeGone,
    /// A volume is attached to another node than its `VolumeAttachment` says.
    AttachedElsewhere,
    /// A node has a volume whose `PersistentVolume` is younger than the snapshot.
    UnknownVolume,
    /// A `VolumeAttachment` names a node that does not exist.
    AttachmentNodeGone,
    /// A pod waits for a volume that another node holds.
    MultiAttach,
    /// The credentials of a vendor's driver were rotated after the snapshot.
    CredentialsRejected,
    /// The cloud does not grant the credentials that a driver asks for.
    CredentialsNotGranted,
    /// The operator of storage is degraded.
    OperatorDegraded,
    /// A driver that volumes need was removed after the snapshot.
    DriverMissing,
    /// The device of a local volume was removed; no claim holds the volume.
    DeviceGone,
    /// The same, where a claim holds the volume.
    ClaimedDeviceGone,
    /// The path of a local volume is gone from its node.
    LinkGone,
}

impl StorageFault {
    /// Every fault.
    pub const ALL: [Self; 12] = [
        Self::VolumeGone,
        Self::AttachedElsewhere,
        Self::UnknownVolume,
        Self::AttachmentNodeGone,
        Self::MultiAttach,
        Self::CredentialsRejected,
        Self::CredentialsNotGranted,
        Self::OperatorDegraded,
        Self::DriverMissing,
        Self::DeviceGone,
        Self::ClaimedDeviceGone,
        Self::LinkGone,
    ];
}
