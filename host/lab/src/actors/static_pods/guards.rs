//! The guard pods of the control plane, one on each node for each static pod, and the operators that have nothing to
//! complain of.

use serde_json::json;

use super::super::kinds::{CLUSTER_OPERATOR, NODE, POD};
use super::super::object::{Condition, is_dying, name};
use super::super::on_hosts::is_control_plane;
use super::super::{Actor, Key, Next, Result, Work};
use super::{COMPONENTS, conditions};

/// The cluster operators that are always well, unless they are left alone.
const WELL: [&str; 5] = ["authentication", "ingress", "machine-api", "monitoring", "storage"];

pub(super) async fn live(actor: Actor) -> Result<()> {
    let (nodes, pods) = (actor.watch(&NODE).await, actor.watch(&POD).await);
    actor.watch(&CLUSTER_OPERATOR).await;
    for operator in WELL {
        if actor.is_on(&format!("cluster operator: {operator} is left alone")) {
            continue;
        }
        let wanted =
            [("Available", true), ("Progressing", false), ("Degraded", false), ("Upgradeable", true)]
                .map(|(kind, holds)| Condition::new(kind, holds, "AsExpected", ""));
        conditions::say(&actor, operator, &wanted).await?;
    }
    let work = Work::new();
    work.follow(&nodes, |_| [()]);
    work.follow(&pods, |change| change.gone.then_some(()));
    work.run(actor.clock(), |()| {
        let (actor, nodes, pods) = (actor.clone(), nodes.clone(), pods.clone());
        async move {
            let all = nodes.all();
            let control_plane: Vec<_> =
                all.iter().filter(|node| is_control_plane(node) && !is_dying(node)).collect();
            // Where one node is all there is, nothing is to be guarded.
            for node in control_plane.iter().filter(|_| control_plane.len() > 1) {
                for component in COMPONENTS {
                    let guard = format!("{}-guard-{}", component.pod, name(node));
                    if pods.get(&Key::new(component.namespace, &guard)).is_none() {
                        actor.ensure(&POD, pod(component.namespace, &guard, name(node))).await?;
                    }
                }
            }
            Ok(Next::Rest)
        }
    })
    .await
}

fn pod(namespace: &str, guard: &str, node: &str) -> serde_json::Value {
    let image = "quay.io/openshift-release-dev/ocp-v4.0-art-dev@sha256:guard";
    json!({
        "metadata": {"name": guard, "namespace": namespace, "labels": {"app": "guard"}},
        "spec": {"nodeName": node, "containers": [{"name": "guard", "image": image}]},
    })
}
