//! The node lifecycle controller: a node whose heartbeat stays away is no longer known to be Ready.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kube::api::DynamicObject;
use serde_json::json;
use tokio::time::Instant;

use super::super::kinds::{LEASE, NODE};
use super::super::object::{Condition, condition, name, text, with_conditions};
use super::super::{Actor, Key, Next, Result, Watched, Work};
use super::LEASES;
use crate::actors::workers::heartbeat;

/// How many heartbeats a node may miss.
const MISSED: u32 = 4;
/// The shortest time on the machine's clock that a node is waited for: a busy machine is not a dead node.
const SHORTEST: Duration = Duration::from_secs(3);

pub async fn live(actor: Actor) -> Result<()> {
    let nodes = actor.watch(&NODE).await;
    let leases = actor.watch(&LEASE).await;
    let work = Work::new();
    work.follow(&nodes, |change| (!change.gone).then(|| name(&change.object).to_owned()));
    let seen = Arc::new(Heartbeats::default());
    work.run(actor.clock(), |node: String| {
        let (actor, nodes, leases, seen) = (actor.clone(), nodes.clone(), leases.clone(), seen.clone());
        async move { look(&actor, &nodes, &leases, &seen, &node).await }
    })
    .await
}

/// When each node's heartbeat was last seen to be a new one, on this machine's clock.
#[derive(Default)]
struct Heartbeats {
    seen: Mutex<HashMap<String, (String, Instant)>>,
}

impl Heartbeats {
    /// How long ago `node` last sent a heartbeat that was not known.
    fn age(&self, node: &str, told: &str) -> Duration {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = seen.entry(node.to_owned()).or_insert_with(|| (told.to_owned(), Instant::now()));
        if entry.0 != told {
            *entry = (told.to_owned(), Instant::now());
        }
        entry.1.elapsed()
    }
}

async fn look(
    actor: &Actor,
    nodes: &Watched,
    leases: &Watched,
    seen: &Heartbeats,
    node: &str,
) -> Result<Next> {
    let Some(known) = nodes.get(&Key::new("", node)) else { return Ok(Next::Rest) };
    let lease = leases.get(&Key::new(LEASES, node));
    let told = lease.as_deref().map_or("", |lease| text(lease, "/spec/renewTime"));
    let grace = (heartbeat(actor.clock()) * MISSED).max(SHORTEST);
    let age = seen.age(node, told);
    if age >= grace && condition(&known, "Ready") == "True" {
        lose(actor, &known).await?;
    }
    // `After` is in life, heartbeats are kept by the machine's clock.
    let left = grace.saturating_sub(age).max(heartbeat(actor.clock()));
    Ok(Next::After(left.mul_f64(actor.clock().speed())))
}

async fn lose(actor: &Actor, node: &DynamicObject) -> Result<()> {
    let mut lost =
        Condition::new("Ready", false, "NodeStatusUnknown", "Kubelet stopped posting node status.");
    "Unknown".clone_into(&mut lost.status);
    if let Some(all) = with_conditions(node, &[lost]) {
        actor.patch_status(&NODE, &Key::of(node), json!({"conditions": all})).await?;
        actor.record(format!("node {} is not ready", name(node)), "its heartbeats stayed away");
    }
    Ok(())
}
