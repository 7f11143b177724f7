//! The namespace controller: empties a namespace that was deleted, and lets it go once it is empty.

use std::collections::BTreeMap;
use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::{DeleteParams, ListParams};
use serde_json::json;

use super::object::{Condition, is_dying, list, uid, with_conditions};
use super::{Actor, Error, Key, Kind, Next, Result, Watched, Work, discovery, kinds};

/// The finalizer in a namespace's specification that this controller answers for.
const FINALIZER: &str = "kubernetes";

/// How soon a namespace with content left is looked at again.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// Keeps every namespace of the cluster.
pub async fn live(actor: Actor) -> Result<()> {
    let namespaces = actor.watch(&kinds::NAMESPACE).await;
    let work = Work::new();
    work.follow(&namespaces, |change| is_dying(&change.object).then(|| Key::of(&change.object)));
    work.run(actor.clock(), |key| empty(actor.clone(), namespaces.clone(), key)).await
}

/// What is left in a namespace: how many objects of each kind, and how many wait for each finalizer.
#[derive(Debug, Default)]
struct Remains {
    kinds: BTreeMap<String, usize>,
    finalizers: BTreeMap<String, usize>,
}

async fn empty(actor: Actor, namespaces: Watched, key: Key) -> Result<Next> {
    let Some(namespace) = namespaces.get(&key) else { return Ok(Next::Rest) };
    let finalizers = list(&namespace, "/spec/finalizers");
    if !finalizers.iter().any(|f| f == FINALIZER) {
        return Ok(Next::Rest);
    }
    actor.dither(1.0, 5.0).await;
    // The watch may lag behind: under this name there may be another namespace by now.
    let now = actor.get(&kinds::NAMESPACE, &key).await?;
    if now.is_none_or(|now| uid(&now) != uid(&namespace)) {
        return Ok(Next::Rest);
    }
    let remains = sweep(&actor, &key.name).await?;
    if let Some(conditions) = with_conditions(&namespace, &conditions(&remains)) {
        actor.patch_status(&kinds::NAMESPACE, &key, json!({ "conditions": conditions })).await?;
    }
    if !remains.kinds.is_empty() {
        return Ok(Next::After(LOOK_AGAIN));
    }
    let left: Vec<_> = finalizers.iter().filter(|f| *f != FINALIZER).collect();
    let body = json!({
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": { "name": key.name, "uid": uid(&namespace) },
        "spec": { "finalizers": left },
    });
    finalize(&actor, &key.name, &body).await?;
    actor.record(format!("let namespace {key} go"), "nothing is left in it");
    Ok(Next::Rest)
}

/// Deletes everything in the namespace, and counts what does not go.
async fn sweep(actor: &Actor, namespace: &str) -> Result<Remains> {
    let served = discovery::deletable(actor.cluster().client()).await?;
    let inside: Vec<_> = served.into_iter().filter(|kind| kind.namespaced).collect();
    let mut remains = Remains::default();
    for kind in &inside {
        let Some(watched) = actor.cluster().watched(kind) else { continue };
        let found = watched.within(namespace);
        if found.iter().any(|object| !is_dying(object)) {
            delete_all(actor, kind, namespace).await?;
        }
        remains.count(kind, found.iter().map(|object| &object.metadata));
    }
    if remains.kinds.is_empty() {
        // What nobody watches, and what the watches have not told yet, must not be left behind.
        for kind in &inside {
            let found = actor.api(kind, namespace).list_metadata(&ListParams::default()).await?.items;
            if found.iter().any(|object| object.metadata.deletion_timestamp.is_none()) {
                delete_all(actor, kind, namespace).await?;
            }
            remains.count(kind, found.iter().map(|object| &object.metadata));
        }
    }
    Ok(remains)
}

async fn delete_all(actor: &Actor, kind: &Kind, namespace: &str) -> Result<()> {
    actor.api(kind, namespace).delete_collection(&DeleteParams::background(), &ListParams::default()).await?;
    Ok(())
}

impl Remains {
    fn count<'a>(&mut self, kind: &Kind, found: impl Iterator<Item = &'a ObjectMeta>) {
        for metadata in found {
            // The name of a kind of the core group ends with the dot, too.
            *self.kinds.entry(format!("{}.{}", kind.plural, kind.group)).or_default() += 1;
            for finalizer in metadata.finalizers.iter().flatten() {
                *self.finalizers.entry(finalizer.clone()).or_default() += 1;
            }
        }
    }
}

fn conditions(remains: &Remains) -> Vec<Condition> {
    let say = |counts: &BTreeMap<String, usize>, what: fn(&str, usize) -> String| {
        counts.iter().map(|(name, count)| what(name, *count)).collect::<Vec<_>>().join(", ")
    };
    let content = say(&remains.kinds, |name, count| format!("{name} has {count} resource instances"));
    let finalizers = say(&remains.finalizers, |name, count| format!("{name} in {count} resource instances"));
    vec![
        Condition::new(
            "NamespaceDeletionDiscoveryFailure",
            false,
            "ResourcesDiscovered",
            "All resources successfully discovered",
        ),
        Condition::new(
            "NamespaceDeletionGroupVersionParsingFailure",
            false,
            "ParsedGroupVersions",
            "All legacy kube types successfully parsed",
        ),
        Condition::new(
            "NamespaceDeletionContentFailure",
            false,
            "ContentDeleted",
            "All content successfully deleted, may be waiting on finalization",
        ),
        if content.is_empty() {
            Condition::new(
                "NamespaceContentRemaining",
                false,
                "ContentRemoved",
                "All content successfully removed",
            )
        } else {
            let message = format!("Some resources are remaining: {content}");
            Condition::new("NamespaceContentRemaining", true, "SomeResourcesRemain", message)
        },
        if finalizers.is_empty() {
            let message = "All content-preserving finalizers finished";
            Condition::new("NamespaceFinalizersRemaining", false, "ContentHasNoFinalizers", message)
        } else {
            let message = format!("Some content in the namespace has finalizers remaining: {finalizers}");
            Condition::new("NamespaceFinalizersRemaining", true, "SomeFinalizersRemain", message)
        },
    ]
}

async fn finalize(actor: &Actor, name: &str, body: &serde_json::Value) -> Result<()> {
    let request = http::Request::put(format!("/api/v1/namespaces/{name}/finalize"))
        .header(http::header::CONTENT_TYPE, "application/json")
        .body(body.to_string().into_bytes())
        .map_err(Error::outside)?;
    match actor.cluster().client().request::<serde_json::Value>(request).await {
        Ok(_) => Ok(()),
        Err(error) => super::actor::done_if_gone(error.into()),
    }
}
