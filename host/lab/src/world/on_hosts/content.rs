//! What stands in a cluster on hosts beside what operators make: a workload whose data must come back, and the operator
//! of etcd, whose name a grep finds.

use serde_json::{Value, json};

use crate::actors::control_plane::secrets::opaque;
use crate::actors::{Kind, kinds};

/// The namespace of the workload.
pub const WORKLOAD: &str = "shop";
/// The namespace that is made after the backup, and must be gone after a restore.
pub const LATER: &str = "after-the-backup";

/// The workload.
pub(super) fn workload() -> Vec<(Kind, Value)> {
    let mut all =
        vec![(kinds::NAMESPACE, json!({"metadata": {"name": WORKLOAD, "labels": {"team": "web"}}}))];
    for number in 0..20 {
        let name = format!("order-{number:03}");
        let metadata = json!({"name": name, "namespace": WORKLOAD});
        let data = json!({"number": number.to_string(), "state": "paid"});
        all.push((kinds::CONFIG_MAP, json!({"metadata": metadata, "data": data})));
        all.push((kinds::SECRET, opaque(WORKLOAD, &name, &["card"], "shop")));
    }
    all.push((kinds::DEPLOYMENT, deployment("web", WORKLOAD, 2, &json!(null))));
    all
}

/// Operators that only have to be seen.
pub(super) fn operators() -> Vec<(Kind, Value)> {
    let on_control_plane = json!({"node-role.kubernetes.io/master": ""});
    vec![(kinds::DEPLOYMENT, deployment("etcd-operator", "openshift-etcd-operator", 1, &on_control_plane))]
}

fn deployment(name: &str, namespace: &str, replicas: u32, selector: &Value) -> Value {
    let labels = json!({"app": name});
    let image = format!("quay.io/lab/{name}:1");
    let mut spec = json!({"containers": [{"name": name, "image": image}]});
    if selector.is_object() {
        spec["nodeSelector"] = selector.clone();
    }
    json!({
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {
            "replicas": replicas, "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": spec},
        },
    })
}
