//! What a server says of itself: kinds, versions, documents, health.

use serde_json::{Value, json};

use crate::custom::widgets;
use crate::kit::{Answer, Case, delete, get};

cases!("discovery":
    the_version_has_its_fields,
    health_is_told_in_a_word,
    the_core_group_lists_its_kinds,
    a_named_group_lists_its_kinds,
    a_group_tells_its_versions,
    a_custom_group_comes_and_goes_with_its_definition,
    documents_are_there_for_each_group,
    groups_that_do_not_exist_are_not_found,
);

async fn the_version_has_its_fields(case: &mut Case<'_>) {
    let version = case.send(get("/version")).await;
    let has = |field: &str| !version.text(&format!("/{field}")).is_empty();
    case.note(
        "fields",
        json!(["major", "minor", "gitVersion", "goVersion", "compiler", "platform"].map(has)),
    );
    case.note("major", version.body["major"].clone());
    case.note("a version", version.text("/gitVersion").starts_with("v1."));
}

async fn health_is_told_in_a_word(case: &mut Case<'_>) {
    for path in ["/healthz", "/livez", "/readyz", "/healthz/ping", "/readyz/ping"] {
        let answer = case.send(get(path)).await;
        case.note(path, json!([answer.code, answer.body]));
    }
}

/// What a list of resources says of one.
fn entry(list: &Answer, name: &str) -> Value {
    let resources = list.body["resources"].as_array().into_iter().flatten();
    let found = resources.filter(|resource| resource["name"] == name).map(|resource| {
        let mut resource = resource.clone();
        // A hash of where and how it is stored, which no client relies on.
        resource.as_object_mut().unwrap().remove("storageVersionHash");
        resource
    });
    found.collect()
}

async fn the_core_group_lists_its_kinds(case: &mut Case<'_>) {
    let list = case.send(get("/api/v1")).await;
    case.note(
        "list",
        json!([list.code, list.body["kind"], list.body["apiVersion"], list.body["groupVersion"]]),
    );
    for name in [
        "configmaps",
        "secrets",
        "pods",
        "pods/status",
        "pods/log",
        "pods/eviction",
        "pods/binding",
        "namespaces",
        "namespaces/finalize",
        "namespaces/status",
        "nodes",
        "serviceaccounts/token",
        "persistentvolumeclaims",
        "services",
        "events",
    ] {
        case.note(name, entry(&list, name));
    }
}

async fn a_named_group_lists_its_kinds(case: &mut Case<'_>) {
    let list = case.send(get("/apis/apps/v1")).await;
    case.note(
        "list",
        json!([list.code, list.body["kind"], list.body["apiVersion"], list.body["groupVersion"]]),
    );
    for name in [
        "deployments",
        "deployments/status",
        "deployments/scale",
        "statefulsets",
        "replicasets",
        "daemonsets",
    ] {
        case.note(name, entry(&list, name));
    }
    let list = case.send(get("/apis/authorization.k8s.io/v1")).await;
    case.note("reviews", entry(&list, "selfsubjectaccessreviews"));
    let list = case.send(get("/apis/apiextensions.k8s.io/v1")).await;
    case.note("definitions", entry(&list, "customresourcedefinitions"));
    let list = case.send(get("/apis/coordination.k8s.io/v1")).await;
    case.note("leases", entry(&list, "leases"));
}

async fn a_group_tells_its_versions(case: &mut Case<'_>) {
    case.tell("group", get("/apis/apps")).await;
    let groups = case.send(get("/apis")).await;
    case.note("kind", json!([groups.code, groups.body["kind"], groups.body["apiVersion"]]));
    let named = |name: &str| {
        groups.body["groups"].as_array().into_iter().flatten().find(|group| group["name"] == name).cloned()
    };
    case.note("apps", named("apps").unwrap_or_default());
    case.note("rbac", named("rbac.authorization.k8s.io").unwrap_or_default());
    let core = case.send(get("/api")).await;
    case.note("core", json!([core.code, core.body["kind"], core.body["versions"]]));
}

async fn a_custom_group_comes_and_goes_with_its_definition(case: &mut Case<'_>) {
    case.define(widgets()).await;
    let told = async |case: &Case<'_>, wanted: bool| {
        let has = async || case.send(get("/apis/{id}.contract.test/v1")).await.code == 200;
        let changed = async { while has().await != wanted {} };
        tokio::time::timeout(crate::kit::LIMIT, changed).await.is_ok()
    };
    case.note("it comes", told(case, true).await);
    let list = case.send(get("/apis/{id}.contract.test/v1")).await;
    for name in ["widgets", "widgets/status", "widgets/scale"] {
        case.note(name, entry(&list, name));
    }
    case.tell("its group", get("/apis/{id}.contract.test")).await;
    let definition = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.{id}.contract.test";
    case.note("delete", case.send(delete(definition, Value::Null)).await.code);
    case.note("it goes", told(case, false).await);
}

async fn documents_are_there_for_each_group(case: &mut Case<'_>) {
    let index = case.send(get("/openapi/v3")).await;
    for path in ["api/v1", "apis/apps/v1", "apis/apiextensions.k8s.io/v1"] {
        let url = index.body["paths"][path]["serverRelativeURL"].as_str().unwrap_or_default().to_owned();
        let document = case.send(get(&url)).await;
        case.note(
            path,
            json!([
                document.code,
                document.text("/openapi").starts_with("3."),
                document.body["paths"].is_object()
            ]),
        );
    }
}

async fn groups_that_do_not_exist_are_not_found(case: &mut Case<'_>) {
    case.tell("group", get("/apis/nothing.test")).await;
    case.tell("version", get("/apis/apps/v7")).await;
    case.tell("core version", get("/api/v7")).await;
    case.glance("document", get("/openapi/v3/apis/nothing.test/v1"), &[]).await;
}
