//! The destination's garbage collector, which deletes what names an owner that is not there (F98).

use std::collections::BTreeSet;

use drsh_lab::scenario::Scenario;
use kube::api::{Api, DynamicObject, Patch, PatchParams};
use kube::discovery::ApiResource;
use kube::runtime::wait::{await_condition, conditions};
use serde_json::{Value, json};

use crate::kit::{LONG, RUNTIME, World, moved, names_of};

const KINDS: [&str; 7] = [
    "Cluster.cluster.x-k8s.io",
    "MachineDeployment.cluster.x-k8s.io",
    "MachineSet.cluster.x-k8s.io",
    "Machine.cluster.x-k8s.io",
    "AWSCluster.infrastructure.cluster.x-k8s.io",
    "AWSMachine.infrastructure.cluster.x-k8s.io",
    "AWSMachineTemplate.infrastructure.cluster.x-k8s.io",
];

/// Raw objects name owners that do not exist here; within seconds they are deleted, instances and all (H9, F33, F98).
#[test]
fn every_restored_object_is_still_there_after_the_collector_passed() {
    let it = moved();
    for kind in KINDS {
        let was = names_of(&it.before.source, kind, "clusters-demo");
        assert!(!was.is_empty(), "{kind}");
        assert_eq!(names_of(&it.after.destination, kind, "clusters-demo"), was, "{kind}");
    }
    let dying = it
        .after
        .destination
        .iter()
        .filter(|(_, object)| object["metadata"].get("deletionTimestamp").is_some());
    assert_eq!(dying.count(), 0);
}

/// What upstream needs of the owners is rebuilt, with the UIDs that the owners have now (H9).
#[test]
fn every_owner_that_a_restored_object_names_exists_on_the_destination() {
    let it = moved();
    let uid = |object: &Value| object["metadata"]["uid"].as_str().unwrap().to_owned();
    let here: BTreeSet<_> = it.after.destination.values().map(uid).collect();
    let former: BTreeSet<_> = it.before.source.values().map(uid).collect();
    let mut owned = 0;
    for ((kind, namespace, name), object) in &it.after.destination {
        if namespace != "clusters-demo" && namespace != "clusters" {
            continue;
        }
        assert!(!former.contains(&uid(object)), "{kind} {name} has the UID that it had on the source");
        for owner in object["metadata"]["ownerReferences"].as_array().into_iter().flatten() {
            assert!(here.contains(owner["uid"].as_str().unwrap()), "{kind} {name} names an absent {owner}");
            owned += usize::from(KINDS.contains(&&**kind));
        }
    }
    assert!(owned >= 8, "only {owned} owners were rebuilt");
}

/// The premise: in this lab a restore that keeps owner references does lose its objects (F98).
#[test]
fn a_restore_that_keeps_owner_references_loses_its_objects() {
    let world = World::of(Scenario { neighbours: Vec::new(), ..Scenario::small() });
    let plane = world.plane().to_owned();
    let kind = "machinedeployments.cluster.x-k8s.io";
    let mut raw = world.source().list(kind, &plane).remove(0);
    let owner = json!({"apiVersion": "cluster.x-k8s.io/v1beta1", "kind": "Cluster", "name": "demo", "uid": "1-2-3-4"});
    if raw["metadata"]["ownerReferences"].as_array().is_none_or(Vec::is_empty) {
        raw["metadata"]["ownerReferences"] = json!([owner]);
    }
    for field in ["uid", "resourceVersion", "managedFields", "finalizers"] {
        raw["metadata"].as_object_mut().unwrap().remove(field);
    }
    let mut cleaned = raw.clone();
    cleaned["metadata"].as_object_mut().unwrap().remove("ownerReferences");
    cleaned["metadata"]["name"] = "cleaned".into();

    let namespace = json!({"metadata": {"name": plane}});
    world.destination().create("namespaces", "", namespace).unwrap();
    let version = raw["apiVersion"].as_str().unwrap().to_owned();
    let resource = ApiResource {
        group: "cluster.x-k8s.io".to_owned(),
        version: version.rsplit('/').next().unwrap().to_owned(),
        api_version: version,
        kind: "MachineDeployment".to_owned(),
        plural: "machinedeployments".to_owned(),
    };
    RUNTIME.block_on(async {
        let api: Api<DynamicObject> = Api::namespaced_with(world.client(), &plane, &resource);
        let apply = |object: Value| {
            let (api, name) = (api.clone(), object["metadata"]["name"].as_str().unwrap().to_owned());
            async move { api.patch(&name, &PatchParams::apply("kubectl").force(), &Patch::Apply(&object)).await }
        };
        apply(cleaned).await.unwrap();
        let lost = apply(raw).await.unwrap();
        let (uid, name) = (lost.metadata.uid.unwrap(), lost.metadata.name.unwrap());
        let gone = conditions::is_deleted(&uid);
        let waited = tokio::time::timeout(LONG, await_condition(api.clone(), &name, gone)).await;
        waited.expect("the collector does not bite").unwrap();
        world.collector_has_passed().await;
        assert!(api.get_opt("cleaned").await.unwrap().is_some(), "what names no owner is left alone");
    });
}
