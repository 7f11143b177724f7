//! GitOps: what stands in git is put back, whoever changed it: a paused hosted cluster goes on (F17).

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::kinds::{HOSTED_CLUSTER, NODE_POOL};
use super::object::is_dying;
use super::{Actor, Cluster, Key, Kind, Result};

/// How often it compares, in life.
const INTERVAL: Duration = Duration::from_mins(1);

/// Starts it on `management`; `objects` is what stands in git.
pub fn start(management: &Cluster, objects: Vec<(Kind, Value)>) {
    let objects: Arc<Vec<_>> = Arc::new(
        objects.into_iter().filter(|(kind, _)| *kind == HOSTED_CLUSTER || *kind == NODE_POOL).collect(),
    );
    management.spawn("gitops", move |actor| live(actor, objects.clone()));
}

async fn live(actor: Actor, objects: Arc<Vec<(Kind, Value)>>) -> Result<()> {
    loop {
        actor.clock().sleep_between(INTERVAL / 2, INTERVAL * 3).await;
        for (kind, object) in objects.iter() {
            let field = |name: &str| object["metadata"][name].as_str().unwrap_or_default();
            let key = Key::new(field("namespace"), field("name"));
            match actor.watch(kind).await.get(&key) {
                None => {
                    if actor.ensure(kind, object.clone()).await? {
                        actor.record(format!("created {kind} {key}"), "it stands in git");
                    }
                }
                Some(one) if !is_dying(&one) && !one.data["spec"]["pausedUntil"].is_null() => {
                    actor.patch(kind, &key, json!({"spec": {"pausedUntil": null}})).await?;
                    actor.record(format!("unpaused {kind} {key}"), "it does not stand in git");
                }
                Some(_) => {}
            }
        }
    }
}
