//! The network operator: it keeps the network's objects, renders the masters anew, and says how the network is.

use std::net::Ipv4Addr;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use super::health::View;
use super::objects::{masters, named, of_any, of_ovn};
use super::{MASTER, NAMESPACE, NODE, is_per_node};
use crate::actors::keep::{keep, keep_any};
use crate::actors::kinds::{CLUSTER_OPERATOR, CONFIG_MAP, DAEMON_SET, NODE as NODES, POD};
use crate::actors::object::{Condition, is_dying, label, list, namespace, text, with_conditions};
use crate::actors::{Actor, Key, Next, Result, Work};
use crate::hosts::{self, Network};

/// How soon it looks again at what the hosts show, in life.
const AGAIN: Duration = Duration::from_secs(20);

/// How long it takes until the masters are rendered for other control plane nodes, in seconds of life (E17).
const RENDERING: (f64, f64) = (300.0, 600.0);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Task {
    Look,
    Render,
}

pub(super) async fn live(actor: Actor, hosts: hosts::Cluster) -> Result<()> {
    let (nodes, pods) = (actor.watch(&NODES).await, actor.watch(&POD).await);
    let sets = actor.watch(&DAEMON_SET).await;
    for (kind, object) in of_any(hosts.setup().network) {
        keep_any(&actor, &kind, object, "the cluster has a network").await?;
    }
    let work = Work::new();
    work.follow(&nodes, |_| [Task::Look, Task::Render]);
    work.follow(&pods, |change| (namespace(&change.object) == NAMESPACE).then_some(Task::Look));
    work.follow(&sets, |change| (namespace(&change.object) == NAMESPACE).then_some(Task::Render));
    // Without a node there is nothing to follow yet.
    let first = work.sender();
    let _ = first.send(Task::Look);
    work.run(actor.clock(), |task| {
        let (actor, hosts) = (actor.clone(), hosts.clone());
        async move {
            match task {
                Task::Look => look(&actor, &hosts).await,
                Task::Render => render(&actor, &hosts).await,
            }
        }
    })
    .await
}

async fn look(actor: &Actor, hosts: &hosts::Cluster) -> Result<Next> {
    let setup = hosts.setup();
    if setup.network == Network::OpenShiftSdn {
        tell(actor, &[], None).await?;
        return Ok(Next::Rest);
    }
    let addresses = control_plane(actor).await;
    for (kind, object) in of_ovn(setup.version, &addresses) {
        keep_any(actor, &kind, object, "OVN-Kubernetes is the cluster's network").await?;
    }
    let [(cluster, _)] = hosts.serving()[..] else { return Ok(Next::After(AGAIN)) };
    let view = View {
        hosts: hosts.clone(),
        nodes: actor.watch(&NODES).await.all(),
        pods: actor.watch(&POD).await.within(NAMESPACE),
        cluster,
        restored: restored(actor, cluster).await?,
    };
    let sets = if is_per_node(setup.version) { &[NODE][..] } else { &[MASTER, NODE][..] };
    let awaited = sets.iter().map(|set| (*set, view.awaited(set))).find(|(_, count)| *count > 0);
    let awaited = awaited.map(|(set, count)| {
        format!("DaemonSet \"/{NAMESPACE}/{set}\" is not available (awaiting {count} nodes)")
    });
    tell(actor, &view.troubles(), awaited).await?;
    Ok(Next::After(AGAIN))
}

/// The addresses of the control plane nodes that the API knows.
async fn control_plane(actor: &Actor) -> Vec<Ipv4Addr> {
    let nodes = actor.watch(&NODES).await.all();
    let rules = nodes
        .iter()
        .filter(|node| label(node, "node-role.kubernetes.io/master").is_some() && !is_dying(node));
    let mut found: Vec<Ipv4Addr> = rules
        .filter_map(|node| {
            let addresses = list(node, "/status/addresses").iter();
            let internal = addresses.into_iter().find(|address| address["type"] == "InternalIP")?;
            internal["address"].as_str()?.parse().ok()
        })
        .collect();
    found.sort_unstable();
    found
}

/// Renders the masters for the control plane nodes of the moment, some time after these changed.
async fn render(actor: &Actor, hosts: &hosts::Cluster) -> Result<Next> {
    if hosts.setup().network != Network::OvnKubernetes || is_per_node(hosts.setup().version) {
        return Ok(Next::Rest);
    }
    let sets = actor.watch(&DAEMON_SET).await;
    let key = Key::new(NAMESPACE, MASTER);
    let rendered = || sets.get(&key).map(|set| named(&set.data["spec"]["template"]["spec"]));
    let differs = |wanted: &[Ipv4Addr]| rendered().is_some_and(|now| now != wanted) && !wanted.is_empty();
    if !differs(&control_plane(actor).await) {
        return Ok(Next::Rest);
    }
    actor.dither(RENDERING.0, RENDERING.1).await;
    let wanted = control_plane(actor).await;
    if differs(&wanted) {
        keep(actor, &DAEMON_SET, masters(&wanted), "the control plane nodes changed").await?;
    }
    Ok(Next::Rest)
}

/// When the cluster was last restored: told by a note of the etcd cluster, which a snapshot brings back old.
async fn restored(actor: &Actor, cluster: u64) -> Result<Option<Timestamp>> {
    let key = Key::new("openshift-network-operator", "applied-cluster");
    let id = format!("{cluster:x}");
    let note = |since: &str| json!({"metadata": {"name": key.name, "namespace": key.namespace}, "data": {"etcd": id, "since": since}});
    let Some(known) = actor.watch(&CONFIG_MAP).await.get(&key) else {
        keep_any(actor, &CONFIG_MAP, note(""), "it follows the cluster from now on").await?;
        return Ok(None);
    };
    if text(&known, "/data/etcd") == id {
        return Ok(text(&known, "/data/since").parse().ok());
    }
    let now = Timestamp::now();
    keep(actor, &CONFIG_MAP, note(&now.to_string()), "the API answers from another etcd cluster").await?;
    Ok(Some(now))
}

async fn tell(actor: &Actor, troubles: &[String], awaited: Option<String>) -> Result<()> {
    let key = Key::new("", "network");
    let Some(operator) = actor.watch(&CLUSTER_OPERATOR).await.get(&key) else { return Ok(()) };
    let is_broken = !troubles.is_empty();
    let reason = if is_broken { "RolloutHung" } else { "AsExpected" };
    let is_progressing = awaited.is_some();
    let conditions = [
        Condition::new("Available", true, "AsExpected", ""),
        Condition::new("Degraded", is_broken, reason, troubles.join("\n")),
        Condition::new(
            "Progressing",
            is_progressing,
            if is_progressing { "Deploying" } else { "AsExpected" },
            awaited.unwrap_or_default(),
        ),
        Condition::new("Upgradeable", true, "AsExpected", ""),
    ];
    if let Some(all) = with_conditions(&operator, &conditions) {
        actor.patch_status(&CLUSTER_OPERATOR, &key, json!({"conditions": all})).await?;
        if is_broken {
            actor.record("said that the network is degraded", troubles[0].clone());
        }
    }
    Ok(())
}
