//! Objects over the wire: created, changed and deleted as a real server does it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kube::api::{DeleteParams, DynamicObject, ListParams, Patch, PatchParams, PostParams};
use serde_json::{Value, json};
use support::{Cluster, refused};

const CONFIG_MAPS: (&str, &str, &str) = ("v1", "ConfigMap", "configmaps");
const DEPLOYMENTS: (&str, &str, &str) = ("apps/v1", "Deployment", "deployments");

fn config_map(name: &str) -> DynamicObject {
    object(
        json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": name }, "data": { "a": "1" } }),
    )
}

fn deployment(name: &str) -> DynamicObject {
    object(json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": name },
        "spec": {
            "selector": { "matchLabels": { "app": name } },
            "template": {
                "metadata": { "labels": { "app": name } },
                "spec": { "containers": [{ "name": "main", "image": "image:1" }] },
            },
        },
        "status": { "replicas": 9 },
    }))
}

fn object(value: Value) -> DynamicObject {
    serde_json::from_value(value).unwrap()
}

#[tokio::test]
async fn a_created_object_gets_what_the_server_decides() {
    let cluster = Cluster::start().await;
    let api = cluster.api(DEPLOYMENTS);
    let made = api.create(&PostParams::default(), &deployment("web")).await.unwrap();
    assert_eq!(made.metadata.generation, Some(1));
    assert_eq!(made.metadata.uid.map(|uid| uid.len()), Some(36));
    assert!(made.metadata.creation_timestamp.is_some());
    assert_eq!(made.data["spec"]["replicas"], 1);
    assert_eq!(made.data["status"], json!({}), "the status cannot be set here");
    let taken = refused(api.create(&PostParams::default(), &deployment("web")).await);
    assert_eq!((taken.code, taken.reason.as_str()), (409, "AlreadyExists"));
    assert_eq!(taken.message, "deployments.apps \"web\" already exists");
}

#[tokio::test]
async fn a_name_is_generated_from_a_prefix_and_a_bad_one_is_refused() {
    let cluster = Cluster::start().await;
    let api = cluster.api(CONFIG_MAPS);
    let mut wanted = config_map("x");
    wanted.metadata.name = None;
    wanted.metadata.generate_name = Some("made-".into());
    let made = api.create(&PostParams::default(), &wanted).await.unwrap();
    assert!(made.metadata.name.is_some_and(|name| name.starts_with("made-") && name.len() == 10));
    let bad = refused(api.create(&PostParams::default(), &config_map("Bad_Name")).await);
    assert_eq!((bad.code, bad.reason.as_str()), (422, "Invalid"));
}

#[tokio::test]
async fn a_missing_object_or_namespace_is_named_in_the_status() {
    let cluster = Cluster::start().await;
    let missing = refused(cluster.api(CONFIG_MAPS).get("none").await);
    assert_eq!((missing.code, missing.reason.as_str()), (404, "NotFound"));
    assert_eq!(missing.message, "configmaps \"none\" not found");
    let details = missing.details.unwrap();
    assert_eq!((details.name.as_str(), details.kind.as_str()), ("none", "configmaps"));
    let path = "/api/v1/namespaces/nowhere/configmaps";
    let body = serde_json::to_value(config_map("x")).unwrap();
    let (code, status) = cluster.raw("POST", path, "application/json", body).await;
    assert_eq!((code, &status["message"]), (404, &json!("namespaces \"nowhere\" not found")));
}

#[tokio::test]
async fn a_write_over_an_older_version_conflicts() {
    let cluster = Cluster::start().await;
    let api = cluster.api(CONFIG_MAPS);
    let first = api.create(&PostParams::default(), &config_map("x")).await.unwrap();
    let mut newer = first.clone();
    newer.data["data"] = json!({ "a": "2" });
    api.replace("x", &PostParams::default(), &newer).await.unwrap();
    let stale = refused(api.replace("x", &PostParams::default(), &newer).await);
    assert_eq!((stale.code, stale.reason.as_str()), (409, "Conflict"));
    assert!(
        stale.message.starts_with("Operation cannot be fulfilled on configmaps \"x\": the object has been")
    );
}

#[tokio::test]
async fn a_write_that_changes_nothing_makes_no_version_and_a_dry_run_keeps_nothing() {
    let cluster = Cluster::start().await;
    let api = cluster.api(CONFIG_MAPS);
    let first = api.create(&PostParams::default(), &config_map("x")).await.unwrap();
    let same = api.patch("x", &PatchParams::default(), &Patch::Merge(json!({ "data": { "a": "1" } }))).await;
    assert_eq!(same.unwrap().metadata.resource_version, first.metadata.resource_version);
    let dry = PatchParams { dry_run: true, ..PatchParams::default() };
    let shown = api.patch("x", &dry, &Patch::Merge(json!({ "data": { "a": "2" } }))).await.unwrap();
    assert_eq!(shown.data["data"]["a"], "2");
    assert_eq!(api.get("x").await.unwrap().data["data"]["a"], "1");
    let dry = PostParams { dry_run: true, ..PostParams::default() };
    api.create(&dry, &config_map("y")).await.unwrap();
    assert!(api.get_opt("y").await.unwrap().is_none());
}

