//! Local volumes: their objects, their links on the hosts, and the object that asked for them.

use serde_json::json;

use super::{HERE, LOCAL, LabError, Place, THERE, USERS};
use crate::hosts::User;
use crate::scenario::StorageFault;

/// The provisioner of the class of local volumes, which makes none.
pub const PROVISIONER: &str = "kubernetes.io/no-provisioner";

/// How things stand on the host.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Device {
    /// The link leads to the device.
    There,
    /// The link leads to a device that is gone.
    Gone,
    /// There is no link.
    Unlinked,
}

/// Where the link to a device lies on its host.
fn link(name: &str) -> String {
    format!("/mnt/local-storage/localblock/{name}")
}

/// The stable name of a device.
fn device(name: &str) -> String {
    format!("/dev/disk/by-id/{name}")
}

/// Makes the local volume `local-pv-NAME` of a node, in `phase`, and what is on the host.
pub fn volume(place: &Place, name: &str, node: &str, phase: &str, state: Device) -> Result<(), LabError> {
    let owner = if name.starts_with("set-") { "LocalVolumeSet" } else { "LocalVolume" };
    let mut object = json!({
        "metadata": {"name": format!("local-pv-{name}"), "labels": {
            "storage.openshift.com/owner-kind": owner, "storage.openshift.com/owner-name": "disks",
            "storage.openshift.com/owner-namespace": LOCAL,
        }},
        "spec": {
            "capacity": {"storage": "10Gi"}, "accessModes": ["ReadWriteOnce"], "volumeMode": "Block",
            "storageClassName": "localblock", "persistentVolumeReclaimPolicy": "Delete",
            "local": {"path": link(name)},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [
                {"key": "kubernetes.io/hostname", "operator": "In", "values": [node]},
            ]}]}},
        },
        "status": {"phase": phase},
    });
    if phase == "Bound" {
        let claim = json!({
            "metadata": {"name": name},
            "spec": {
                "accessModes": ["ReadWriteOnce"], "storageClassName": "localblock", "volumeMode": "Block",
                "volumeName": format!("local-pv-{name}"), "resources": {"requests": {"storage": "10Gi"}},
            },
            "status": {"phase": "Bound"},
        });
        let claim = place.put("persistentvolumeclaims", USERS, claim)?;
        object["spec"]["claimRef"] = json!({
            "kind": "PersistentVolumeClaim", "namespace": USERS, "name": name, "uid": claim["metadata"]["uid"],
        });
    }
    place.put("persistentvolumes", "", object)?;
    let view = place.host(node)?.files().view(User::Root);
    let made = || {
        view.make_folders("/mnt/local-storage/localblock", 0o755)?;
        view.make_folders("/dev/disk/by-id", 0o755)?;
        if state != Device::Unlinked {
            view.make_link(&link(name), &device(name))?;
        }
        if state == Device::There {
            view.write(&device(name), b"")?;
        }
        Ok::<(), crate::hosts::files::Errno>(())
    };
    made().map_err(|error| LabError::Filling(format!("{} on {node}: {error}", link(name))))
}

/// Local volumes that are well, each with the name of a faulty one and more.
pub fn sound(place: &Place) -> Result<(), LabError> {
    volume(place, "dead0", HERE, "Available", Device::There)?;
    volume(place, "cache0", HERE, "Bound", Device::There)?;
    volume(place, "set-unlinked0", THERE, "Available", Device::There)
}

/// Makes the `LocalVolume` that names all devices, those that are gone too.
pub fn owner(place: &Place, faults: &[StorageFault]) -> Result<(), LabError> {
    let mut names = vec!["dead0", "cache0"];
    if faults.contains(&StorageFault::DeviceGone) {
        names.push("dead");
    }
    if faults.contains(&StorageFault::ClaimedDeviceGone) {
        names.push("cache");
    }
    let paths: Vec<String> = names.into_iter().map(device).collect();
    let object = json!({
        "metadata": {"name": "disks"},
        "spec": {"storageClassDevices": [
            {"storageClassName": "localblock", "volumeMode": "Block", "devicePaths": paths},
        ]},
    });
    place.put("localvolumes.local.storage.openshift.io", LOCAL, object).map(drop)
}
