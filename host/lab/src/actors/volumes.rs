//! Volumes: claims get a volume of their own, and neither goes while a pod uses it.

use kube::api::{DeleteParams, DynamicObject};
use serde_json::json;

use super::object::{is_dying, list, name, namespace, text, uid};
use super::{Actor, Key, Next, Result, Watched, Work, kinds};

/// The finalizer of a claim that a pod may be using.
const CLAIM_PROTECTION: &str = "kubernetes.io/pvc-protection";

/// Keeps the claims and volumes of the cluster.
pub async fn live(actor: Actor) -> Result<()> {
    let claims = actor.watch(&kinds::PERSISTENT_VOLUME_CLAIM).await;
    let volumes = actor.watch(&kinds::PERSISTENT_VOLUME).await;
    let pods = actor.watch(&kinds::POD).await;
    let work = Work::new();
    work.follow(&claims, |change| [Key::of(&change.object)]);
    work.follow(&pods, |change| claims_of(&change.object));
    work.follow(&volumes, |change| {
        let claim = |field: &str| text(&change.object, &format!("/spec/claimRef/{field}")).to_owned();
        [Key::new(claim("namespace"), claim("name")), Key::new("", name(&change.object))]
    });
    work.run(actor.clock(), |key| keep(actor.clone(), claims.clone(), volumes.clone(), pods.clone(), key))
        .await
}

fn claims_of(pod: &DynamicObject) -> Vec<Key> {
    let claim = |volume: &serde_json::Value| {
        volume["persistentVolumeClaim"]["claimName"].as_str().map(|claim| Key::new(namespace(pod), claim))
    };
    list(pod, "/spec/volumes").iter().filter_map(claim).collect()
}

async fn keep(actor: Actor, claims: Watched, volumes: Watched, pods: Watched, key: Key) -> Result<Next> {
    if key.namespace.is_empty() {
        return reclaim(&actor, &claims, &volumes, &key).await;
    }
    let Some(claim) = claims.get(&key) else { return Ok(Next::Rest) };
    if is_dying(&claim) {
        let used = pods.within(&key.namespace).iter().any(|pod| claims_of(pod).contains(&key));
        if !used {
            actor.set_finalizer(&kinds::PERSISTENT_VOLUME_CLAIM, &claim, CLAIM_PROTECTION, false).await?;
        }
        return Ok(Next::Rest);
    }
    if text(&claim, "/status/phase") == "Bound" {
        return Ok(Next::Rest);
    }
    actor.set_finalizer(&kinds::PERSISTENT_VOLUME_CLAIM, &claim, CLAIM_PROTECTION, true).await?;
    bind(&actor, &claim).await
}

async fn bind(actor: &Actor, claim: &DynamicObject) -> Result<Next> {
    let key = Key::of(claim);
    let volume = format!("pvc-{}", uid(claim));
    let size =
        claim.data.pointer("/spec/resources/requests/storage").cloned().unwrap_or_else(|| json!("1Gi"));
    let made = json!({
        "metadata": { "name": volume },
        "spec": {
            "capacity": { "storage": size },
            "accessModes": claim.data["spec"]["accessModes"],
            "persistentVolumeReclaimPolicy": "Delete",
            "storageClassName": claim.data["spec"]["storageClassName"],
            "volumeMode": "Filesystem",
            "claimRef": {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "namespace": key.namespace,
                "name": key.name,
                "uid": uid(claim),
            },
            "csi": { "driver": "ebs.csi.aws.com", "volumeHandle": format!("vol-{}", &uid(claim).replace('-', "")[..17]) },
        },
        "status": { "phase": "Bound" },
    });
    if actor.ensure(&kinds::PERSISTENT_VOLUME, made).await? {
        let volume = Key::new("", &volume);
        actor.patch_status(&kinds::PERSISTENT_VOLUME, &volume, json!({ "phase": "Bound" })).await?;
    }
    actor.patch(&kinds::PERSISTENT_VOLUME_CLAIM, &key, json!({ "spec": { "volumeName": volume } })).await?;
    let status = json!({
        "phase": "Bound",
        "capacity": { "storage": size },
        "accessModes": claim.data["spec"]["accessModes"],
    });
    actor.patch_status(&kinds::PERSISTENT_VOLUME_CLAIM, &key, status).await?;
    Ok(Next::Rest)
}

/// Deletes a volume whose claim is gone, as its reclaim policy says.
async fn reclaim(actor: &Actor, claims: &Watched, volumes: &Watched, key: &Key) -> Result<Next> {
    let Some(volume) = volumes.get(key) else { return Ok(Next::Rest) };
    let claim = Key::new(text(&volume, "/spec/claimRef/namespace"), text(&volume, "/spec/claimRef/name"));
    let claimed = claims.get(&claim).is_some_and(|claim| uid(&claim) == text(&volume, "/spec/claimRef/uid"));
    let deletes = text(&volume, "/spec/persistentVolumeReclaimPolicy") == "Delete";
    if claimed || !deletes || claim.name.is_empty() || is_dying(&volume) {
        return Ok(Next::Rest);
    }
    actor.delete(&kinds::PERSISTENT_VOLUME, key, &DeleteParams::default()).await?;
    actor.record(format!("deleted volume {key}"), format!("claim {claim} is gone"));
    Ok(Next::Rest)
}
