//! Waits until a new cluster on hosts is at rest: every node Ready, every cluster operator content.

use std::time::Duration;

use kube::api::DynamicObject;

use crate::actors::object::{condition, name};
use crate::actors::{Cluster, kinds};
use crate::world::{LabError, START_LIMIT};

/// The cluster operators that somebody speaks for.
const OPERATORS: [&str; 10] = [
    "authentication",
    "etcd",
    "ingress",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "machine-api",
    "monitoring",
    "network",
    "storage",
];
/// How often it is looked at, on the machine's clock.
const GLANCE: Duration = Duration::from_millis(20);

/// Waits until the cluster is at rest.
///
/// Errors: [`LabError::Unsettled`] with what is lacking.
pub(super) async fn wait(actors: &Cluster) -> Result<(), LabError> {
    let wait = async {
        while lacking(actors).is_some() {
            tokio::time::sleep(GLANCE).await;
        }
    };
    tokio::time::timeout(START_LIMIT, wait).await.map_err(|_| LabError::Unsettled {
        limit: START_LIMIT,
        lacking: lacking(actors).unwrap_or_else(|| "it came up at the last moment".to_owned()),
    })
}

fn lacking(actors: &Cluster) -> Option<String> {
    let nodes = actors.watch(&kinds::NODE).all();
    if let Some(node) = nodes.iter().find(|node| condition(node, "Ready") != "True") {
        return Some(format!("node {} is not Ready", name(node)));
    }
    let operators = actors.watch(&kinds::CLUSTER_OPERATOR).all();
    let is_content = |one: &DynamicObject| {
        [("Available", "True"), ("Progressing", "False"), ("Degraded", "False")]
            .iter()
            .all(|(kind, status)| condition(one, kind) == *status)
    };
    let is_well = |wanted: &str| operators.iter().any(|one| name(one) == wanted && is_content(one));
    OPERATORS
        .iter()
        .find(|operator| !is_well(operator))
        .map(|operator| format!("cluster operator {operator} is not content"))
}
