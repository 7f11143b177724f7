//! Custom kinds over the wire: what their definitions drop, fill in and refuse.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use drsh_lab::apiserver::{Store, crds};
use serde_json::{Value, json};
use support::Cluster;

const CLUSTERS: &str = "/apis/hypershift.openshift.io/v1beta1/namespaces/default/hostedclusters";

async fn cluster() -> Cluster {
    let store = Store::new();
    crds::install(&store, crds::MANAGEMENT).unwrap();
    Cluster::over(store).await
}

fn hosted_cluster(name: &str) -> Value {
    json!({
        "apiVersion": "hypershift.openshift.io/v1beta1", "kind": "HostedCluster", "metadata": { "name": name },
        "spec": {
            "etcd": { "managementType": "Managed", "managed": { "storage": { "type": "PersistentVolume" } } },
            "networking": {}, "platform": { "type": "AWS" }, "pullSecret": { "name": "p" },
            "release": { "image": "r:1" }, "services": [],
        },
    })
}

async fn post(cluster: &Cluster, object: &Value) -> (u16, Value) {
    cluster.raw("POST", CLUSTERS, "application/json", object.clone()).await
}

fn storage(object: &mut Value) -> &mut Value {
    &mut object["spec"]["etcd"]["managed"]["storage"]
}

#[tokio::test]
async fn a_snapshot_url_in_the_wrong_place_is_dropped_without_a_word_or_refused_when_strict() {
    let cluster = cluster().await;
    let mut object = hosted_cluster("misplaced");
    object["spec"]["etcd"]["restoreSnapshotURL"] = json!(["https://bucket/x"]);
    let strict = format!("{CLUSTERS}?fieldValidation=Strict");
    let (code, status) = cluster.raw("POST", &strict, "application/json", object.clone()).await;
    assert_eq!(code, 400);
    let said = status["message"].as_str().unwrap();
    assert!(said.contains("unknown field \"spec.etcd.restoreSnapshotURL\""), "{said}");
    let (code, made) = post(&cluster, &object).await;
    assert_eq!(code, 201);
    assert!(made["spec"]["etcd"].get("restoreSnapshotURL").is_none());
    assert_eq!(made["spec"]["controllerAvailabilityPolicy"], "HighlyAvailable");
}

#[tokio::test]
async fn three_snapshot_urls_are_too_many() {
    let cluster = cluster().await;
    let mut object = hosted_cluster("three");
    storage(&mut object)["restoreSnapshotURL"] = json!(["https://a", "https://b", "https://c"]);
    let (code, status) = post(&cluster, &object).await;
    assert_eq!((code, &status["reason"]), (422, &json!("Invalid")));
    assert_eq!(
        status["message"],
        "HostedCluster.hypershift.openshift.io \"three\" is invalid: \
         [spec.etcd.managed.storage.restoreSnapshotURL: Too many: 3: must have at most 1 item, <nil>: Invalid value: \
         null: some validation rules were not checked because the object was invalid; correct the existing errors to \
         complete validation]"
    );
}

#[tokio::test]
async fn a_snapshot_url_has_a_length_and_a_scheme() {
    let cluster = cluster().await;
    for (url, said) in [
        (format!("https://{}", "x".repeat(1020)), "Too long: may not be more than 1024 bytes"),
        ("http://bucket/x".to_owned(), "must be a valid URL with scheme https or s3"),
    ] {
        let mut object = hosted_cluster("url");
        storage(&mut object)["restoreSnapshotURL"] = json!([url]);
        let (code, status) = post(&cluster, &object).await;
        assert_eq!(code, 422);
        assert!(status["message"].as_str().unwrap().contains(said), "{status}");
    }
}

