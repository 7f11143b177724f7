//! What an operator says of its rollout, in its own status and in that of its cluster operator.

use kube::api::DynamicObject;
use serde_json::json;

use super::super::kinds::CLUSTER_OPERATOR;
use super::super::object::{Condition, condition, label, list, name, text, with_conditions};
use super::super::{Actor, Key, Result};
use super::rollout::Rollout;

/// The conditions of a rollout whose pods and nodes are these.
pub(super) fn of(
    rollout: &Rollout,
    pods: &[Option<std::sync::Arc<DynamicObject>>],
    nodes: &[std::sync::Arc<DynamicObject>],
    blocked: Option<&str>,
) -> Vec<Condition> {
    let message = rollout.message();
    let active = pods.iter().flatten().filter(|pod| condition(pod, "Ready") == "True").count();
    let available = if active > 0 {
        format!("{active} nodes are active; {message}")
    } else {
        "0 nodes are active; no nodes are available".to_owned()
    };
    let reason = if active > 0 { "AsExpected" } else { "ZeroNodesActive" };
    let installer = if rollout.is_done() {
        Condition::new("NodeInstallerProgressing", false, "AllNodesAtLatestRevision", &message)
    } else {
        Condition::new("NodeInstallerProgressing", true, "NodeInstaller", &message)
    };
    let degraded = |kind: &str, reason: &str, trouble: Option<String>, well: &str| match trouble {
        Some(trouble) => Condition::new(kind, true, reason, trouble),
        None => Condition::new(kind, false, "AsExpected", well),
    };
    vec![
        Condition::new("StaticPodsAvailable", active > 0, reason, available),
        installer,
        degraded("NodeInstallerDegraded", "RevisionBlocked", blocked.map(str::to_owned), ""),
        degraded("NodeControllerDegraded", "MasterNodesReady", unready(nodes), "All master nodes are ready"),
        degraded("StaticPodsDegraded", "Error", failing(rollout, pods), ""),
    ]
}

fn unready(nodes: &[std::sync::Arc<DynamicObject>]) -> Option<String> {
    let lost: Vec<String> = nodes
        .iter()
        .filter(|node| condition(node, "Ready") != "True")
        .map(|node| {
            let ready = list(node, "/status/conditions").iter().find(|one| one["type"] == "Ready");
            let word = |field: &str| ready.and_then(|one| one[field].as_str()).unwrap_or_default();
            let (since, reason) = (word("lastTransitionTime"), word("reason"));
            format!("node \"{}\" not ready since {since} because {reason} ({})", name(node), word("message"))
        })
        .collect();
    (!lost.is_empty()).then(|| format!("The master nodes not ready: {}", lost.join(", ")))
}

fn failing(rollout: &Rollout, pods: &[Option<std::sync::Arc<DynamicObject>>]) -> Option<String> {
    let trouble = rollout.nodes.iter().zip(pods).filter_map(|(node, pod)| match pod {
        // While a revision is brought there, its pod comes and goes.
        None if node.target != 0 || node.current == 0 => None,
        None => Some(format!("static pod on node {} not found", node.name)),
        Some(pod) => list(pod, "/status/containerStatuses").iter().find_map(|one| {
            let message = one["state"]["waiting"]["message"].as_str()?;
            let container = one["name"].as_str().unwrap_or_default();
            Some(format!(
                "pod/{} container \"{container}\" is waiting: CrashLoopBackOff: {message}",
                name(pod)
            ))
        }),
    });
    let all: Vec<String> = trouble.collect();
    (!all.is_empty()).then(|| all.join("\n"))
}

/// The revision that a mirror pod shows, once it is Ready.
pub(super) fn running(pod: &DynamicObject) -> Option<u32> {
    let is_ready = condition(pod, "Ready") == "True" && text(pod, "/status/phase") == "Running";
    label(pod, "revision").filter(|_| is_ready)?.parse().ok()
}

/// Makes the cluster operator say what the operator's conditions come to.
pub(super) async fn tell(actor: &Actor, operator: &str, conditions: &[Condition]) -> Result<()> {
    let of = |suffix: &'static str| conditions.iter().filter(move |one| one.kind.ends_with(suffix));
    let text = |one: &Condition| format!("{}: {}", one.kind, one.message);
    let lacking: Vec<String> = of("Available").filter(|one| one.status != "True").map(text).collect();
    let moving: Vec<String> = of("Progressing").filter(|one| one.status == "True").map(text).collect();
    let ill: Vec<String> = of("Degraded").filter(|one| one.status == "True").map(text).collect();
    let well: Vec<String> = of("Available").map(text).collect();
    let made = |kind: &str, holds: bool, found: &[String], is_well: bool| {
        let reason = if is_well { "AsExpected" } else { "OperatorConditions" };
        Condition::new(kind, holds, reason, found.join("\n"))
    };
    let available = if lacking.is_empty() { &well } else { &lacking };
    let wanted = [
        made("Available", lacking.is_empty(), available, lacking.is_empty()),
        made("Progressing", !moving.is_empty(), &moving, moving.is_empty()),
        made("Degraded", !ill.is_empty(), &ill, ill.is_empty()),
        made("Upgradeable", true, &[], true),
    ];
    say(actor, operator, &wanted).await
}

/// Makes a cluster operator say these conditions.
pub(super) async fn say(actor: &Actor, operator: &str, wanted: &[Condition]) -> Result<()> {
    let key = Key::new("", operator);
    let known = match actor.watch(&CLUSTER_OPERATOR).await.get(&key) {
        Some(known) => known,
        None => {
            actor.create(&CLUSTER_OPERATOR, json!({"metadata": {"name": operator}, "spec": {}})).await?.into()
        }
    };
    if let Some(all) = with_conditions(&known, wanted) {
        actor.patch_status(&CLUSTER_OPERATOR, &key, json!({"conditions": all})).await?;
    }
    Ok(())
}