#[tokio::test]
async fn empty_annotations_are_none() {
    let cluster = Cluster::start().await;
    let api = cluster.api(CONFIG_MAPS);
    let first = api.create(&PostParams::default(), &config_map("x")).await.unwrap();
    let patch = Patch::Merge(json!({ "metadata": { "annotations": {}, "finalizers": [] } }));
    let same = api.patch("x", &PatchParams::default(), &patch).await.unwrap();
    assert_eq!(same.metadata.resource_version, first.metadata.resource_version);
}

#[tokio::test]
async fn generation_counts_the_specification_and_the_status_is_written_apart() {
    let cluster = Cluster::start().await;
    let api = cluster.api(DEPLOYMENTS);
    api.create(&PostParams::default(), &deployment("web")).await.unwrap();
    let patch = json!({ "spec": { "replicas": 3 }, "status": { "replicas": 3 } });
    let scaled = api.patch("web", &PatchParams::default(), &Patch::Merge(&patch)).await.unwrap();
    assert_eq!(scaled.metadata.generation, Some(2));
    assert_eq!(scaled.data["status"], json!({}));
    let patch = json!({ "spec": { "replicas": 5 }, "status": { "replicas": 3 } });
    let reported = api.patch_status("web", &PatchParams::default(), &Patch::Merge(&patch)).await.unwrap();
    assert_eq!(reported.metadata.generation, Some(2));
    assert_eq!(reported.data["spec"]["replicas"], 3);
    assert_eq!(reported.data["status"]["replicas"], 3);
}

#[tokio::test]
async fn the_scale_subresource_reads_and_writes_the_replicas() {
    let cluster = Cluster::start().await;
    let api = cluster.api(DEPLOYMENTS);
    api.create(&PostParams::default(), &deployment("web")).await.unwrap();
    let patch = Patch::Merge(json!({ "spec": { "replicas": 4 } }));
    let scale = api.patch_scale("web", &PatchParams::default(), &patch).await.unwrap();
    assert_eq!(scale.spec.unwrap().replicas, Some(4));
    assert_eq!(api.get("web").await.unwrap().data["spec"]["replicas"], 4);
    assert_eq!(api.get_scale("web").await.unwrap().status.unwrap().selector.as_deref(), Some("app=web"));
}

#[tokio::test]
async fn a_list_is_given_in_pages_of_one_moment() {
    let cluster = Cluster::start().await;
    let api = cluster.api(CONFIG_MAPS);
    for number in 0..5 {
        api.create(&PostParams::default(), &config_map(&format!("m{number}"))).await.unwrap();
    }
    let first = api.list(&ListParams::default().limit(2)).await.unwrap();
    assert_eq!(first.metadata.remaining_item_count, Some(3));
    let token = first.metadata.continue_.clone().unwrap();
    api.delete("m3", &DeleteParams::default()).await.unwrap();
    api.create(&PostParams::default(), &config_map("m9")).await.unwrap();
    let rest = api.list(&ListParams::default().continue_token(&token)).await.unwrap();
    let names: Vec<_> = rest.items.iter().map(|item| item.metadata.name.clone().unwrap()).collect();
    assert_eq!(names, ["m2", "m3", "m4"]);
    assert_eq!(rest.metadata.resource_version, first.metadata.resource_version);
    cluster.server.store().compact();
    let expired = refused(api.list(&ListParams::default().continue_token(&token)).await);
    assert_eq!((expired.code, expired.reason.as_str()), (410, "Expired"));
}

#[tokio::test]
async fn a_collection_is_deleted_by_its_labels_and_held_by_finalizers() {
    let cluster = Cluster::start().await;
    let api = cluster.api(CONFIG_MAPS);
    for (name, app) in [("a", "x"), ("b", "x"), ("c", "y")] {
        let mut wanted = config_map(name);
        wanted.metadata.labels = Some([("app".to_owned(), app.to_owned())].into());
        wanted.metadata.finalizers = (name == "b").then(|| vec!["lab/hold".to_owned()]);
        api.create(&PostParams::default(), &wanted).await.unwrap();
    }
    let selected = ListParams::default().labels("app=x");
    api.delete_collection(&DeleteParams::default(), &selected).await.unwrap();
    let left = api.list(&ListParams::default()).await.unwrap();
    let names: Vec<_> = left.items.iter().map(|item| item.metadata.name.clone().unwrap()).collect();
    assert_eq!(names, ["b", "c"]);
    assert!(left.items[0].metadata.deletion_timestamp.is_some());
    let add = json!({ "metadata": { "finalizers": ["lab/hold", "lab/more"] } });
    let late = refused(api.patch("b", &PatchParams::default(), &Patch::Merge(add)).await);
    assert!(late.message.contains("no new finalizers can be added"), "{}", late.message);
    let release = Patch::Merge(json!({ "metadata": { "finalizers": null } }));
    api.patch("b", &PatchParams::default(), &release).await.unwrap();
    assert!(api.get_opt("b").await.unwrap().is_none());
}

