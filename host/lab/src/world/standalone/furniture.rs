//! What stands in a cluster before anybody asks for a certificate: its nodes, machines, and who may do what.

use serde_json::{Value, json};

use crate::actors::certificates::{BOOTSTRAP_NAMESPACE, BOOTSTRAPPER};
use crate::actors::{Kind, kinds, object};
use crate::scenario::StandalonePlan;

const INFRASTRUCTURE: Kind = Kind::cluster("config.openshift.io", "v1", "Infrastructure", "infrastructures");
const MACHINE: Kind = Kind::namespaced("machine.openshift.io", "v1beta1", "Machine", "machines");
const ROLE: Kind = Kind::cluster("rbac.authorization.k8s.io", "v1", "ClusterRole", "clusterroles");
const BINDING: Kind =
    Kind::cluster("rbac.authorization.k8s.io", "v1", "ClusterRoleBinding", "clusterrolebindings");

/// The namespace of the machine approver.
const APPROVER_NAMESPACE: &str = "openshift-cluster-machine-approver";
const MACHINES: &str = "openshift-machine-api";

/// Everything; `node_status` is added to the statuses of the nodes.
pub(super) fn of(plan: &StandalonePlan, node_status: &Value) -> Vec<(Kind, Value)> {
    let mut all: Vec<(Kind, Value)> = [BOOTSTRAP_NAMESPACE, APPROVER_NAMESPACE, MACHINES]
        .map(|name| (kinds::NAMESPACE, json!({"metadata": {"name": name}})))
        .to_vec();
    let platform = if plan.machine_approver { "AWS" } else { "None" };
    let status = json!({"platform": platform, "controlPlaneTopology": "HighlyAvailable"});
    let spec = json!({"platformSpec": {"type": platform}});
    all.push((INFRASTRUCTURE, json!({"metadata": {"name": "cluster"}, "spec": spec, "status": status})));
    all.extend(roles());
    // The approver runs everywhere; without machines it has nothing to go by.
    all.push((kinds::DEPLOYMENT, approver()));
    for (nodes, is_well) in [(plan.expired(), false), (plan.well(), true)] {
        for (name, address) in nodes {
            if plan.machine_approver {
                all.push((MACHINE, machine(&name, &address)));
            }
            all.push((kinds::NODE, node(&name, &address, is_well, node_status)));
        }
    }
    all
}

/// What nodes and the bootstrapper may do, as far as certificates are concerned.
pub(in crate::world) fn roles() -> Vec<(Kind, Value)> {
    let requests = json!({
        "apiGroups": ["certificates.k8s.io"], "resources": ["certificatesigningrequests"],
        "verbs": ["create", "get", "list", "watch"],
    });
    let nodes = json!({
        "apiGroups": [""], "resources": ["nodes", "nodes/status"],
        "verbs": ["create", "get", "list", "watch", "patch", "update"],
    });
    let group = "rbac.authorization.k8s.io";
    let of = |name: &str, rules: Value, subjects: Value| {
        [
            (ROLE, json!({"metadata": {"name": name}, "rules": rules})),
            (
                BINDING,
                json!({
                    "metadata": {"name": name}, "subjects": subjects,
                    "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": name},
                }),
            ),
        ]
    };
    let anybody = json!([
        {"kind": "ServiceAccount", "name": BOOTSTRAPPER, "namespace": BOOTSTRAP_NAMESPACE},
        {"kind": "Group", "apiGroup": group, "name": "system:serviceaccounts"},
    ]);
    let members = json!([{"kind": "Group", "apiGroup": group, "name": "system:nodes"}]);
    let mut all = of("lab:ask-for-certificates", json!([requests]), anybody).to_vec();
    all.extend(of("lab:nodes", json!([requests, nodes]), members));
    all
}

pub(in crate::world) fn approver() -> Value {
    let name = "machine-approver";
    let labels = json!({"app": name});
    json!({
        "metadata": {"name": name, "namespace": APPROVER_NAMESPACE, "labels": labels},
        "spec": {
            "replicas": 1, "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": name, "image": "quay.io/openshift/machine-approver:lab"}]},
            },
        },
        "status": {"replicas": 1, "readyReplicas": 1, "availableReplicas": 1, "observedGeneration": 1},
    })
}

fn machine(node: &str, address: &str) -> Value {
    json!({
        "metadata": {"name": node, "namespace": MACHINES},
        "spec": {},
        "status": {
            "phase": "Running", "nodeRef": {"kind": "Node", "name": node},
            "addresses": [
                {"type": "InternalIP", "address": address}, {"type": "InternalDNS", "address": node},
            ],
        },
    })
}

fn node(name: &str, address: &str, is_well: bool, node_status: &Value) -> Value {
    let role = if name.starts_with("master") { "master" } else { "worker" };
    let labels = json!({format!("node-role.kubernetes.io/{role}"): "", "kubernetes.io/hostname": name});
    let (ready, reason, message) = if is_well {
        ("True", "KubeletReady", "kubelet is posting ready status")
    } else {
        ("Unknown", "NodeStatusUnknown", "Kubelet stopped posting node status.")
    };
    let mut status = node_status.clone();
    status["conditions"] = json!([{
        "type": "Ready", "status": ready, "reason": reason, "message": message,
        "lastTransitionTime": object::now(),
    }]);
    status["addresses"] =
        json!([{"type": "InternalIP", "address": address}, {"type": "Hostname", "address": name}]);
    json!({"metadata": {"name": name, "labels": labels}, "spec": {}, "status": status})
}
