//! Whether a cluster on hosts is at rest: its nodes are Ready, and its operators content.

use std::time::Duration;

use serde_json::Value;

use crate::hosts;

/// The operators without which nothing of the control plane was looked at.
const EXPECTED: [&str; 4] = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"];
/// How often it is looked at, on the machine's clock.
const GLANCE: Duration = Duration::from_millis(20);

/// Waits until the cluster is at rest; an error says what is lacking after `limit`, on the machine's clock.
pub(super) async fn wait(hosts: &hosts::Cluster, limit: Duration) -> Result<(), String> {
    let calm = async {
        while lacking(hosts).is_some() {
            tokio::time::sleep(GLANCE).await;
        }
    };
    match tokio::time::timeout(limit, calm).await {
        Ok(()) => Ok(()),
        Err(_) => lacking(hosts).map_or(Ok(()), Err),
    }
}

/// What the cluster lacks to be at rest.
pub(super) fn lacking(hosts: &hosts::Cluster) -> Option<String> {
    let [(_, store)] = &hosts.serving()[..] else {
        return Some("the API does not answer from one etcd cluster".to_owned());
    };
    for node in store.list("nodes", "") {
        if condition(&node, "Ready") != "True" {
            return Some(format!("node {} is not Ready", node["metadata"]["name"]));
        }
    }
    let operators = store.list("clusteroperators.config.openshift.io", "");
    for expected in EXPECTED {
        if !operators.iter().any(|operator| operator["metadata"]["name"] == expected) {
            return Some(format!("operator {expected} has said nothing"));
        }
    }
    for operator in &operators {
        for (kind, wanted) in [("Available", "True"), ("Progressing", "False"), ("Degraded", "False")] {
            if condition(operator, kind) != wanted {
                return Some(format!("operator {} is not {kind}={wanted}", operator["metadata"]["name"]));
            }
        }
    }
    None
}

/// The status of a condition; empty if it is not there.
fn condition<'a>(object: &'a Value, kind: &str) -> &'a str {
    let all = object["status"]["conditions"].as_array().map(Vec::as_slice).unwrap_or_default();
    all.iter().find(|one| one["type"] == kind).and_then(|one| one["status"].as_str()).unwrap_or_default()
}
