//! The stateful set of a control plane's etcd, with the init container that restores a snapshot.

use kube::api::DynamicObject;
use serde_json::{Value, json};

use super::super::object::{list, namespace, text};
use super::availability_of;
use super::deployment::release_image;
use crate::scenario::Availability;

/// The name of the stateful set, and the `app` label of its pods.
pub(super) const NAME: &str = "etcd";
/// The container that brings a snapshot onto an empty volume.
pub(super) const INIT: &str = "etcd-init";

/// The stateful set that `plane` asks for; once `is_restored`, without the container that restores.
pub(super) fn stateful_set(plane: &DynamicObject, is_restored: bool) -> Value {
    let (namespace, image) = (namespace(plane), release_image(plane));
    let replicas = members(plane);
    let storage = &plane.data["spec"]["etcd"]["managed"]["storage"];
    let url = list(plane, "/spec/etcd/managed/storage/restoreSnapshotURL").first();
    let volume = json!([{"name": "data", "mountPath": "/var/lib"}]);
    let mut init = vec![
        json!({"name": "ensure-dns", "image": image}),
        json!({"name": "reset-member", "image": image}),
    ];
    if let Some(url) = url.filter(|_| !is_restored) {
        init.push(json!({
            "name": INIT,
            "image": image,
            "command": ["/bin/bash"],
            "args": ["-c", "/etc/etcd/etcd-init.sh"],
            "env": [{"name": "RESTORE_URL_ETCD", "value": url}],
            "volumeMounts": volume,
        }));
    }
    let peers: Vec<_> = (0..replicas)
        .map(|n| format!("etcd-{n}=https://etcd-{n}.etcd-discovery.{namespace}.svc:2380"))
        .collect();
    json!({
        "metadata": {"name": NAME, "namespace": namespace},
        "spec": {
            "replicas": replicas,
            "serviceName": "etcd-discovery",
            "podManagementPolicy": "Parallel",
            "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
            "selector": {"matchLabels": {"app": NAME}},
            "template": {
                "metadata": {"labels": {
                    "app": NAME,
                    "hypershift.openshift.io/control-plane-component": NAME,
                    "hypershift.openshift.io/hosted-control-plane": namespace,
                }},
                "spec": {
                    "initContainers": init,
                    "containers": [
                        {
                            "name": "etcd",
                            "image": image,
                            "env": [{"name": "ETCD_INITIAL_CLUSTER", "value": peers.join(",")}],
                            "volumeMounts": volume,
                        },
                        {"name": "etcd-metrics", "image": image},
                        {"name": "healthz", "image": image},
                    ],
                    "volumes": [
                        {"name": "client-tls", "secret": {"secretName": "etcd-client-tls"}},
                        {"name": "etcd-ca", "configMap": {"name": "etcd-ca"}},
                    ],
                },
            },
            "volumeClaimTemplates": [{
                "metadata": {"name": "data"},
                "spec": {
                    "accessModes": ["ReadWriteOnce"],
                    "storageClassName": storage["persistentVolume"]["storageClassName"],
                    "resources": {"requests": {
                        "storage": storage["persistentVolume"]["size"].as_str().unwrap_or("8Gi"),
                    }},
                },
            }],
        },
    })
}

/// How many members etcd has.
pub(super) fn members(plane: &DynamicObject) -> usize {
    match availability_of(plane) {
        Availability::HighlyAvailable => 3,
        Availability::SingleReplica => 1,
    }
}

/// Whether `plane` asks for a snapshot to be restored.
pub(super) fn wants_restore(plane: &DynamicObject) -> bool {
    !list(plane, "/spec/etcd/managed/storage/restoreSnapshotURL").is_empty()
        && text(plane, "/spec/etcd/managementType") != "Unmanaged"
}
