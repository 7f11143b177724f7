//! Replica sets: as many pods as they ask for.

use futures::future::try_join_all;
use kube::api::DynamicObject;
use serde_json::json;

use super::pods;
use crate::actors::object::{controller_name, generation, is_dying, name, namespace};
use crate::actors::{Actor, Key, Next, Result, Watched, Work, kinds};

/// Keeps every replica set of the cluster.
pub async fn live(actor: Actor) -> Result<()> {
    let sets = actor.watch(&kinds::REPLICA_SET).await;
    let pods = actor.watch(&kinds::POD).await;
    let work = Work::new();
    work.follow(&sets, |change| [Key::of(&change.object)]);
    work.follow(&pods, |change| {
        controller_name(&change.object, &kinds::REPLICA_SET)
            .map(|owner| Key::new(namespace(&change.object), owner))
    });
    work.run(actor.clock(), |key| keep(actor.clone(), sets.clone(), pods.clone(), key)).await
}

async fn keep(actor: Actor, sets: Watched, pods: Watched, key: Key) -> Result<Next> {
    let Some(set) = sets.get(&key) else { return Ok(Next::Rest) };
    let mut alive = pods::owned(&pods, &set);
    alive.retain(|pod| pods::counts(pod));
    let wanted = pods::wanted(&set);
    if !is_dying(&set) {
        let why = format!("replica set {key} wants {wanted}, has {}", alive.len());
        try_join_all((alive.len()..wanted).map(|_| create(&actor, &set))).await?;
        if alive.len() > wanted {
            // Pods that never got ready go first; then always the same ones, however often this runs.
            alive.sort_by_key(|pod| pods::is_ready(pod));
            let excess = alive.len() - wanted;
            try_join_all(alive[..excess].iter().map(|pod| pods::delete(&actor, pod, &why))).await?;
        }
    }
    let mut now = pods::owned(&pods, &set);
    now.retain(|pod| pods::counts(pod));
    let ready = now.iter().filter(|pod| pods::is_ready(pod)).count();
    let status = json!({
        "replicas": now.len(),
        "readyReplicas": ready,
        "availableReplicas": ready,
        "observedGeneration": generation(&set),
    });
    pods::set_status(&actor, &kinds::REPLICA_SET, &set, status).await?;
    Ok(Next::Rest)
}

async fn create(actor: &Actor, set: &DynamicObject) -> Result<()> {
    let metadata = json!({ "generateName": format!("{}-", name(set)) });
    let pod = pods::from_template(&kinds::REPLICA_SET, set, metadata, &[]);
    actor.create(&kinds::POD, pod).await?;
    Ok(())
}
