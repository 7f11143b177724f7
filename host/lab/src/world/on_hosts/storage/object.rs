//! The objects of persistent storage, as drivers, controllers and kubelets write them.

use serde_json::{Value, json};

use super::{LabError, Place, USERS};
use crate::actors::object::now;

/// The identifier of the volume behind `pvc-NAME`.
pub fn handle(name: &str) -> String {
    format!("vol-0{name}")
}

/// A storage class.
pub fn class(name: &str, driver: &str) -> Value {
    json!({
        "metadata": {"name": name}, "provisioner": driver, "reclaimPolicy": "Delete",
        "volumeBindingMode": "WaitForFirstConsumer",
    })
}

/// A volume `pvc-NAME` of a driver with the claim `NAME`, both in `phase`.
pub fn volume(place: &Place, name: &str, driver: &str, phase: &str) -> Result<(), LabError> {
    let (class, modes) =
        (if driver == super::CLOUD { "gp3-csi" } else { "trident-block" }, ["ReadWriteOnce"]);
    let claim = json!({
        "metadata": {"name": name, "annotations": {"volume.kubernetes.io/storage-provisioner": driver}},
        "spec": {
            "accessModes": modes, "storageClassName": class, "volumeName": format!("pvc-{name}"),
            "resources": {"requests": {"storage": "1Gi"}},
        },
        "status": {"phase": phase, "accessModes": modes, "capacity": {"storage": "1Gi"}},
    });
    let claim = place.put("persistentvolumeclaims", USERS, claim)?;
    let volume = json!({
        "metadata": {"name": format!("pvc-{name}"), "annotations": {"pv.kubernetes.io/provisioned-by": driver}},
        "spec": {
            "capacity": {"storage": "1Gi"}, "accessModes": modes, "storageClassName": class,
            "persistentVolumeReclaimPolicy": "Delete",
            "csi": {"driver": driver, "volumeHandle": handle(name), "fsType": "ext4"},
            "claimRef": {"kind": "PersistentVolumeClaim", "namespace": USERS, "name": name, "uid": claim["metadata"]["uid"]},
        },
        "status": {"phase": phase},
    });
    place.put("persistentvolumes", "", volume).map(drop)
}

/// The attachment `csi-NAME` of the volume `pvc-NAME` to a node, which succeeded unless there is an error.
pub fn attachment(
    place: &Place,
    name: &str,
    driver: &str,
    node: &str,
    error: Option<&str>,
) -> Result<(), LabError> {
    let status = match error {
        None => json!({"attached": true}),
        Some(message) => json!({"attached": false, "attachError": {"time": now(), "message": message}}),
    };
    let object = json!({
        "metadata": {"name": format!("csi-{name}")},
        "spec": {"attacher": driver, "nodeName": node, "source": {"persistentVolumeName": format!("pvc-{name}")}},
        "status": status,
    });
    place.put("volumeattachments.storage.k8s.io", "", object).map(drop)
}

fn user(name: &str, claim: &str, node: &str, status: &Value) -> Value {
    json!({
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {
            "nodeName": node,
            "containers": [{"name": "app", "image": "registry.lab/app:1", "volumeMounts": [{"name": "data", "mountPath": "/data"}]}],
            "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": claim}}],
        },
        "status": status,
    })
}

/// A pod `NAME` that runs with the claim `NAME`.
pub fn running(place: &Place, name: &str, node: &str) -> Result<(), LabError> {
    let status = json!({
        "phase": "Running", "startTime": now(), "conditions": [{"type": "Ready", "status": "True"}],
        "containerStatuses": [{
            "name": "app", "image": "registry.lab/app:1", "imageID": "", "ready": true, "restartCount": 0,
            "state": {"running": {"startedAt": now()}},
        }],
    });
    place.put("pods", USERS, user(name, name, node, &status)).map(drop)
}

/// A pod that waits on `node` for its claim, and is told these, each with its reason.
pub fn waiting(
    place: &Place,
    (name, claim): (&str, &str),
    node: &str,
    told: &[(&str, &str)],
) -> Result<(), LabError> {
    let status = json!({
        "phase": "Pending", "startTime": now(), "conditions": [{"type": "Ready", "status": "False"}],
        "containerStatuses": [{
            "name": "app", "image": "registry.lab/app:1", "imageID": "", "ready": false, "restartCount": 0,
            "state": {"waiting": {"reason": "ContainerCreating"}},
        }],
    });
    place.never_starts(name);
    let pod = place.put("pods", USERS, user(name, claim, node, &status))?;
    let uid = pod["metadata"]["uid"].as_str().unwrap_or_default();
    for (reason, message) in told {
        event(place, ("Pod", USERS, name, uid), reason, message)?;
    }
    Ok(())
}

