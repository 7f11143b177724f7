//! What a new hosted cluster is filled with: namespaces, its version and operators, the network's pods.

use kube::api::DynamicObject;
use serde_json::{Value, json};

use super::super::control_plane::release_of;
use super::super::kinds::{CLUSTER_OPERATOR, CLUSTER_VERSION, CONFIG_MAP, DAEMON_SET, NAMESPACE};
use super::super::object::{now, text};
use super::super::{Actor, Key, Kind, Result};
use super::{LEASES, OVN_NAMESPACE, OVN_NODE};

/// The operators of a hosted cluster.
pub const OPERATORS: &[&str] = &[
    "console",
    "csi-snapshot-controller",
    "dns",
    "image-registry",
    "ingress",
    "insights",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kube-storage-version-migrator",
    "monitoring",
    "network",
    "node-tuning",
    "openshift-apiserver",
    "openshift-controller-manager",
    "openshift-samples",
    "operator-lifecycle-manager",
    "service-ca",
    "storage",
];

const INFRASTRUCTURE: Kind = Kind::cluster("config.openshift.io", "v1", "Infrastructure", "infrastructures");
const NETWORK: Kind = Kind::cluster("config.openshift.io", "v1", "Network", "networks");

const CLUSTER_ROLE: Kind = Kind::cluster("rbac.authorization.k8s.io", "v1", "ClusterRole", "clusterroles");
const CLUSTER_ROLE_BINDING: Kind =
    Kind::cluster("rbac.authorization.k8s.io", "v1", "ClusterRoleBinding", "clusterrolebindings");

/// What a hosted cluster says of itself.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    cluster_id: String,
    infra_id: String,
    image: String,
    domain: String,
}

impl Facts {
    pub(super) fn of(plane: &DynamicObject) -> Self {
        Self {
            cluster_id: text(plane, "/spec/clusterID").to_owned(),
            infra_id: text(plane, "/spec/infraID").to_owned(),
            image: text(plane, "/spec/releaseImage").to_owned(),
            domain: text(plane, "/spec/dns/baseDomain").to_owned(),
        }
    }
}

/// Fills the cluster once; what is there, also from a snapshot, stays.
pub(super) async fn live(actor: Actor, facts: Facts) -> Result<()> {
    for namespace in ["openshift-monitoring", "openshift-ingress", "openshift-config", OVN_NAMESPACE, LEASES]
    {
        actor.ensure(&NAMESPACE, json!({"metadata": {"name": namespace}})).await?;
    }
    let rules = json!([
        {"apiGroups": [""], "resources": ["nodes", "nodes/status"], "verbs": ["get", "list", "create", "patch"]},
        {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["get", "create", "patch"]},
    ]);
    actor.ensure(&CLUSTER_ROLE, json!({"metadata": {"name": "system:node"}, "rules": rules})).await?;
    let binding = json!({
        "metadata": {"name": "system:nodes"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "system:node"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "system:nodes"}],
    });
    actor.ensure(&CLUSTER_ROLE_BINDING, binding).await?;
    actor.ensure(&INFRASTRUCTURE, infrastructure(&facts)).await?;
    let network = json!({"metadata": {"name": "cluster"}, "spec": {"networkType": "OVNKubernetes"}});
    actor.ensure(&NETWORK, network).await?;
    actor.ensure(&DAEMON_SET, ovn()).await?;
    let release = release_of(&facts.image);
    for operator in OPERATORS {
        if actor.ensure(&CLUSTER_OPERATOR, json!({"metadata": {"name": operator}, "spec": {}})).await? {
            let status = json!({
                "versions": [{"name": "operator", "version": release}],
                "conditions": [],
            });
            actor.patch_status(&CLUSTER_OPERATOR, &Key::new("", *operator), status).await?;
        }
    }
    let version = json!({
        "metadata": {"name": "version"},
        "spec": {"clusterID": facts.cluster_id, "channel": "stable-4"},
    });
    if actor.ensure(&CLUSTER_VERSION, version).await? {
        let status = version_status(&facts.image, release);
        actor.patch_status(&CLUSTER_VERSION, &Key::new("", "version"), status).await?;
        actor.record("filled the hosted cluster", "its etcd was empty");
    }
    let marker = json!({
        "metadata": {"name": "cluster-config-v1", "namespace": "kube-system"},
        "data": {"install-config": format!("infraID: {}\n", facts.infra_id)},
    });
    actor.ensure(&CONFIG_MAP, marker).await?;
    futures::future::pending().await
}

fn infrastructure(facts: &Facts) -> Value {
    json!({
        "metadata": {"name": "cluster"},
        "spec": {"platformSpec": {"type": "AWS"}},
        "status": {
            "infrastructureName": facts.infra_id,
            "platform": "AWS",
            "controlPlaneTopology": "External",
            "apiServerURL": "",
            "etcdDiscoveryDomain": facts.domain,
        },
    })
}

fn version_status(image: &str, release: &str) -> Value {
    let at = now();
    let condition = |kind: &str, status: &str, message: &str| json!({"type": kind, "status": status, "reason": "", "message": message, "lastTransitionTime": at});
    json!({
        "desired": {"image": image, "version": release},
        "observedGeneration": 1,
        "versionHash": "lab",
        "availableUpdates": [],
        "history": [{
            "state": "Completed", "image": image, "version": release, "verified": false,
            "startedTime": at, "completionTime": at,
        }],
        "conditions": [
            condition("Available", "True", &format!("Done applying {release}")),
            condition("Failing", "False", ""),
            condition("Progressing", "False", &format!("Cluster version is {release}")),
        ],
    })
}

fn ovn() -> Value {
    let labels = json!({"app": OVN_NODE, "component": "network", "openshift.io/component": "network"});
    let container = |name: &str| json!({"name": name, "image": "ovn-kubernetes"});
    json!({
        "metadata": {"name": OVN_NODE, "namespace": OVN_NAMESPACE, "labels": labels},
        "spec": {
            "selector": {"matchLabels": {"app": OVN_NODE}},
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    "hostNetwork": true,
                    "containers": [
                        container("ovn-controller"), container("ovnkube-controller"), container("nbdb"),
                        container("sbdb"), container("northd"),
                    ],
                },
            },
        },
    })
}
