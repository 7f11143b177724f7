//! What stands in a management cluster before any hosted cluster: its version, nodes, machines, operators.

use serde_json::{Value, json};

use crate::actors::names::{suffix_of, uuid_of};
use crate::actors::{Kind, external_dns, hypershift, kinds, object};
use crate::scenario::Scenario;

const INFRASTRUCTURE: Kind = Kind::cluster("config.openshift.io", "v1", "Infrastructure", "infrastructures");
const MACHINE: Kind = Kind::namespaced("machine.openshift.io", "v1beta1", "Machine", "machines");

/// The release of a management cluster.
const RELEASE: &str = "4.20.4";

/// The furniture of the management cluster `name`; `node_status` is added to the statuses of its nodes.
pub(super) fn of(name: &str, scenario: &Scenario, node_status: &Value) -> Vec<(Kind, Value)> {
    let infra = format!("{name}-{}", suffix_of(&format!("{}/{name}", scenario.seed)));
    let mut all = Vec::new();
    for namespace in [hypershift::NAMESPACE, "openshift-machine-api", "openshift-config"] {
        all.push((kinds::NAMESPACE, json!({"metadata": {"name": namespace}})));
    }
    let status = json!({
        "infrastructureName": infra, "platform": "AWS", "controlPlaneTopology": "HighlyAvailable",
    });
    let spec = json!({"platformSpec": {"type": "AWS"}});
    all.push((INFRASTRUCTURE, json!({"metadata": {"name": "cluster"}, "spec": spec, "status": status})));
    all.push((kinds::CLUSTER_VERSION, version(&infra)));
    for number in 1..=3 {
        let node = format!("{infra}-worker-{number}");
        let provider = json!({"providerID": format!("aws:///{}a/i-{name}{number}", scenario.region)});
        let labels = json!({"node-role.kubernetes.io/worker": "", "kubernetes.io/hostname": node});
        let mut status = node_status.clone();
        status["conditions"] = json!([{"type": "Ready", "status": "True", "reason": "KubeletReady"}]);
        let made = json!({"metadata": {"name": node, "labels": labels}, "spec": provider, "status": status});
        all.push((kinds::NODE, made));
        let metadata = json!({"name": node, "namespace": "openshift-machine-api"});
        let status = json!({"phase": "Running", "nodeRef": {"kind": "Node", "name": node}});
        all.push((MACHINE, json!({"metadata": metadata, "spec": provider, "status": status})));
    }
    all.push((kinds::DEPLOYMENT, deployment(hypershift::OPERATOR, 2, &[])));
    let owner = format!("--txt-owner-id={}", uuid_of(&format!("{infra}/external-dns")));
    let domain = format!("--domain-filter={}", scenario.domain);
    let arguments = [
        "--source=openshift-route",
        "--provider=aws",
        "--registry=txt",
        "--policy=sync",
        "--interval=1m",
        "--txt-suffix=-external-dns",
        owner.as_str(),
        domain.as_str(),
    ];
    all.push((kinds::DEPLOYMENT, deployment(external_dns::EXTERNAL_DNS, 1, &arguments)));
    all
}

fn version(infra: &str) -> Value {
    let image = format!("quay.io/openshift-release-dev/ocp-release:{RELEASE}-x86_64");
    let now = object::now();
    json!({
        "metadata": {"name": "version"},
        "spec": {"clusterID": uuid_of(infra), "channel": "stable-4"},
        "status": {
            "desired": {"image": image, "version": RELEASE},
            "history": [{
                "state": "Completed", "image": image, "version": RELEASE, "verified": true,
                "startedTime": now, "completionTime": now,
            }],
            "observedGeneration": 1, "versionHash": "lab", "availableUpdates": [],
        },
    })
}

fn deployment(name: &str, replicas: u32, arguments: &[&str]) -> Value {
    let labels = json!({"app": name});
    json!({
        "metadata": {"name": name, "namespace": hypershift::NAMESPACE, "labels": labels},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": name, "image": name, "args": arguments}]},
            },
        },
    })
}
