//! The garbage collector: deletes what lost its owners, by UID, and carries out foreground and orphan deletion.

mod graph;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::api::{DeleteParams, Preconditions, PropagationPolicy};
use serde_json::json;

use self::graph::{FOREGROUND, Graph, Node, ORPHAN};
use super::object::{has_finalizer, is_dying, uid};
use super::{Actor, Error, Key, Kind, Next, Result, Work, discovery, kinds};

/// Kinds that neither own nor are owned in this world: each one watched costs a connection.
const APART: &[&str] = &[
    "apiservices.apiregistration.k8s.io",
    "certificatesigningrequests.certificates.k8s.io",
    "clusterrolebindings.rbac.authorization.k8s.io",
    "clusterroles.rbac.authorization.k8s.io",
    "controllerrevisions.apps",
    "csidrivers.storage.k8s.io",
    "csinodes.storage.k8s.io",
    "customresourcedefinitions.apiextensions.k8s.io",
    "endpoints",
    "endpointslices.discovery.k8s.io",
    "events",
    "ingressclasses.networking.k8s.io",
    "leases.coordination.k8s.io",
    "limitranges",
    "mutatingwebhookconfigurations.admissionregistration.k8s.io",
    "podtemplates",
    "priorityclasses.scheduling.k8s.io",
    "replicationcontrollers",
    "resourcequotas",
    "storageclasses.storage.k8s.io",
    "validatingadmissionpolicies.admissionregistration.k8s.io",
    "validatingadmissionpolicybindings.admissionregistration.k8s.io",
    "validatingwebhookconfigurations.admissionregistration.k8s.io",
    "volumeattachments.storage.k8s.io",
];

/// The kinds that the controllers of workloads make and own.
pub const WORKLOADS: &[Kind] =
    &[kinds::POD, kinds::REPLICA_SET, kinds::DEPLOYMENT, kinds::STATEFUL_SET, kinds::DAEMON_SET];

/// How long the collector waits for more definitions before it looks for new kinds, in real time.
const GATHERING: Duration = Duration::from_millis(50);

/// How soon the collector comes back to an object whose owner's kind is unknown.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// Collects the garbage of the cluster.
pub async fn live(actor: Actor) -> Result<()> {
    collect_all(actor, |kind| {
        let settings = kind.group.ends_with(".openshift.io") && !kind.namespaced;
        !settings && !APART.contains(&kind.to_string().as_str())
    })
    .await
}

/// Collects the garbage of these kinds only, for a cluster in which no others own or are owned.
pub async fn among(actor: Actor, kinds: &'static [Kind]) -> Result<()> {
    collect_all(actor, |kind| kinds.contains(kind)).await
}

async fn collect_all(actor: Actor, matters: impl Fn(&Kind) -> bool) -> Result<()> {
    let graph = Graph::default();
    let work = Work::new();
    let served = Arc::new(Mutex::new(Vec::new()));
    let definitions = actor.watch(&kinds::CUSTOM_RESOURCE_DEFINITION).await;
    let (heard, mut hear) = tokio::sync::mpsc::unbounded_channel();
    definitions.listen(move |_| heard.send(()).is_ok());
    let sender = work.sender();
    let follow = async {
        loop {
            follow_new_kinds(&actor, &graph, &sender, &served, &matters).await?;
            hear.recv().await;
            // Definitions come in numbers: one look serves all that were heard of meanwhile.
            tokio::time::sleep(GATHERING).await;
            while hear.try_recv().is_ok() {}
        }
    };
    let collect = work
        .run(actor.clock(), |id| collect(actor.clone(), graph.clone(), sender.clone(), served.clone(), id));
    tokio::select! {
        result = follow => result,
        result = collect => result,
    }
}

type Served = Arc<Mutex<Vec<Kind>>>;
type Ids = tokio::sync::mpsc::UnboundedSender<String>;

async fn follow_new_kinds(
    actor: &Actor,
    graph: &Graph,
    ids: &Ids,
    served: &Served,
    matters: impl Fn(&Kind) -> bool,
) -> Result<()> {
    let found = discovery::deletable(actor.cluster().client()).await?;
    let known = served.lock().unwrap_or_else(PoisonError::into_inner).clone();
    for kind in found.iter().filter(|kind| !known.contains(kind) && matters(kind)) {
        let (graph, ids, of) = (graph.clone(), ids.clone(), kind.clone());
        actor.cluster().watch(kind).listen(move |change| {
            graph.learn(&of, change).into_iter().all(|id| ids.send(id).is_ok()) && !ids.is_closed()
        });
    }
    *served.lock().unwrap_or_else(PoisonError::into_inner) = found;
    Ok(())
}