/// A warning about an object: its kind, namespace, name and UID.
pub fn event(
    place: &Place,
    (kind, namespace, name, uid): (&str, &str, &str, &str),
    reason: &str,
    message: &str,
) -> Result<(), LabError> {
    let object = json!({
        "metadata": {"name": format!("{name}.{}", uuid::Uuid::new_v4().simple())},
        "involvedObject": {"apiVersion": "v1", "kind": kind, "namespace": namespace, "name": name, "uid": uid},
        "type": "Warning", "reason": reason, "message": message, "count": 4,
        "firstTimestamp": now(), "lastTimestamp": now(), "source": {"component": "attachdetach-controller"},
    });
    place.put("events", namespace, object).map(drop)
}

/// A pod of a driver: Ready, or in a crash loop since its last life ended with these words.
pub fn driver_pod(
    place: &Place,
    namespace: &str,
    name: &str,
    last_words: Option<&str>,
) -> Result<(), LabError> {
    let container = |name: &str, words: Option<&str>| {
        let state = if words.is_none() {
            json!({"running": {"startedAt": now()}})
        } else {
            json!({"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting failed container"}})
        };
        let mut status = json!({
            "name": name, "image": "registry.lab/csi:1", "imageID": "", "ready": words.is_none(), "restartCount": 0,
            "state": state,
        });
        if let Some(words) = words {
            status["lastState"] = json!({"terminated": {"exitCode": 1, "reason": "Error", "message": words}});
        }
        status
    };
    let ready = if last_words.is_none() { "True" } else { "False" };
    let spec = |name: &str| json!({"name": name, "image": "registry.lab/csi:1"});
    let pod = json!({
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {"nodeName": "master-0", "containers": [spec("csi-driver"), spec("csi-attacher")]},
        "status": {
            "phase": "Running", "startTime": now(), "conditions": [{"type": "Ready", "status": ready}],
            "containerStatuses": [container("csi-driver", last_words), container("csi-attacher", None)],
        },
    });
    if last_words.is_some() {
        place.never_starts(name);
    }
    place.put("pods", namespace, pod).map(drop)
}

/// A cluster operator with conditions: type, status, message. One that is there gets them.
pub fn operator(place: &Place, name: &str, conditions: &[(&str, &str, &str)]) -> Result<(), LabError> {
    let conditions: Vec<Value> = conditions
        .iter()
        .map(|(kind, status, message)| {
            json!({"type": kind, "status": status, "reason": "AsExpected", "message": message, "lastTransitionTime": now()})
        })
        .collect();
    place.faults.switch_on(&format!("cluster operator: {name} is left alone"));
    let resource = "clusteroperators.config.openshift.io";
    if place.store.get(resource, "", name).is_none() {
        let object = json!({"metadata": {"name": name}, "spec": {}, "status": {"conditions": conditions}});
        return place.put(resource, "", object).map(drop);
    }
    let changed =
        place.store.change(resource, "", name, |object| object["status"]["conditions"] = conditions.into());
    changed.map(drop).map_err(|status| LabError::Filling(status.message))
}

/// A request for the credentials of a driver, which the cloud grants unless it is `failing`.
pub fn request(place: &Place, name: &str, secret: &str, failing: bool) -> Result<(), LabError> {
    let status = if failing { "True" } else { "False" };
    let object = json!({
        "metadata": {"name": name},
        "spec": {"secretRef": {"namespace": super::DRIVERS, "name": secret}},
        "status": {"provisioned": !failing, "conditions": [{
            "type": "CredentialsProvisionFailure", "status": status, "reason": "CredentialsProvisionFailure",
            "message": "failed to grant creds: error syncing creds in mint-mode", "lastTransitionTime": now(),
        }]},
    });
    place
        .put(
            "credentialsrequests.cloudcredential.openshift.io",
            "openshift-cloud-credential-operator",
            object,
        )
        .map(drop)
}

/// Workloads of each kind, none of which has pods to run.
pub fn workloads(place: &Place) -> Result<(), LabError> {
    for (resource, name) in
        [("deployments.apps", "shelf"), ("statefulsets.apps", "db"), ("daemonsets.apps", "agent")]
    {
        let mut object = json!({
            "metadata": {"name": name},
            "spec": {
                "selector": {"matchLabels": {"app": name}},
                "template": {
                    "metadata": {"labels": {"app": name}},
                    "spec": {"containers": [{"name": "app", "image": "registry.lab/app:1"}]},
                },
            },
        });
        if resource == "daemonsets.apps" {
            object["spec"]["template"]["spec"]["nodeSelector"] = json!({"shop.lab/agent": "true"});
        } else {
            object["spec"]["replicas"] = json!(0);
        }
        place.put(resource, USERS, object)?;
    }
    Ok(())
}
