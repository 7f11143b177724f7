//! Stateful sets: pods with numbers, each with claims of its own that outlive it.

use std::collections::BTreeSet;

use kube::api::{DeleteParams, DynamicObject};
use serde_json::{Value, json};

use super::pods;
use crate::actors::object::{
    self, controlled_by, controller_name, generation, is_dying, label, list, name, namespace, text,
};
use crate::actors::{Actor, Key, Next, Result, Watched, Work, kinds};

/// The label that names the revision of the template that a pod was made from.
const REVISION: &str = "controller-revision-hash";

/// Keeps every stateful set of the cluster.
pub async fn live(actor: Actor) -> Result<()> {
    let sets = actor.watch(&kinds::STATEFUL_SET).await;
    let pods = actor.watch(&kinds::POD).await;
    let work = Work::new();
    work.follow(&sets, |change| [Key::of(&change.object)]);
    work.follow(&pods, |change| {
        controller_name(&change.object, &kinds::STATEFUL_SET)
            .map(|owner| Key::new(namespace(&change.object), owner))
    });
    work.run(actor.clock(), |key| keep(actor.clone(), sets.clone(), pods.clone(), key)).await
}

async fn keep(actor: Actor, sets: Watched, pods: Watched, key: Key) -> Result<Next> {
    let Some(set) = sets.get(&key) else { return Ok(Next::Rest) };
    if is_dying(&set) {
        return Ok(Next::Rest);
    }
    let wanted = pods::wanted(&set);
    let revision = format!("{}-{}", key.name, pods::revision(&set.data["spec"]["template"]));
    let parallel = text(&set, "/spec/podManagementPolicy") == "Parallel";
    let present: BTreeSet<usize> =
        pods::owned(&pods, &set).iter().filter_map(|pod| ordinal(&set, pod)).collect();
    for number in 0..wanted {
        if !present.contains(&number) {
            create(&actor, &set, number, &revision).await?;
        }
        let pod = pods.get(&Key::new(&key.namespace, pod_name(&set, number)));
        if !parallel && !pod.is_some_and(|pod| pods::is_ready(&pod)) {
            break;
        }
    }
    shrink(&actor, &set, &pods, wanted).await?;
    roll(&actor, &set, &pods, &revision).await?;
    report(&actor, &set, &pods, &revision).await?;
    Ok(Next::Rest)
}

fn pod_name(set: &DynamicObject, number: usize) -> String {
    format!("{}-{number}", name(set))
}

fn ordinal(set: &DynamicObject, pod: &DynamicObject) -> Option<usize> {
    name(pod).strip_prefix(name(set))?.strip_prefix('-')?.parse().ok()
}

async fn create(actor: &Actor, set: &DynamicObject, number: usize, revision: &str) -> Result<()> {
    let pod_name = pod_name(set, number);
    let metadata = json!({ "name": pod_name });
    let labels = [(REVISION, revision), ("statefulset.kubernetes.io/pod-name", &pod_name)];
    let mut pod = pods::from_template(&kinds::STATEFUL_SET, set, metadata, &labels);
    let mut volumes = list_of(&pod["spec"]["volumes"]);
    for template in list(set, "/spec/volumeClaimTemplates") {
        let volume = template["metadata"]["name"].as_str().unwrap_or_default();
        let claim_name = format!("{volume}-{pod_name}");
        let claim = json!({
            "metadata": {
                "name": claim_name,
                "namespace": namespace(set),
                "labels": set.data["spec"]["selector"]["matchLabels"],
                "ownerReferences": claim_owners(set),
            },
            "spec": template["spec"],
        });
        actor.ensure(&kinds::PERSISTENT_VOLUME_CLAIM, claim).await?;
        volumes.push(json!({ "name": volume, "persistentVolumeClaim": { "claimName": claim_name } }));
    }
    pod["spec"]["volumes"] = volumes.into();
    pod["spec"]["hostname"] = pod_name.as_str().into();
    pod["spec"]["subdomain"] = set.data["spec"]["serviceName"].clone();
    if actor.ensure(&kinds::POD, pod).await? {
        actor.record(format!("created pod {}/{pod_name}", namespace(set)), "its stateful set asks for it");
    }
    Ok(())
}

fn list_of(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

/// Claims go with their set only where its retention policy says so.
fn claim_owners(set: &DynamicObject) -> Value {
    if text(set, "/spec/persistentVolumeClaimRetentionPolicy/whenDeleted") == "Delete" {
        json!([controlled_by(&kinds::STATEFUL_SET, set)])
    } else {
        Value::Null
    }
}

/// Deletes the pods beyond the wanted number, and their claims where the retention policy says so.
async fn shrink(actor: &Actor, set: &DynamicObject, pods: &Watched, wanted: usize) -> Result<()> {
    let why = format!("stateful set {} wants {wanted}", Key::of(set));
    let surplus = |pod: &DynamicObject| ordinal(set, pod).is_some_and(|number| number >= wanted);
    for pod in pods::owned(pods, set).into_iter().filter(|pod| surplus(pod)) {
        if !is_dying(&pod) {
            pods::delete(actor, &pod, &why).await?;
        }
        if text(set, "/spec/persistentVolumeClaimRetentionPolicy/whenScaled") != "Delete" {
            continue;
        }
        for template in list(set, "/spec/volumeClaimTemplates") {
            let volume = template["metadata"]["name"].as_str().unwrap_or_default();
            let claim = Key::new(namespace(set), format!("{volume}-{}", name(&pod)));
            actor.delete(&kinds::PERSISTENT_VOLUME_CLAIM, &claim, &DeleteParams::default()).await?;
        }
    }
    Ok(())
}

/// Replaces pods of an older template from the highest number down, one at a time.
async fn roll(actor: &Actor, set: &DynamicObject, pods: &Watched, revision: &str) -> Result<()> {
    if text(set, "/spec/updateStrategy/type") == "OnDelete" {
        return Ok(());
    }
    let mut owned = pods::owned(pods, set);
    owned.sort_by_key(|pod| ordinal(set, pod));
    for pod in owned.iter().rev() {
        if !pods::counts(pod) {
            return Ok(());
        }
        if label(pod, REVISION) != Some(revision) {
            return pods::delete(actor, pod, "its template has changed").await;
        }
        if !pods::is_ready(pod) {
            return Ok(());
        }
    }
    Ok(())
}

async fn report(actor: &Actor, set: &DynamicObject, pods: &Watched, revision: &str) -> Result<()> {
    let mut now = pods::owned(pods, set);
    now.retain(|pod| pods::counts(pod));
    let ready = now.iter().filter(|pod| pods::is_ready(pod)).count();
    let updated = now.iter().filter(|pod| label(pod, REVISION) == Some(revision)).count();
    let finished = updated == now.len() && ready == pods::wanted(set);
    let before = object::text(set, "/status/currentRevision");
    let current = if finished || before.is_empty() { revision } else { before };
    let status = json!({
        "replicas": now.len(),
        "readyReplicas": ready,
        "availableReplicas": ready,
        "currentReplicas": now.iter().filter(|pod| label(pod, REVISION) == Some(current)).count(),
        "updatedReplicas": updated,
        "currentRevision": current,
        "updateRevision": revision,
        "observedGeneration": generation(set),
    });
    pods::set_status(actor, &kinds::STATEFUL_SET, set, status).await
}
