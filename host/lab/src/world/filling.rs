//! Creates objects as a user does: over the wire, several at once, with their statuses.

use futures::{StreamExt as _, TryStreamExt as _, stream};
use kube::api::{DynamicObject, Patch, PatchParams, PostParams};
use serde_json::{Value, json};

use super::LabError;
use crate::actors::{Cluster, Kind, kinds};

/// How many objects are created side by side.
const SIDE_BY_SIDE: usize = 8;

/// Creates these objects of `cluster`, and the namespaces that they lie in; what is there already stays.
pub(super) async fn create(cluster: &Cluster, objects: Vec<(Kind, Value)>) -> Result<(), LabError> {
    let mut namespaces: Vec<String> = objects
        .iter()
        .filter_map(|(_, object)| object["metadata"]["namespace"].as_str())
        .map(str::to_owned)
        .collect();
    namespaces.sort();
    namespaces.dedup();
    let namespaces =
        namespaces.into_iter().map(|name| (kinds::NAMESPACE, json!({"metadata": {"name": name}})));
    all(cluster, namespaces.collect()).await?;
    all(cluster, objects).await
}

async fn all(cluster: &Cluster, objects: Vec<(Kind, Value)>) -> Result<(), LabError> {
    let made = stream::iter(objects).map(|(kind, object)| one(cluster, kind, object));
    made.buffer_unordered(SIDE_BY_SIDE).try_collect::<()>().await
}

async fn one(cluster: &Cluster, kind: Kind, mut object: Value) -> Result<(), LabError> {
    let filling =
        |error: &dyn std::fmt::Display| LabError::Filling(format!("{}: {kind}: {error}", cluster.name()));
    let status = object.get("status").cloned();
    object["apiVersion"] = kind.api_version().into();
    object["kind"] = kind.kind.clone().into();
    let object: DynamicObject = serde_json::from_value(object).map_err(|error| filling(&error))?;
    let api = kind.api(cluster.client(), object.metadata.namespace.as_deref().unwrap_or_default());
    match api.create(&PostParams::default(), &object).await {
        Err(kube::Error::Api(status)) if status.code == 409 => return Ok(()),
        made => made.map_err(|error| filling(&error))?,
    };
    // A server takes no status from who creates an object.
    if let (Some(status), Some(name)) = (status, &object.metadata.name) {
        let patch = Patch::Merge(json!({"status": status}));
        api.patch_status(name, &PatchParams::default(), &patch).await.map_err(|error| filling(&error))?;
    }
    Ok(())
}
