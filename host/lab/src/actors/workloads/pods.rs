//! What the controllers of workloads share: pods from templates, their counts, revisions of templates.

use std::sync::Arc;

use kube::api::{DeleteParams, DynamicObject, Preconditions};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::actors::object::{self, condition, controlled_by, is_controlled_by, is_dying, uid};
use crate::actors::{Actor, Key, Kind, Result, Watched, kinds};
use crate::containers::tools::hex;

/// The pods that `owner` controls, in the order of their names.
pub fn owned(pods: &Watched, owner: &DynamicObject) -> Vec<Arc<DynamicObject>> {
    let mut found = pods.within(object::namespace(owner));
    found.retain(|pod| is_controlled_by(pod, owner));
    found
}

/// Whether a pod still counts: not asked to go, and not ended.
pub fn counts(pod: &DynamicObject) -> bool {
    !is_dying(pod) && !matches!(object::text(pod, "/status/phase"), "Succeeded" | "Failed")
}

/// Whether a pod takes requests.
pub fn is_ready(pod: &DynamicObject) -> bool {
    counts(pod) && condition(pod, "Ready") == "True"
}

/// A pod of the template of `owner`; `metadata` must at least name it, or give a `generateName`.
pub fn from_template(
    kind: &Kind,
    owner: &DynamicObject,
    mut metadata: Value,
    labels: &[(&str, &str)],
) -> Value {
    let template = &owner.data["spec"]["template"];
    metadata["namespace"] = object::namespace(owner).into();
    metadata["labels"] = template["metadata"]["labels"].clone();
    for (name, value) in labels {
        metadata["labels"][*name] = (*value).into();
    }
    metadata["annotations"] = template["metadata"]["annotations"].clone();
    metadata["ownerReferences"] = json!([controlled_by(kind, owner)]);
    json!({ "metadata": metadata, "spec": template["spec"] })
}

/// Deletes a pod with its own grace period, unless another took its name.
pub async fn delete(actor: &Actor, pod: &DynamicObject, why: &str) -> Result<()> {
    let precondition = Preconditions { uid: Some(uid(pod).to_owned()), resource_version: None };
    let params = DeleteParams { preconditions: Some(precondition), ..DeleteParams::default() };
    match actor.delete(&kinds::POD, &Key::of(pod), &params).await {
        Ok(()) => {
            actor.record(format!("deleted pod {}", Key::of(pod)), why);
            Ok(())
        }
        // Another pod of that name is not the one that was meant.
        Err(error) if error.is_conflict() => Ok(()),
        Err(error) => Err(error),
    }
}

/// The name of a revision of a template: equal templates have equal names.
pub fn revision(template: &Value) -> String {
    // Objects of `serde_json` are sorted, so equal templates are equal bytes.
    let digest = Sha256::digest(template.to_string().as_bytes());
    hex(&digest[..5])
}

/// The replicas that a workload asks for; absent means one, as the API server's default does.
pub fn wanted(owner: &DynamicObject) -> usize {
    let replicas = object::number(owner, "/spec/replicas").unwrap_or(1);
    usize::try_from(replicas).unwrap_or(0)
}

/// Writes a status where it differs from what the object shows.
pub async fn set_status(actor: &Actor, kind: &Kind, owner: &DynamicObject, status: Value) -> Result<()> {
    let current = &owner.data["status"];
    let same =
        status.as_object().is_some_and(|fields| fields.iter().all(|(name, value)| current[name] == *value));
    if same {
        return Ok(());
    }
    actor.patch_status(kind, &Key::of(owner), status).await?;
    Ok(())
}