#[tokio::test]
async fn a_terminating_namespace_takes_nothing_new_and_goes_when_it_is_finalized() {
    let cluster = Cluster::start().await;
    let body = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "gone" } });
    let (code, made) = cluster.raw("POST", "/api/v1/namespaces", "application/json", body).await;
    assert_eq!((code, &made["spec"]["finalizers"]), (201, &json!(["kubernetes"])));
    let (code, marked) = cluster.raw("DELETE", "/api/v1/namespaces/gone", "", Value::Null).await;
    assert_eq!((code, &marked["status"]["phase"]), (200, &json!("Terminating")));
    let body = serde_json::to_value(config_map("x")).unwrap();
    let path = "/api/v1/namespaces/gone/configmaps";
    let (code, refusal) = cluster.raw("POST", path, "application/json", body).await;
    assert_eq!(code, 403);
    assert_eq!(refusal["details"]["causes"][0]["reason"], "NamespaceTerminating");
    let mut finalized = marked;
    finalized["spec"]["finalizers"] = json!([]);
    let path = "/api/v1/namespaces/gone/finalize";
    assert_eq!(cluster.raw("PUT", path, "application/json", finalized).await.0, 200);
    assert_eq!(cluster.raw("GET", "/api/v1/namespaces/gone", "", Value::Null).await.0, 404);
}

#[tokio::test]
async fn an_owner_without_a_uid_is_refused_with_its_field() {
    let cluster = Cluster::start().await;
    let mut owned = serde_json::to_value(config_map("x")).unwrap();
    owned["metadata"]["ownerReferences"] =
        json!([{ "apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "" }]);
    let path = "/api/v1/namespaces/default/configmaps";
    let (code, status) = cluster.raw("POST", path, "application/json", owned).await;
    assert_eq!(code, 422);
    assert_eq!(status["details"]["causes"][0]["field"], "metadata.ownerReferences.uid");
}

#[tokio::test]
async fn a_pod_keeps_its_specification_and_its_node() {
    let cluster = Cluster::start().await;
    let api = cluster.api(("v1", "Pod", "pods"));
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "p" },
        "spec": { "containers": [{ "name": "main", "image": "i:1" }] },
    });
    api.create(&PostParams::default(), &object(pod)).await.unwrap();
    let binding = json!({ "apiVersion": "v1", "kind": "Binding", "metadata": { "name": "p" },
        "target": { "kind": "Node", "name": "n1" } });
    let path = "/api/v1/namespaces/default/pods/p/binding";
    assert_eq!(cluster.raw("POST", path, "application/json", binding.clone()).await.0, 201);
    assert_eq!(cluster.raw("POST", path, "application/json", binding).await.0, 409);
    for (patch, allowed) in [
        (json!({ "spec": { "nodeName": "n2" } }), false),
        (json!({ "spec": { "hostNetwork": true } }), false),
        (json!({ "spec": { "activeDeadlineSeconds": 9 } }), true),
    ] {
        let answer = api.patch("p", &PatchParams::default(), &Patch::Merge(&patch)).await;
        assert_eq!(answer.is_ok(), allowed, "{patch}: {answer:?}");
    }
}

#[tokio::test]
async fn a_signing_request_knows_who_made_it_and_is_approved_apart() {
    let cluster = Cluster::start().await;
    let path = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
    let key = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::new(vec!["node-1".to_owned()]).unwrap();
    let pem = params.serialize_request(&key).unwrap().pem().unwrap();
    let request = json!({
        "apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest",
        "metadata": { "name": "csr-1" },
        "spec": { "request": STANDARD.encode(pem), "signerName": "kubernetes.io/kubelet-serving",
            "usages": ["server auth"], "username": "forged" },
    });
    let (code, made) = cluster.raw("POST", path, "application/json", request).await;
    assert_eq!((code, &made["spec"]["username"]), (201, &json!("system:admin")));
    let mut approved = made;
    approved["status"] = json!({
        "certificate": "eA==",
        "conditions": [{ "type": "Approved", "status": "True", "reason": "Test", "message": "" }],
    });
    let place = format!("{path}/csr-1/approval");
    let (code, approved) = cluster.raw("PUT", &place, "application/json", approved).await;
    assert_eq!((code, &approved["status"]["conditions"][0]["type"]), (200, &json!("Approved")));
    assert!(approved["status"].get("certificate").is_none(), "only the signer writes the certificate");
}
