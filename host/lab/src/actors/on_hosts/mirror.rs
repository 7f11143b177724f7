//! Mirror pods: what the API shows of the static pods that a host runs. Nobody tells of a host that is silent.

use std::collections::BTreeMap;

use kube::api::{DeleteParams, DynamicObject};
use serde_json::{Value, json};

use super::super::kinds::{NODE, POD};
use super::super::object::{
    Condition, MIRROR, annotation, condition, is_dying, name, now, text, with_conditions,
};
use super::super::workers::heartbeat;
use super::super::{Actor, Key, Result, Watched};
use super::{Shared, speaking};
use crate::hosts::{Container, Host};

pub(super) async fn live(actor: Actor, shared: Shared) -> Result<()> {
    let hosts = &shared.0;
    let pods = actor.watch(&POD).await;
    let nodes = actor.watch(&NODE).await;
    let mut changes = hosts.follow_pods();
    let Some(mut members) = hosts.hosts().first().map(|host| host.members().follow()) else { return Ok(()) };
    loop {
        for host in speaking(&shared) {
            // A node that is not registered has no pods either.
            if nodes.get(&Key::new("", host.name())).is_none() {
                continue;
            }
            if let Err(error) = show(&actor, &pods, &host).await {
                tracing::debug!(host = host.name(), %error, "the mirror pods are not as they should be");
            }
        }
        // A pod that somebody deletes comes back at the next look.
        let any = async {
            tokio::select! {
                () = changes.changed() => {}
                _ = members.changed() => {}
            }
        };
        let _ = tokio::time::timeout(heartbeat(actor.clock()), any).await;
        changes = hosts.follow_pods();
    }
}

async fn show(actor: &Actor, pods: &Watched, host: &Host) -> Result<()> {
    let mut wanted: BTreeMap<Key, Vec<Container>> = BTreeMap::new();
    for container in host.pods().containers().into_iter().filter(Container::is_static) {
        wanted.entry(Key::new(&container.namespace, &container.pod)).or_default().push(container);
    }
    let is_here =
        |pod: &DynamicObject| text(pod, "/spec/nodeName") == host.name() && annotation(pod, MIRROR).is_some();
    for pod in pods.all().into_iter().filter(|pod| is_here(pod)) {
        let key = Key::of(&pod);
        let hash = wanted.get(&key).and_then(|containers| containers.first()).map(|one| one.pod_uid.as_str());
        if is_dying(&pod) || annotation(&pod, MIRROR) != hash {
            actor.delete(&POD, &key, &DeleteParams::default().grace_period(0)).await?;
            actor.record(format!("took away mirror pod {key}"), "what it showed is gone");
        }
    }
    for (key, containers) in wanted {
        let known = match pods.get(&key).filter(|pod| !is_dying(pod)) {
            Some(pod) if annotation(&pod, MIRROR) == Some(containers[0].pod_uid.as_str()) => pod,
            // The watch has yet to tell that it is gone: the next look will see it.
            Some(_) => continue,
            None => actor.create(&POD, pod(&key, host, &containers)).await?.into(),
        };
        // An etcd is Ready once it has a vote in a cluster that has a quorum.
        let is_etcd = containers.iter().any(|one| one.name == "etcd");
        let votes =
            || host.members().serving().iter().any(|(_, voters)| voters.iter().any(|one| one == host.name()));
        let runs = containers.iter().all(Container::is_running) && (!is_etcd || votes());
        let wanted = if runs { "True" } else { "False" };
        let has_told = condition(&known, "Ready") == wanted
            && text(&known, "/status/containerStatuses/0/containerID").ends_with(&containers[0].id);
        if !has_told {
            actor.patch_status(&POD, &key, status(&known, host, &containers, runs)).await?;
        }
    }
    Ok(())
}

fn pod(key: &Key, host: &Host, containers: &[Container]) -> Value {
    let hash = &containers[0].pod_uid;
    let list: Vec<Value> =
        containers.iter().map(|one| json!({"name": one.name, "image": one.image})).collect();
    json!({
        "metadata": {
            "name": key.name, "namespace": key.namespace, "labels": containers[0].pod_labels(),
            "annotations": {
                MIRROR: hash, "kubernetes.io/config.hash": hash, "kubernetes.io/config.source": "file",
            },
        },
        "spec": {"nodeName": host.name(), "hostNetwork": true, "containers": list,
                 "priorityClassName": "system-node-critical"},
    })
}

fn status(known: &DynamicObject, host: &Host, containers: &[Container], runs: bool) -> Value {
    let message = if runs { String::new() } else { format!("containers of {} have failed", name(known)) };
    let reason = if runs { "" } else { "ContainersNotReady" };
    let conditions = ["Initialized", "PodScheduled", "ContainersReady", "Ready"].map(|kind| {
        let holds = runs || kind == "Initialized" || kind == "PodScheduled";
        let (reason, message) = if holds { ("", "") } else { (reason, message.as_str()) };
        Condition::new(kind, holds, reason, message)
    });
    let statuses: Vec<Value> = containers
        .iter()
        .map(|one| {
            let state = if one.is_running() {
                json!({"running": {"startedAt": now()}})
            } else {
                json!({"waiting": {"reason": "CrashLoopBackOff", "message": one.log().trim_end()}})
            };
            json!({
                "name": one.name, "image": one.image, "imageID": one.image, "started": one.is_running(),
                "containerID": format!("cri-o://{}", one.id), "ready": one.is_running() && runs,
                "restartCount": one.attempt, "state": state,
            })
        })
        .collect();
    let ip = host.ip().to_string();
    let mut status = json!({
        "phase": "Running", "hostIP": ip, "podIP": ip, "podIPs": [{"ip": ip}], "startTime": now(),
        "containerStatuses": statuses,
    });
    if let Some(all) = with_conditions(known, &conditions) {
        status["conditions"] = all.into();
    }
    status
}
