//! What an actor holds: its name, its cluster, and the writes it makes under its own field manager.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use kube::Api;
use kube::api::{DeleteParams, DynamicObject, ListParams, Patch, PatchParams, PostParams};
use serde_json::{Value, json};

use super::cluster::Cluster;
use super::error::{Error, Result};
use super::kind::{Key, Kind};
use super::kinds;
use super::watched::Watched;
use crate::clock::Clock;

/// An operator, a kubelet, a controller: something that watches and writes. Clones are the same actor.
#[derive(Clone)]
pub struct Actor {
    cluster: Cluster,
    /// The name in the log.
    name: Arc<str>,
    /// The name that its writes carry.
    manager: Arc<str>,
}

impl Actor {
    pub(super) fn new(cluster: Cluster, name: &str) -> Self {
        let full_name = format!("{}/{name}", cluster.name()).into();
        Self { cluster, name: full_name, manager: name.into() }
    }

    /// The name in the log: cluster and actor, such as `source/hypershift`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The cluster that it lives in.
    #[must_use]
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// The lab's clock.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        self.cluster.clock()
    }

    /// Waits between `least` and `most` seconds of life.
    pub async fn dither(&self, least: f64, most: f64) {
        self.clock().sleep_between(Duration::from_secs_f64(least), Duration::from_secs_f64(most)).await;
    }

    /// Says whether a named behaviour is switched on.
    #[must_use]
    pub fn is_on(&self, switch: &str) -> bool {
        self.cluster.faults().is_on(switch)
    }

    /// Writes into the lab's log what it did, and why.
    pub fn record(&self, what: impl Into<String>, why: impl Into<String>) {
        self.cluster.log().record(&self.name, what, why);
    }

    /// The objects of `kind`, once the first list is in.
    pub async fn watch(&self, kind: &Kind) -> Watched {
        let watched = self.cluster.watch(kind);
        watched.ready().await;
        watched
    }

    /// The raw API of `kind`; writes through it do not show in [`Watched`] before the watch tells.
    #[must_use]
    pub fn api(&self, kind: &Kind, namespace: &str) -> Api<DynamicObject> {
        kind.api(self.cluster.client(), namespace)
    }

    /// Asks the server for one object.
    pub async fn get(&self, kind: &Kind, key: &Key) -> Result<Option<DynamicObject>> {
        let _turn = self.cluster.turn().await;
        Ok(self.api(kind, &key.namespace).get_opt(&key.name).await?)
    }

    /// Asks the server for all objects of a namespace (all of the cluster where it is empty).
    pub async fn list(&self, kind: &Kind, namespace: &str) -> Result<Vec<DynamicObject>> {
        let _turn = self.cluster.turn().await;
        Ok(self.api(kind, namespace).list(&ListParams::default()).await?.items)
    }

    /// Creates `object`, whose `metadata` names it; type and API version are filled in.
    pub async fn create(&self, kind: &Kind, object: Value) -> Result<DynamicObject> {
        let object = self.parse(kind, object)?;
        let params = PostParams { field_manager: Some(self.manager.to_string()), ..PostParams::default() };
        let _turn = self.cluster.turn().await;
        let made = self.api(kind, &Key::of(&object).namespace).create(&params, &object).await?;
        Ok(self.noted(kind, made))
    }

    /// Creates `object` unless it exists; says whether it was created.
    pub async fn ensure(&self, kind: &Kind, object: Value) -> Result<bool> {
        match self.create(kind, object).await {
            Ok(_) => Ok(true),
            Err(error) if error.is_conflict() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Applies `object` on the server's side, forced, as operators do with the fields that they own.
    pub async fn apply(&self, kind: &Kind, object: Value) -> Result<DynamicObject> {
        let object = self.parse(kind, object)?;
        let key = Key::of(&object);
        let _turn = self.cluster.turn().await;
        let params = PatchParams::apply(&self.manager).force();
        let made = self.api(kind, &key.namespace).patch(&key.name, &params, &Patch::Apply(&object)).await?;
        Ok(self.noted(kind, made))
    }

    /// Merges `patch` into an object.
    pub async fn patch(&self, kind: &Kind, key: &Key, patch: Value) -> Result<DynamicObject> {
        let api = self.api(kind, &key.namespace);
        let _turn = self.cluster.turn().await;
        let made = api.patch(&key.name, &self.merging(), &Patch::Merge(patch)).await?;
        Ok(self.noted(kind, made))
    }

    /// Merges `status` into the status of an object.
    pub async fn patch_status(&self, kind: &Kind, key: &Key, status: Value) -> Result<DynamicObject> {
        let api = self.api(kind, &key.namespace);
        let _turn = self.cluster.turn().await;
        let patch = Patch::Merge(json!({ "status": status }));
        let made = api.patch_status(&key.name, &self.merging(), &patch).await?;
        Ok(self.noted(kind, made))
    }

    /// Gives the pod of that name to a node, once for its life.
    ///
    /// Errors: not found, or a conflict where it has a node.
    pub async fn bind(&self, pod: &Key, node: &str) -> Result<()> {
        let binding = json!({
            "apiVersion": "v1", "kind": "Binding",
            "metadata": {"name": pod.name, "namespace": pod.namespace},
            "target": {"apiVersion": "v1", "kind": "Node", "name": node},
        });
        let _turn = self.cluster.turn().await;
        let api = self.api(&kinds::POD, &pod.namespace);
        let answer: kube::Result<Value> =
            api.create_subresource("binding", &pod.name, &PostParams::default(), &binding).await;
        answer?;
        Ok(())
    }

    /// Asks for an object's deletion; one that is gone already counts as done.
    pub async fn delete(&self, kind: &Kind, key: &Key, params: &DeleteParams) -> Result<()> {
        let _turn = self.cluster.turn().await;
        match self.api(kind, &key.namespace).delete(&key.name, params).await {
            Ok(answer) => {
                if let Some(dying) = answer.left() {
                    self.noted(kind, dying);
                }
                Ok(())
            }
            Err(error) => done_if_gone(error.into()),
        }
    }

    /// Adds or takes away a finalizer, where that changes anything; fails if the object changed meanwhile.
    pub async fn set_finalizer(
        &self,
        kind: &Kind,
        object: &DynamicObject,
        finalizer: &str,
        present: bool,
    ) -> Result<()> {
        let mut finalizers = object.metadata.finalizers.clone().unwrap_or_default();
        if finalizers.iter().any(|f| f == finalizer) == present {
            return Ok(());
        }
        if present {
            finalizers.push(finalizer.to_owned());
        } else {
            finalizers.retain(|f| f != finalizer);
        }
        let version = object.metadata.resource_version.as_deref();
        let patch = json!({ "metadata": { "finalizers": finalizers, "resourceVersion": version } });
        match self.patch(kind, &Key::of(object), patch).await {
            Ok(_) => Ok(()),
            Err(error) => done_if_gone(error),
        }
    }

    fn parse(&self, kind: &Kind, mut object: Value) -> Result<DynamicObject> {
        object["apiVersion"] = kind.api_version().into();
        object["kind"] = kind.kind.as_ref().into();
        serde_json::from_value(object).map_err(|error| Error::outside(format!("{}: {error}", self.name)))
    }

    fn merging(&self) -> PatchParams {
        PatchParams { field_manager: Some(self.manager.to_string()), ..PatchParams::default() }
    }

    /// An object with a deletion timestamp and nothing that holds it may be gone: the watch will tell.
    fn noted(&self, kind: &Kind, object: DynamicObject) -> DynamicObject {
        let held = object.metadata.deletion_timestamp.is_none()
            || object.metadata.finalizers.as_ref().is_some_and(|f| !f.is_empty());
        if held {
            self.cluster.watch(kind).observe(object.clone());
        }
        object
    }
}

/// Takes "not found" as success: who wanted an object away has what it wanted.
pub fn done_if_gone(error: Error) -> Result<()> {
    if error.is_not_found() { Ok(()) } else { Err(error) }
}

impl Display for Actor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)
    }
}
