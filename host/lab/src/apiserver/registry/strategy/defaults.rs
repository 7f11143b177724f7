//! Defaults of builtin kinds, as far as clients rely on them.

use serde_json::{Value, json};

use crate::apiserver::kinds::Kind;

/// Fills in the defaults of `kind`; what is set stays.
pub fn fill(kind: &Kind, object: &mut Value) {
    match kind.resource().as_str() {
        "pods" => pod(&mut object["spec"]),
        "secrets" => absent(object, "type", json!("Opaque")),
        "services" => {
            let spec = &mut object["spec"];
            absent(spec, "type", json!("ClusterIP"));
            absent(spec, "sessionAffinity", json!("None"));
            for port in list(spec, "ports") {
                absent(port, "protocol", json!("TCP"));
                let number = port["port"].clone();
                absent(port, "targetPort", number);
            }
        }
        "deployments.apps" => {
            absent(object, "status", json!({}));
            let spec = &mut object["spec"];
            absent(spec, "replicas", json!(1));
            absent(spec, "revisionHistoryLimit", json!(10));
            absent(spec, "progressDeadlineSeconds", json!(600));
            let strategy = json!({ "type": "RollingUpdate", "rollingUpdate": { "maxSurge": "25%", "maxUnavailable": "25%" } });
            absent(spec, "strategy", strategy);
            template(spec);
        }
        "statefulsets.apps" => {
            let spec = &mut object["spec"];
            absent(spec, "replicas", json!(1));
            absent(spec, "revisionHistoryLimit", json!(10));
            absent(spec, "podManagementPolicy", json!("OrderedReady"));
            absent(
                spec,
                "updateStrategy",
                json!({ "type": "RollingUpdate", "rollingUpdate": { "partition": 0 } }),
            );
            template(spec);
        }
        "replicasets.apps" => {
            absent(&mut object["spec"], "replicas", json!(1));
            template(&mut object["spec"]);
        }
        "daemonsets.apps" => template(&mut object["spec"]),
        "persistentvolumeclaims" => absent(&mut object["spec"], "volumeMode", json!("Filesystem")),
        "persistentvolumes" => {
            absent(&mut object["spec"], "volumeMode", json!("Filesystem"));
            absent(&mut object["spec"], "persistentVolumeReclaimPolicy", json!("Retain"));
        }
        "storageclasses.storage.k8s.io" => {
            absent(object, "reclaimPolicy", json!("Delete"));
            absent(object, "volumeBindingMode", json!("Immediate"));
        }
        _ => {}
    }
}

fn template(spec: &mut Value) {
    if spec["template"].is_object() {
        pod(&mut spec["template"]["spec"]);
    }
}

fn pod(spec: &mut Value) {
    if !spec.is_object() {
        return;
    }
    absent(spec, "restartPolicy", json!("Always"));
    absent(spec, "terminationGracePeriodSeconds", json!(30));
    absent(spec, "dnsPolicy", json!("ClusterFirst"));
    absent(spec, "schedulerName", json!("default-scheduler"));
    absent(spec, "securityContext", json!({}));
    for field in ["initContainers", "containers"] {
        for container in list(spec, field) {
            absent(container, "imagePullPolicy", json!("IfNotPresent"));
            absent(container, "terminationMessagePath", json!("/dev/termination-log"));
            absent(container, "terminationMessagePolicy", json!("File"));
            absent(container, "resources", json!({}));
            for port in list(container, "ports") {
                absent(port, "protocol", json!("TCP"));
            }
        }
    }
}

fn list<'a>(object: &'a mut Value, field: &str) -> impl Iterator<Item = &'a mut Value> {
    object.get_mut(field).and_then(Value::as_array_mut).into_iter().flatten()
}

fn absent(object: &mut Value, field: &str, value: Value) {
    if let Some(map) = object.as_object_mut() {
        let slot = map.entry(field).or_insert(Value::Null);
        if slot.is_null() {
            *slot = value;
        }
    }
}
