//! What becomes of pods whose node is lost: not Ready while nobody hears of it, collected once it is deleted.

use std::time::Duration;

use kube::api::DeleteParams;
use serde_json::json;

use super::super::kinds::{NODE, POD};
use super::super::object::{Condition, condition, name, text, with_conditions};
use super::super::{Actor, Key, Next, Result, Watched, Work};

/// How long a pod may be bound to a node that nobody knows, in life.
const QUARANTINE: Duration = Duration::from_secs(40);

pub(super) async fn live(actor: Actor) -> Result<()> {
    let (pods, nodes) = (actor.watch(&POD).await, actor.watch(&NODE).await);
    let work = Work::new();
    work.follow(&nodes, |change| [name(&change.object).to_owned()]);
    work.follow(&pods, |change| {
        let node = text(&change.object, "/spec/nodeName");
        (!node.is_empty()).then(|| node.to_owned())
    });
    work.run(actor.clock(), |node: String| {
        let (actor, pods, nodes) = (actor.clone(), pods.clone(), nodes.clone());
        async move { look(&actor, &pods, &nodes, &node).await }
    })
    .await
}

async fn look(actor: &Actor, pods: &Watched, nodes: &Watched, node: &str) -> Result<Next> {
    let key = Key::new("", node);
    if let Some(known) = nodes.get(&key) {
        if condition(&known, "Ready") != "Unknown" {
            return Ok(Next::Rest);
        }
        for pod in pods.all().into_iter().filter(|pod| text(pod, "/spec/nodeName") == node) {
            let lost = Condition::new("Ready", false, "NodeNotReady", "");
            if condition(&pod, "Ready") == "True"
                && let Some(all) = with_conditions(&pod, &[lost])
            {
                actor.patch_status(&POD, &Key::of(&pod), json!({"conditions": all})).await?;
            }
        }
        return Ok(Next::Rest);
    }
    actor.clock().sleep(QUARANTINE).await;
    if nodes.get(&key).is_some() {
        return Ok(Next::Rest);
    }
    for pod in pods.all().into_iter().filter(|pod| text(pod, "/spec/nodeName") == node) {
        let key = Key::of(&pod);
        actor.delete(&POD, &key, &DeleteParams::default().grace_period(0)).await?;
        actor.record(format!("collected pod {key}"), format!("there is no node {node}"));
    }
    Ok(Next::Rest)
}