#[tokio::test]
async fn a_snapshot_url_stays_as_it_was_made() {
    let cluster = cluster().await;
    let mut with = hosted_cluster("with");
    storage(&mut with)["restoreSnapshotURL"] = json!(["https://bucket/x"]);
    assert_eq!(post(&cluster, &with).await.0, 201);
    assert_eq!(post(&cluster, &hosted_cluster("without")).await.0, 201);
    let change = |urls: Value| json!({ "spec": { "etcd": { "managed": { "storage": { "restoreSnapshotURL": urls } } } } });
    for (name, urls, said) in [
        ("with", json!(["https://bucket/y"]), "restoreSnapshotURL is immutable"),
        ("with", Value::Null, "restoreSnapshotURL cannot be added or removed after creation"),
        (
            "without",
            json!(["https://bucket/x"]),
            "restoreSnapshotURL cannot be added or removed after creation",
        ),
    ] {
        let place = format!("{CLUSTERS}/{name}");
        let (code, status) = cluster.raw("PATCH", &place, "application/merge-patch+json", change(urls)).await;
        assert_eq!(code, 422, "{name}");
        assert!(status["message"].as_str().unwrap().contains(said), "{status}");
    }
}

#[tokio::test]
async fn a_pause_is_a_word_or_a_date() {
    let cluster = cluster().await;
    post(&cluster, &hosted_cluster("demo")).await;
    let path = format!("{CLUSTERS}/demo");
    for (value, wanted) in [("true", 200), ("2026-01-02T03:04:05Z", 200), ("yes", 422), ("1h", 422)] {
        let pause = json!({ "spec": { "pausedUntil": value } });
        let (code, _) = cluster.raw("PATCH", &path, "application/merge-patch+json", pause).await;
        assert_eq!(code, wanted, "{value}");
    }
}

#[tokio::test]
async fn a_kind_is_served_in_each_of_its_versions_and_prefers_the_newest() {
    let cluster = cluster().await;
    let machine = json!({
        "apiVersion": "cluster.x-k8s.io/v1beta1", "kind": "Machine", "metadata": { "name": "m" },
        "spec": { "clusterName": "demo", "bootstrap": {}, "infrastructureRef": {} },
    });
    let path = |version: &str| format!("/apis/cluster.x-k8s.io/{version}/namespaces/default/machines");
    let (code, made) = cluster.raw("POST", &path("v1beta1"), "application/json", machine).await;
    assert_eq!((code, &made["apiVersion"]), (201, &json!("cluster.x-k8s.io/v1beta1")));
    let (_, newer) = cluster.raw("GET", &format!("{}/m", path("v1beta2")), "", Value::Null).await;
    assert_eq!(newer["apiVersion"], "cluster.x-k8s.io/v1beta2");
    assert_eq!(newer["metadata"]["uid"], made["metadata"]["uid"]);
    let (_, group) = cluster.raw("GET", "/apis/cluster.x-k8s.io", "", Value::Null).await;
    assert_eq!(group["preferredVersion"]["version"], "v1beta2");
}

#[tokio::test]
async fn a_posted_definition_makes_a_kind_and_its_deletion_takes_the_objects_with_it() {
    let cluster = Cluster::start().await;
    let definition = json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": { "name": "things.lab.example" },
        "spec": {
            "group": "lab.example", "scope": "Cluster", "names": { "kind": "Thing", "plural": "things" },
            "versions": [{ "name": "v1", "served": true, "storage": true,
                "schema": { "openAPIV3Schema": { "type": "object" } } }],
        },
    });
    let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    let (code, made) = cluster.raw("POST", path, "application/json", definition).await;
    assert_eq!(code, 201);
    assert_eq!(made["status"]["conditions"][1]["type"], "Established");
    let thing = json!({ "apiVersion": "lab.example/v1", "kind": "Thing", "metadata": { "name": "t" } });
    let things = "/apis/lab.example/v1/things";
    assert_eq!(cluster.raw("POST", things, "application/json", thing).await.0, 201);
    let definition = format!("{path}/things.lab.example");
    assert_eq!(cluster.raw("DELETE", &definition, "", Value::Null).await.0, 200);
    assert_eq!(cluster.raw("GET", things, "", Value::Null).await.0, 404);
}
