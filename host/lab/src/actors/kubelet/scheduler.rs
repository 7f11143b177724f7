//! The scheduler: gives each pending pod the ready node with the fewest pods.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;
use tokio::sync::Mutex;

use crate::actors::object::{condition, flag, is_dying, name, text};
use crate::actors::{Actor, Key, Next, Result, Watched, Work, kinds};

/// Schedules every pod of the cluster.
pub async fn live(actor: Actor) -> Result<()> {
    let pods = actor.watch(&kinds::POD).await;
    let nodes = actor.watch(&kinds::NODE).await;
    let work = Work::new();
    work.follow(&pods, |change| is_waiting(&change.object).then(|| Key::of(&change.object)));
    let known = pods.clone();
    work.follow(&nodes, move |_| {
        known.all().iter().filter(|pod| is_waiting(pod)).map(|pod| Key::of(pod)).collect::<Vec<_>>()
    });
    // One pod at a time: each placement has to see the one before it.
    let turn = Arc::new(Mutex::new(()));
    work.run(actor.clock(), |key| {
        let (actor, pods, nodes, turn) = (actor.clone(), pods.clone(), nodes.clone(), turn.clone());
        async move {
            let _mine = turn.lock().await;
            place(actor, pods, nodes, key).await
        }
    })
    .await
}

fn is_waiting(pod: &kube::api::DynamicObject) -> bool {
    text(pod, "/spec/nodeName").is_empty() && !is_dying(pod)
}

async fn place(actor: Actor, pods: Watched, nodes: Watched, key: Key) -> Result<Next> {
    if !pods.get(&key).is_some_and(|pod| is_waiting(&pod)) {
        return Ok(Next::Rest);
    }
    let mut load: BTreeMap<String, usize> = nodes
        .all()
        .iter()
        .filter(|node| condition(node, "Ready") == "True" && !flag(node, "/spec/unschedulable"))
        .map(|node| (name(node).to_owned(), 0))
        .collect();
    for pod in pods.all() {
        if let Some(count) = load.get_mut(text(&pod, "/spec/nodeName")) {
            *count += 1;
        }
    }
    // Without a node the pod stays pending: the next change of a node comes back to it.
    let Some((node, _)) = load.into_iter().min_by_key(|(_, count)| *count) else { return Ok(Next::Rest) };
    match actor.patch(&kinds::POD, &key, json!({ "spec": { "nodeName": node } })).await {
        Ok(_) => Ok(Next::Rest),
        Err(error) if error.is_not_found() => Ok(Next::Rest),
        Err(error) => Err(error),
    }
}
