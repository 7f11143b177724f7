//! The pods on workers. Those of the network are tied to the control plane that they met when they
//! started: after a move they stay with the old one, and are of no use until somebody deletes them.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use kube::api::{DeleteParams, DynamicObject};
use serde_json::{Value, json};

use super::super::kinds::{NODE, POD};
use super::super::object::{Condition, condition, is_dying, label, list, now, text, uid, with_conditions};
use super::super::{Actor, Key, Next, Result, Watched, Work};
use super::OVN_NODE;
use crate::containers::Containers;
use crate::containers::plain::Plain;

/// The pods of the network that met the present control plane, by UID. Clones share them.
#[derive(Clone, Default)]
pub(super) struct Bound {
    pods: Arc<Mutex<HashSet<String>>>,
}

impl Bound {
    /// Whether `pod` is of the network and was started by another control plane than the present one.
    pub(super) fn is_stale(&self, pod: &DynamicObject) -> bool {
        label(pod, "app") == Some(OVN_NODE)
            && text(pod, "/status/phase") == "Running"
            && !self.pods.lock().unwrap_or_else(PoisonError::into_inner).contains(uid(pod))
    }

    fn tie(&self, pod: &DynamicObject) {
        self.pods.lock().unwrap_or_else(PoisonError::into_inner).insert(uid(pod).to_owned());
    }
}

pub(super) async fn live(actor: Actor, containers: Containers, bound: Bound) -> Result<()> {
    let pods = actor.watch(&POD).await;
    let nodes = actor.watch(&NODE).await;
    let work = Work::new();
    work.follow(&pods, |change| [Key::of(&change.object)]);
    let known = pods.clone();
    work.follow(&nodes, move |change| {
        let node = change.object.metadata.name.clone().unwrap_or_default();
        let there = known.all().into_iter().filter(move |pod| text(pod, "/spec/nodeName") == node);
        there.map(|pod| Key::of(&pod)).collect::<Vec<_>>()
    });
    work.run(actor.clock(), |key: Key| {
        let (actor, pods, nodes) = (actor.clone(), pods.clone(), nodes.clone());
        let (containers, bound) = (containers.clone(), bound.clone());
        async move { keep(&actor, &pods, &nodes, &containers, &bound, &key).await }
    })
    .await
}

async fn keep(
    actor: &Actor,
    pods: &Watched,
    nodes: &Watched,
    containers: &Containers,
    bound: &Bound,
    key: &Key,
) -> Result<Next> {
    let Some(pod) = pods.get(key) else { return Ok(Next::Rest) };
    let node = nodes.get(&Key::new("", text(&pod, "/spec/nodeName")));
    if node.is_none_or(|node| condition(&node, "Ready") != "True") {
        return Ok(Next::Rest);
    }
    if is_dying(&pod) {
        actor.dither(2.0, 20.0).await;
        containers.stop(key, uid(&pod));
        actor.delete(&POD, key, &DeleteParams::default().grace_period(0)).await?;
        return Ok(Next::Rest);
    }
    if text(&pod, "/status/phase") != "Running" {
        actor.dither(5.0, 30.0).await;
        bound.tie(&pod);
        show(actor, &pod, "").await?;
    } else if bound.is_stale(&pod) {
        if condition(&pod, "Ready") == "True" {
            actor.dither(10.0, 30.0).await;
            show(actor, &pod, "its databases answer on the control plane that it started with").await?;
        }
    } else if condition(&pod, "Ready") != "True" {
        show(actor, &pod, "").await?;
    }
    // Workloads run on whether or not the API answers: after a restore they only become known again.
    if containers.running(key).as_deref() != Some(uid(&pod)) {
        let names = list(&pod, "/spec/containers").iter().filter_map(|one| one["name"].as_str());
        let program = Arc::new(Plain::new(&key.name));
        containers.start(key, uid(&pod), names.map(str::to_owned).collect(), Vec::new(), program);
    }
    Ok(Next::Rest)
}

/// Writes that `pod` runs, and is Ready unless `lack` says what it lacks.
async fn show(actor: &Actor, pod: &DynamicObject, lack: &str) -> Result<()> {
    let is_ready = lack.is_empty();
    let reason = if is_ready { "" } else { "ContainersNotReady" };
    let conditions = ["Initialized", "Ready", "ContainersReady", "PodScheduled"].map(|kind| {
        let holds = is_ready || kind == "Initialized" || kind == "PodScheduled";
        Condition::new(kind, holds, if holds { "" } else { reason }, if holds { "" } else { lack })
    });
    let statuses: Vec<Value> = list(pod, "/spec/containers")
        .iter()
        .map(|one| {
            json!({
                "name": one["name"], "image": one["image"], "imageID": "", "ready": is_ready, "started": true,
                "restartCount": 0, "state": {"running": {"startedAt": now()}},
            })
        })
        .collect();
    let mut status = json!({"phase": "Running", "containerStatuses": statuses});
    if let Some(all) = with_conditions(pod, &conditions) {
        status["conditions"] = all.into();
    }
    match actor.patch_status(&POD, &Key::of(pod), status).await {
        Err(error) if !error.is_not_found() => Err(error),
        _ => Ok(()),
    }
}
