//! Server-side apply over the wire: who owns a field, who may change it, what goes when nobody wants it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use kube::api::{Api, DynamicObject, Patch, PatchParams};
use serde_json::{Value, json};
use support::{Cluster, refused};

const CONFIG_MAPS: (&str, &str, &str) = ("v1", "ConfigMap", "configmaps");
const DEPLOYMENTS: (&str, &str, &str) = ("apps/v1", "Deployment", "deployments");

#[allow(clippy::needless_pass_by_value, reason = "callers make it on the spot")]
fn config_map(data: Value) -> Value {
    json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "x" }, "data": data })
}

async fn apply(
    api: &Api<DynamicObject>,
    manager: &str,
    object: &Value,
) -> Result<DynamicObject, kube::Error> {
    let name = object["metadata"]["name"].as_str().unwrap();
    api.patch(name, &PatchParams::apply(manager), &Patch::Apply(object)).await
}

fn owned(object: &DynamicObject, manager: &str) -> Vec<Value> {
    let entries = object.metadata.managed_fields.clone().unwrap_or_default();
    entries
        .into_iter()
        .filter(|entry| entry.manager.as_deref() == Some(manager))
        .map(|entry| entry.fields_v1.unwrap().0)
        .collect()
}

#[tokio::test]
async fn an_applier_creates_what_is_absent_and_owns_it() {
    let cluster = Cluster::start().await;
    let api = cluster.api(CONFIG_MAPS);
    let made = apply(&api, "one", &config_map(json!({ "a": "1" }))).await.unwrap();
    assert_eq!(owned(&made, "one"), [json!({ "f:data": { "f:a": {} } })]);
    let again = apply(&api, "one", &config_map(json!({ "a": "1" }))).await.unwrap();
    assert_eq!(again.metadata.resource_version, made.metadata.resource_version);
}

#[tokio::test]
async fn a_field_of_another_manager_conflicts_until_it_is_forced() {
    let cluster = Cluster::start().await;
    let api = cluster.api(CONFIG_MAPS);
    apply(&api, "one", &config_map(json!({ "a": "1", "b": "1" }))).await.unwrap();
    let wanted = config_map(json!({ "a": "2", "c": "2" }));
    let status = refused(apply(&api, "two", &wanted).await);
    assert_eq!((status.code, status.reason.as_str()), (409, "Conflict"));
    assert_eq!(status.message, "Apply failed with 1 conflict: conflict with \"one\": .data.a");
    let cause = &status.details.unwrap().causes[0];
    assert_eq!((cause.reason.as_str(), cause.field.as_str()), ("FieldManagerConflict", ".data.a"));
    let forced = PatchParams::apply("two").force();
    let taken = api.patch("x", &forced, &Patch::Apply(&wanted)).await.unwrap();
    assert_eq!(taken.data["data"], json!({ "a": "2", "b": "1", "c": "2" }));
    assert_eq!(owned(&taken, "one"), [json!({ "f:data": { "f:b": {} } })]);
}

#[tokio::test]
async fn the_same_value_is_shared_and_stays_until_its_last_owner_drops_it() {
    let cluster = Cluster::start().await;
    let api = cluster.api(CONFIG_MAPS);
    apply(&api, "one", &config_map(json!({ "a": "1", "b": "1" }))).await.unwrap();
    apply(&api, "two", &config_map(json!({ "a": "1" }))).await.unwrap();
    let left = apply(&api, "one", &config_map(json!({}))).await.unwrap();
    assert_eq!(left.data["data"], json!({ "a": "1" }));
    let left = apply(&api, "two", &config_map(json!({}))).await.unwrap();
    assert!(left.data["data"].get("a").is_none(), "{}", left.data);
}

#[tokio::test]
async fn an_update_takes_what_it_changes_from_its_applier() {
    let cluster = Cluster::start().await;
    let api = cluster.api(CONFIG_MAPS);
    apply(&api, "one", &config_map(json!({ "a": "1" }))).await.unwrap();
    let update = PatchParams { field_manager: Some("editor".into()), ..PatchParams::default() };
    let patch = Patch::Merge(json!({ "data": { "a": "2" } }));
    let changed = api.patch("x", &update, &patch).await.unwrap();
    assert_eq!(owned(&changed, "editor"), [json!({ "f:data": { "f:a": {} } })]);
    let status = refused(apply(&api, "one", &config_map(json!({ "a": "1" }))).await);
    assert!(status.message.contains("conflict with \"editor\" using v1: .data.a"), "{}", status.message);
}

