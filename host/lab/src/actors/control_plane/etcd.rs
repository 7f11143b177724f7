//! The etcd that a control plane asks for.

use kube::api::DynamicObject;
use serde_json::Value;

use super::super::object::{list, namespace, text};
use super::availability_of;
use super::deployment::release_image;
use crate::etcd::Wanted;
use crate::scenario::Availability;

/// The name of the stateful set, and the `app` label of its pods.
pub(super) const NAME: &str = "etcd";

/// What `plane` wants etcd to be; once `is_restored`, without the container that restores.
pub(super) fn wanted(plane: &DynamicObject, is_restored: bool, restores_together: bool, owners: Value) -> Wanted<'_> {
    let url = list(plane, "/spec/etcd/managed/storage/restoreSnapshotURL").first().and_then(Value::as_str);
    let size = text(plane, "/spec/etcd/managed/storage/persistentVolume/size");
    Wanted {
        namespace: namespace(plane),
        replicas: members(plane),
        release_image: release_image(plane),
        volume: if size.is_empty() { "8Gi" } else { size },
        restore_url: url.filter(|_| !is_restored),
        restores_together,
        owners,
    }
}

/// How many members etcd has.
pub(super) fn members(plane: &DynamicObject) -> u32 {
    match availability_of(plane) {
        Availability::HighlyAvailable => 3,
        Availability::SingleReplica => 1,
    }
}

/// Whether `plane` asks for a snapshot to be restored.
pub(super) fn wants_restore(plane: &DynamicObject) -> bool {
    !list(plane, "/spec/etcd/managed/storage/restoreSnapshotURL").is_empty()
}
