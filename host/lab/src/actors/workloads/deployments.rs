//! Deployments: one replica set for each template, and a rollout from the old one to the new one.

use std::sync::Arc;

use kube::api::DynamicObject;
use serde_json::{Value, json};

use super::pods;
use crate::actors::object::{
    Condition, controlled_by, controller_name, generation, is_controlled_by, is_dying, name, namespace,
    number, with_conditions,
};
use crate::actors::{Actor, Key, Next, Result, Watched, Work, kinds};

/// Keeps every deployment of the cluster.
pub async fn live(actor: Actor) -> Result<()> {
    let deployments = actor.watch(&kinds::DEPLOYMENT).await;
    let sets = actor.watch(&kinds::REPLICA_SET).await;
    let work = Work::new();
    work.follow(&deployments, |change| [Key::of(&change.object)]);
    work.follow(&sets, |change| {
        controller_name(&change.object, &kinds::DEPLOYMENT)
            .map(|owner| Key::new(namespace(&change.object), owner))
    });
    work.run(actor.clock(), |key| keep(actor.clone(), deployments.clone(), sets.clone(), key)).await
}

async fn keep(actor: Actor, deployments: Watched, sets: Watched, key: Key) -> Result<Next> {
    let Some(deployment) = deployments.get(&key) else { return Ok(Next::Rest) };
    if is_dying(&deployment) {
        return Ok(Next::Rest);
    }
    let owned = || {
        let mut found = sets.within(&key.namespace);
        found.retain(|set| is_controlled_by(set, &deployment));
        found
    };
    let revision = pods::revision(&deployment.data["spec"]["template"]);
    let current = format!("{}-{revision}", key.name);
    let wanted = pods::wanted(&deployment);
    let current_set = owned().into_iter().find(|set| name(set) == current);
    match current_set {
        None => {
            actor.ensure(&kinds::REPLICA_SET, replica_set(&deployment, &current, &revision, wanted)).await?;
        }
        Some(set) => {
            scale(&actor, &set, wanted).await?;
            // The old pods serve until the new ones do.
            if number(&set, "/status/readyReplicas").unwrap_or(0) >= i64::try_from(wanted).unwrap_or(0) {
                for old in owned().iter().filter(|set| name(set) != current) {
                    scale(&actor, old, 0).await?;
                }
            }
        }
    }
    report(&actor, &deployment, &owned(), &current, wanted).await?;
    Ok(Next::Rest)
}

fn replica_set(deployment: &DynamicObject, set_name: &str, revision: &str, replicas: usize) -> Value {
    let spec = &deployment.data["spec"];
    let mut selector = spec["selector"].clone();
    selector["matchLabels"]["pod-template-hash"] = revision.into();
    let mut template = spec["template"].clone();
    template["metadata"]["labels"]["pod-template-hash"] = revision.into();
    json!({
        "metadata": {
            "name": set_name,
            "namespace": namespace(deployment),
            "labels": template["metadata"]["labels"],
            "ownerReferences": [controlled_by(&kinds::DEPLOYMENT, deployment)],
        },
        "spec": { "replicas": replicas, "selector": selector, "template": template },
    })
}

async fn scale(actor: &Actor, set: &DynamicObject, replicas: usize) -> Result<()> {
    if pods::wanted(set) == replicas {
        return Ok(());
    }
    actor.patch(&kinds::REPLICA_SET, &Key::of(set), json!({ "spec": { "replicas": replicas } })).await?;
    actor.record(format!("scaled replica set {} to {replicas}", Key::of(set)), "its deployment asks for it");
    Ok(())
}

async fn report(
    actor: &Actor,
    deployment: &DynamicObject,
    sets: &[Arc<DynamicObject>],
    current: &str,
    wanted: usize,
) -> Result<()> {
    let sum = |field: &str| -> i64 { sets.iter().filter_map(|set| number(set, field)).sum() };
    let ready = sum("/status/readyReplicas");
    let updated = sets.iter().find(|set| name(set) == current);
    let updated = updated.and_then(|set| number(set, "/status/replicas")).unwrap_or(0);
    let wanted = i64::try_from(wanted).unwrap_or(i64::MAX);
    let available = ready >= wanted;
    let done = available && updated == wanted;
    let conditions = [
        if available {
            Condition::new(
                "Available",
                true,
                "MinimumReplicasAvailable",
                "Deployment has minimum availability.",
            )
        } else {
            let message = "Deployment does not have minimum availability.";
            Condition::new("Available", false, "MinimumReplicasUnavailable", message)
        },
        if done {
            let message = format!("ReplicaSet \"{current}\" has successfully progressed.");
            Condition::new("Progressing", true, "NewReplicaSetAvailable", message)
        } else {
            let message = format!("ReplicaSet \"{current}\" is progressing.");
            Condition::new("Progressing", true, "ReplicaSetUpdated", message)
        },
    ];
    let mut status = json!({
        "replicas": sum("/status/replicas"),
        "readyReplicas": ready,
        "availableReplicas": ready,
        "updatedReplicas": updated,
        "unavailableReplicas": (wanted - ready).max(0),
        "observedGeneration": generation(deployment),
    });
    if let Some(conditions) = with_conditions(deployment, &conditions) {
        status["conditions"] = conditions.into();
    }
    pods::set_status(actor, &kinds::DEPLOYMENT, deployment, status).await
}
