//! The etcd that a control plane asks for: a stateful set, its services, and the init container that
//! restores a snapshot as long as that is not done.

use kube::api::DynamicObject;
use serde_json::{Value, json};

use super::super::object::{list, namespace};
use super::availability_of;
use super::components::restricted;
use super::deployment::release_image;
use crate::etcd::spec::{INIT, INITIAL_CLUSTER, RELEASE_IMAGE, RESTORE_URL};
use crate::scenario::Availability;

/// The name of the stateful set, and the `app` label of its pods.
pub(super) const NAME: &str = "etcd";

/// The stateful set that `plane` asks for; once `is_restored`, without the container that restores.
///
/// Only an operator that `restores_together` tells that container who the members are (F58).
pub(super) fn stateful_set(plane: &DynamicObject, is_restored: bool, restores_together: bool) -> Value {
    let labels = json!({"app": NAME, "hypershift.openshift.io/control-plane-component": NAME});
    let storage = &plane.data["spec"]["etcd"]["managed"]["storage"]["persistentVolume"];
    json!({
        "metadata": {"name": NAME, "namespace": namespace(plane), "labels": labels},
        "spec": {
            "replicas": members(plane),
            "serviceName": "etcd-discovery",
            "podManagementPolicy": "Parallel",
            "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
            "selector": {"matchLabels": {"app": NAME}},
            "template": {
                "metadata": {"labels": labels, "annotations": {RELEASE_IMAGE: release_image(plane)}},
                "spec": pod(plane, is_restored, restores_together),
            },
            "volumeClaimTemplates": [{
                "metadata": {"name": "data"},
                "spec": {
                    "accessModes": ["ReadWriteOnce"],
                    "storageClassName": storage["storageClassName"],
                    "resources": {"requests": {"storage": storage["size"].as_str().unwrap_or("8Gi")}},
                },
            }],
        },
    })
}

fn pod(plane: &DynamicObject, is_restored: bool, restores_together: bool) -> Value {
    let mount = |name: &str, path: &str| json!({"name": name, "mountPath": path});
    let everyone = json!({"name": INITIAL_CLUSTER, "value": initial_cluster(plane)});
    let mut init = vec![
        restricted(json!({"name": "ensure-dns", "image": "control-plane-operator"})),
        restricted(
            json!({"name": "reset-member", "image": "etcd", "volumeMounts": [mount("data", "/var/lib")]}),
        ),
    ];
    let url = list(plane, "/spec/etcd/managed/storage/restoreSnapshotURL").first();
    if let Some(url) = url.filter(|_| !is_restored) {
        let mut environment = vec![json!({"name": RESTORE_URL, "value": url})];
        if restores_together {
            environment.push(everyone.clone());
        }
        let mounts = [mount("data", "/var/lib")];
        let made = json!({"name": INIT, "image": "etcd", "env": environment, "volumeMounts": mounts});
        init.push(restricted(made));
    }
    json!({
        "initContainers": init,
        "containers": [
            restricted(json!({
                "name": NAME,
                "image": "etcd",
                "env": [everyone, {"name": "ETCD_DATA_DIR", "value": "/var/lib/data"}],
                "volumeMounts": [
                    mount("data", "/var/lib"),
                    mount("client-tls", "/etc/etcd/tls/client"),
                    mount("etcd-ca", "/etc/etcd/tls/etcd-ca"),
                ],
            })),
            restricted(json!({"name": "etcd-metrics", "image": "etcd"})),
            restricted(json!({"name": "healthz", "image": "cluster-etcd-operator"})),
        ],
        "volumes": [
            {"name": "client-tls", "secret": {"secretName": "etcd-client-tls"}},
            {"name": "etcd-ca", "configMap": {"name": "etcd-ca"}},
        ],
    })
}

fn initial_cluster(plane: &DynamicObject) -> String {
    let member =
        |number| format!("etcd-{number}=https://etcd-{number}.etcd-discovery.{}.svc:2380", namespace(plane));
    (0..members(plane)).map(member).collect::<Vec<_>>().join(",")
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
