//! The scheduler: gives each pending pod the ready node with the fewest pods.

use std::collections::BTreeMap;
use std::sync::Arc;

use kube::api::DynamicObject;
use tokio::sync::Mutex;

use crate::actors::object::{condition, flag, is_dying, label, name, text, uid};
use crate::actors::{Actor, Key, Next, Result, Watched, Work, kinds};

/// The node of each pod that was bound, by the pod's UID, until the watch tells of it.
type Placed = BTreeMap<String, String>;

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
    // One pod at a time: each placement has to see the ones before it.
    let placed = Arc::new(Mutex::new(Placed::new()));
    work.run(actor.clock(), |key| {
        let (actor, pods, nodes, placed) = (actor.clone(), pods.clone(), nodes.clone(), placed.clone());
        async move { place(actor, pods, nodes, &mut *placed.lock().await, key).await }
    })
    .await
}

fn is_waiting(pod: &DynamicObject) -> bool {
    text(pod, "/spec/nodeName").is_empty() && !is_dying(pod)
}

/// Whether the pod's selector allows the node.
fn selects(pod: &DynamicObject, node: &DynamicObject) -> bool {
    let selector = pod.data.pointer("/spec/nodeSelector").and_then(|selector| selector.as_object());
    selector.is_none_or(|wanted| wanted.iter().all(|(key, value)| label(node, key) == value.as_str()))
}

async fn place(actor: Actor, pods: Watched, nodes: Watched, placed: &mut Placed, key: Key) -> Result<Next> {
    let Some(pod) = pods.get(&key).filter(|pod| is_waiting(pod) && !placed.contains_key(uid(pod))) else {
        return Ok(Next::Rest);
    };
    let all = pods.all();
    placed.retain(|bound, _| all.iter().any(|pod| uid(pod) == bound && is_waiting(pod)));
    let mut load: BTreeMap<String, usize> = nodes
        .all()
        .iter()
        .filter(|node| condition(node, "Ready") == "True" && !flag(node, "/spec/unschedulable"))
        .filter(|node| selects(&pod, node))
        .map(|node| (name(node).to_owned(), 0))
        .collect();
    let nodes = all.iter().map(|pod| text(pod, "/spec/nodeName")).chain(placed.values().map(String::as_str));
    for node in nodes {
        if let Some(count) = load.get_mut(node) {
            *count += 1;
        }
    }
    // Without a node the pod stays pending: the next change of a node comes back to it.
    let Some((node, _)) = load.into_iter().min_by_key(|(_, count)| *count) else { return Ok(Next::Rest) };
    match actor.bind(&key, &node).await {
        Ok(()) => {
            placed.insert(uid(&pod).to_owned(), node);
            Ok(Next::Rest)
        }
        Err(error) if error.is_not_found() || error.is_conflict() => Ok(Next::Rest),
        Err(error) => Err(error),
    }
}