#[tokio::test]
async fn lists_of_named_things_are_owned_item_by_item() {
    let cluster = Cluster::start().await;
    let api = cluster.api(DEPLOYMENTS);
    let deployment = |containers: Value| {
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "web" },
            "spec": {
                "selector": { "matchLabels": { "app": "web" } },
                "template": {
                    "metadata": { "labels": { "app": "web" } },
                    "spec": { "containers": containers },
                },
            },
        })
    };
    let main = json!({ "name": "main", "image": "i:1", "env": [{ "name": "A", "value": "1" }] });
    let side = json!({ "name": "side", "image": "i:2" });
    apply(&api, "one", &deployment(json!([main]))).await.unwrap();
    let both = apply(&api, "two", &deployment(json!([side]))).await.unwrap();
    let names = |object: &DynamicObject| {
        let list = object.data["spec"]["template"]["spec"]["containers"].as_array().unwrap().clone();
        list.into_iter().map(|container| container["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&both), ["main", "side"]);
    let scale = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "web" }, "spec": { "replicas": 3 },
    });
    apply(&api, "scaler", &scale).await.unwrap();
    let dropped = apply(&api, "two", &deployment(json!([]))).await.unwrap();
    assert_eq!(names(&dropped), ["main"]);
    assert_eq!(dropped.data["spec"]["replicas"], 3);
    let status = refused(apply(&api, "two", &deployment(json!([{ "name": "main", "image": "i:9" }]))).await);
    assert_eq!(
        status.details.unwrap().causes[0].field,
        ".spec.template.spec.containers[name=\"main\"].image"
    );
}

#[tokio::test]
async fn finalizers_are_a_set_and_the_status_has_owners_of_its_own() {
    let cluster = Cluster::start().await;
    let api = cluster.api(DEPLOYMENTS);
    let with = |finalizers: Value| {
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": { "name": "web", "finalizers": finalizers },
            "spec": {
                "selector": { "matchLabels": { "app": "web" } },
                "template": {
                    "metadata": { "labels": { "app": "web" } },
                    "spec": { "containers": [{ "name": "main", "image": "i" }] },
                },
            },
        })
    };
    apply(&api, "one", &with(json!(["lab/a"]))).await.unwrap();
    let both = apply(&api, "two", &with(json!(["lab/b"]))).await.unwrap();
    assert_eq!(both.metadata.finalizers, Some(vec!["lab/a".into(), "lab/b".into()]));
    let status = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "web" },
        "status": { "replicas": 2 },
    });
    let params = PatchParams::apply("controller");
    let reported = api.patch_status("web", &params, &Patch::Apply(&status)).await.unwrap();
    assert_eq!(reported.data["status"]["replicas"], 2);
    assert_eq!(owned(&reported, "controller"), [json!({ "f:status": { "f:replicas": {} } })]);
    let rest = apply(&api, "one", &with(json!([]))).await.unwrap();
    assert_eq!(rest.metadata.finalizers, Some(vec!["lab/b".into()]));
}

#[tokio::test]
async fn an_object_with_the_uid_of_another_life_is_not_applied() {
    let cluster = Cluster::start().await;
    let mut restored = config_map(json!({ "a": "1" }));
    restored["metadata"]["uid"] = json!("0b1c");
    let status = refused(apply(&cluster.api(CONFIG_MAPS), "one", &restored).await);
    assert_eq!(status.code, 409);
    assert!(status.message.contains("uid mismatch"), "{}", status.message);
}

#[tokio::test]
async fn an_applier_must_have_a_name() {
    let cluster = Cluster::start().await;
    let path = "/api/v1/namespaces/default/configmaps/x";
    let body = config_map(json!({ "a": "1" }));
    let (code, status) = cluster.raw("PATCH", path, "application/apply-patch+yaml", body).await;
    assert_eq!(code, 422);
    assert_eq!(status["details"]["causes"][0]["field"], "fieldManager");
}
