//! The cluster operators: what they say follows from the nodes and from the network's pods.

use serde_json::json;

use super::super::kinds::{CLUSTER_OPERATOR, NODE, POD};
use super::super::object::{Condition, condition, label, name, with_conditions};
use super::super::{Actor, Key, Next, Result, Work};
use super::pods::Bound;
use super::{OVN_NAMESPACE, OVN_NODE};

/// The operators whose work needs nodes.
const ON_NODES: &[&str] = &["console", "image-registry", "ingress", "insights", "monitoring"];

pub(super) async fn live(actor: Actor, bound: Bound) -> Result<()> {
    let operators = actor.watch(&CLUSTER_OPERATOR).await;
    let (pods, nodes) = (actor.watch(&POD).await, actor.watch(&NODE).await);
    let work = Work::new();
    work.follow(&operators, |_| [()]);
    work.follow(&nodes, |_| [()]);
    work.follow(&pods, |change| (label(&change.object, "app") == Some(OVN_NODE)).then_some(()));
    work.run(actor.clock(), |()| {
        let (actor, operators) = (actor.clone(), operators.clone());
        let (pods, nodes, bound) = (pods.clone(), nodes.clone(), bound.clone());
        async move {
            actor.dither(10.0, 60.0).await;
            let ready_nodes = nodes.all().iter().filter(|node| condition(node, "Ready") == "True").count();
            let network = pods.within(OVN_NAMESPACE);
            let stale = network.iter().filter(|pod| bound.is_stale(pod)).count();
            for operator in operators.all() {
                let kind = name(&operator);
                let wanted = if kind == "network" && stale > 0 {
                    let message = format!("DaemonSet \"/{OVN_NAMESPACE}/{OVN_NODE}\" is not available: {stale} pods answer to another control plane");
                    verdict(true, Some(&message))
                } else if ON_NODES.contains(&kind) && ready_nodes == 0 {
                    verdict(false, Some("no node is ready"))
                } else {
                    verdict(true, None)
                };
                if let Some(all) = with_conditions(&operator, &wanted) {
                    let key = Key::of(&operator);
                    actor.patch_status(&CLUSTER_OPERATOR, &key, json!({"conditions": all})).await?;
                }
            }
            Ok(Next::Rest)
        }
    })
    .await
}

fn verdict(is_available: bool, trouble: Option<&str>) -> [Condition; 4] {
    let reason = if trouble.is_some() { "RolloutHung" } else { "AsExpected" };
    let message = trouble.unwrap_or_default();
    [
        Condition::new("Available", is_available, reason, message),
        Condition::new("Degraded", trouble.is_some(), reason, message),
        Condition::new("Progressing", false, "AsExpected", ""),
        Condition::new("Upgradeable", true, "AsExpected", ""),
    ]
}