/// Looks at one object: is it waiting for its dependents, or does nobody own it any more?
async fn collect(actor: Actor, graph: Graph, ids: Ids, served: Served, id: String) -> Result<Next> {
    let Some(node) = graph.node(&id) else { return Ok(Next::Rest) };
    if is_dying(&node.object) {
        if has_finalizer(&node.object, ORPHAN) {
            return orphan_dependents(&actor, &graph, &node).await;
        }
        if node.waits_for_dependents() {
            return delete_dependents_first(&actor, &graph, &ids, &node).await;
        }
        return Ok(Next::Rest);
    }
    if node.owners.is_empty() {
        return Ok(Next::Rest);
    }
    let mut owners = Owners::default();
    for owner in &node.owners {
        match find_owner(&actor, &graph, &served, &node, owner).await? {
            Owner::Solid => owners.solid += 1,
            Owner::Waiting => owners.waiting += 1,
            Owner::Absent => owners.absent.push(owner.uid.clone()),
            // The real one cannot map such a kind either, and leaves the object alone.
            Owner::UnknownKind => return Ok(Next::After(LOOK_AGAIN)),
        }
    }
    settle(&actor, &graph, &node, owners).await
}

#[derive(Debug, Default)]
struct Owners {
    solid: usize,
    waiting: usize,
    absent: Vec<String>,
}

enum Owner {
    Solid,
    Waiting,
    Absent,
    UnknownKind,
}

async fn find_owner(
    actor: &Actor,
    graph: &Graph,
    served: &Served,
    node: &Node,
    owner: &OwnerReference,
) -> Result<Owner> {
    if let Some(known) = graph.node(&owner.uid) {
        return Ok(if known.waits_for_dependents() { Owner::Waiting } else { Owner::Solid });
    }
    let kind = {
        let served = served.lock().unwrap_or_else(PoisonError::into_inner);
        let group = owner.api_version.split_once('/').map_or("", |(group, _)| group);
        served.iter().find(|kind| kind.group == group && kind.kind == owner.kind).cloned()
    };
    let Some(kind) = kind else { return Ok(Owner::UnknownKind) };
    let namespace = if kind.namespaced { node.key.namespace.clone() } else { String::new() };
    let found = actor.get(&kind, &Key::new(namespace, &owner.name)).await?;
    Ok(if found.is_some_and(|found| uid(&found) == owner.uid) { Owner::Solid } else { Owner::Absent })
}

async fn settle(actor: &Actor, graph: &Graph, node: &Node, owners: Owners) -> Result<Next> {
    if owners.absent.is_empty() && owners.waiting == 0 {
        return Ok(Next::Rest);
    }
    if owners.solid > 0 {
        let left: Vec<_> = node.owners.iter().filter(|owner| !owners.absent.contains(&owner.uid)).collect();
        if owners.absent.is_empty() {
            return Ok(Next::Rest);
        }
        let patch = json!({ "metadata": { "ownerReferences": left, "uid": uid(&node.object) } });
        return done(actor.patch(&node.kind, &node.key, patch).await.map(drop));
    }
    if owners.waiting == 0 {
        actor.dither(1.0, 5.0).await;
    }
    let has_dependents = !graph.dependents(uid(&node.object)).is_empty();
    let policy = if has_finalizer(&node.object, ORPHAN) {
        PropagationPolicy::Orphan
    } else if owners.waiting > 0 && has_dependents || has_finalizer(&node.object, FOREGROUND) {
        PropagationPolicy::Foreground
    } else {
        PropagationPolicy::Background
    };
    let why = format!("owners that do not exist: {}", owners.absent.join(", "));
    delete(actor, node, policy, &why).await
}

async fn delete(actor: &Actor, node: &Node, policy: PropagationPolicy, why: &str) -> Result<Next> {
    let params = DeleteParams {
        propagation_policy: Some(policy),
        preconditions: Some(Preconditions {
            uid: Some(uid(&node.object).to_owned()),
            resource_version: None,
        }),
        ..DeleteParams::default()
    };
    actor.record(format!("deleted {} {}", node.kind, node.key), why);
    done(actor.delete(&node.kind, &node.key, &params).await)
}

/// An object that changed or went meanwhile is looked at again when the watch tells of it.
fn done(result: Result<()>) -> Result<Next> {
    match result {
        Err(error) if !error.is_not_found() && !error.is_conflict() => Err(error),
        _ => Ok(Next::Rest),
    }
}

async fn orphan_dependents(actor: &Actor, graph: &Graph, owner: &Node) -> Result<Next> {
    let id = uid(&owner.object);
    for dependent in graph.dependents(id) {
        let left: Vec<_> = dependent.owners.iter().filter(|o| o.uid != id).collect();
        let patch = json!({ "metadata": { "ownerReferences": left, "uid": uid(&dependent.object) } });
        done(actor.patch(&dependent.kind, &dependent.key, patch).await.map(drop))?;
    }
    done(actor.set_finalizer(&owner.kind, &owner.object, ORPHAN, false).await)
}

async fn delete_dependents_first(actor: &Actor, graph: &Graph, ids: &Ids, owner: &Node) -> Result<Next> {
    let id = uid(&owner.object);
    let dependents = graph.dependents(id);
    let blocks = |dependent: &Node| {
        dependent.owners.iter().any(|o| o.uid == id && o.block_owner_deletion == Some(true))
    };
    if !dependents.iter().any(blocks) {
        return done(actor.set_finalizer(&owner.kind, &owner.object, FOREGROUND, false).await);
    }
    for dependent in dependents.iter().filter(|dependent| !is_dying(&dependent.object)) {
        ids.send(uid(&dependent.object).to_owned()).map_err(Error::outside)?;
    }
    Ok(Next::Rest)
}
