//! Daemon sets: one pod on every node that its node selector allows.

use std::collections::BTreeMap;

use kube::api::DynamicObject;
use serde_json::json;

use super::pods;
use crate::actors::object::{controller_name, generation, is_dying, label, name, namespace, text};
use crate::actors::{Actor, Key, Next, Result, Watched, Work, kinds};

/// Keeps every daemon set of the cluster.
pub async fn live(actor: Actor) -> Result<()> {
    let sets = actor.watch(&kinds::DAEMON_SET).await;
    let pods = actor.watch(&kinds::POD).await;
    let nodes = actor.watch(&kinds::NODE).await;
    let work = Work::new();
    work.follow(&sets, |change| [Key::of(&change.object)]);
    work.follow(&pods, |change| {
        controller_name(&change.object, &kinds::DAEMON_SET)
            .map(|owner| Key::new(namespace(&change.object), owner))
    });
    let known = sets.clone();
    work.follow(&nodes, move |_| known.all().iter().map(|set| Key::of(set)).collect::<Vec<_>>());
    work.run(actor.clock(), |key| keep(actor.clone(), sets.clone(), pods.clone(), nodes.clone(), key)).await
}

async fn keep(actor: Actor, sets: Watched, pods: Watched, nodes: Watched, key: Key) -> Result<Next> {
    let Some(set) = sets.get(&key) else { return Ok(Next::Rest) };
    if is_dying(&set) {
        return Ok(Next::Rest);
    }
    let wanted: Vec<_> = nodes.all().into_iter().filter(|node| allows(&set, node)).collect();
    let owned = pods::owned(&pods, &set);
    let mut by_node: BTreeMap<&str, usize> = BTreeMap::new();
    for pod in owned.iter().filter(|pod| pods::counts(pod)) {
        let node = text(pod, "/spec/nodeName");
        *by_node.entry(node).or_default() += 1;
        if !wanted.iter().any(|wanted| name(wanted) == node) || by_node[node] > 1 {
            pods::delete(&actor, pod, "no node for it").await?;
        }
    }
    for node in &wanted {
        if !by_node.contains_key(name(node)) {
            create(&actor, &set, name(node)).await?;
        }
    }
    report(&actor, &set, &pods, wanted.len()).await?;
    Ok(Next::Rest)
}

fn allows(set: &DynamicObject, node: &DynamicObject) -> bool {
    let selector = set.data.pointer("/spec/template/spec/nodeSelector").and_then(|s| s.as_object());
    selector.is_none_or(|wanted| wanted.iter().all(|(key, value)| label(node, key) == value.as_str()))
}

async fn create(actor: &Actor, set: &DynamicObject, node: &str) -> Result<()> {
    let metadata = json!({ "generateName": format!("{}-", name(set)) });
    let mut pod = pods::from_template(&kinds::DAEMON_SET, set, metadata, &[]);
    pod["spec"]["nodeName"] = node.into();
    actor.create(&kinds::POD, pod).await?;
    Ok(())
}

async fn report(actor: &Actor, set: &DynamicObject, pods: &Watched, wanted: usize) -> Result<()> {
    let mut now = pods::owned(pods, set);
    now.retain(|pod| pods::counts(pod));
    let ready = now.iter().filter(|pod| pods::is_ready(pod)).count();
    let status = json!({
        "desiredNumberScheduled": wanted,
        "currentNumberScheduled": now.len(),
        "updatedNumberScheduled": now.len(),
        "numberReady": ready,
        "numberAvailable": ready,
        "numberUnavailable": wanted.saturating_sub(ready),
        "numberMisscheduled": 0,
        "observedGeneration": generation(set),
    });
    pods::set_status(actor, &kinds::DAEMON_SET, set, status).await
}
