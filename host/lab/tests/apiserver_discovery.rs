//! Discovery over the wire, as clients of both generations read it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use drsh_lab::apiserver::{Store, crds};
use kube::discovery::{Discovery, Scope};
use serde_json::{Value, json};
use support::Cluster;

async fn cluster() -> Cluster {
    let store = Store::new();
    crds::install(&store, crds::MANAGEMENT).unwrap();
    Cluster::over(store).await
}

#[tokio::test]
async fn both_ways_of_discovery_find_the_same_kinds() {
    let cluster = cluster().await;
    let found = |discovery: Discovery| {
        let mut list = Vec::new();
        for group in discovery.groups() {
            for (resource, capabilities) in group.recommended_resources() {
                let namespaced = capabilities.scope == Scope::Namespaced;
                list.push((resource.api_version, resource.kind, resource.plural, namespaced));
            }
        }
        list.sort();
        list
    };
    let by_group = found(Discovery::new(cluster.client.clone()).run().await.unwrap());
    let at_once = found(Discovery::new(cluster.client.clone()).run_aggregated().await.unwrap());
    assert_eq!(by_group, at_once);
    let has = |version: &str, kind: &str, plural: &str, namespaced| {
        at_once.contains(&(version.to_owned(), kind.to_owned(), plural.to_owned(), namespaced))
    };
    assert!(has("cluster.x-k8s.io/v1beta2", "Machine", "machines", true));
    assert!(has("machine.openshift.io/v1beta1", "Machine", "machines", true));
    assert!(has("v1", "Namespace", "namespaces", false));
}

#[tokio::test]
async fn short_names_subresources_and_versions_are_told() {
    let cluster = cluster().await;
    let list = "/apis/hypershift.openshift.io/v1beta1";
    let (_, list) = cluster.raw("GET", list, "", Value::Null).await;
    let named = |name: &str| {
        let resources = list["resources"].as_array().unwrap();
        resources.iter().find(|resource| resource["name"] == name).unwrap().clone()
    };
    assert_eq!(named("hostedclusters")["shortNames"], json!(["hc", "hcs"]));
    let scale = named("nodepools/scale");
    assert_eq!((&scale["group"], &scale["kind"]), (&json!("autoscaling"), &json!("Scale")));
    let (_, group) = cluster.raw("GET", "/apis/cluster.x-k8s.io", "", Value::Null).await;
    let versions: Vec<_> = group["versions"].as_array().unwrap().iter().map(|v| &v["version"]).collect();
    assert_eq!(versions, ["v1beta2", "v1beta1"]);
    let version = cluster.client.apiserver_version().await.unwrap();
    assert_eq!((version.major.as_str(), version.minor.as_str()), ("1", "33"));
}

#[tokio::test]
async fn a_path_that_leads_nowhere_is_not_found() {
    let cluster = cluster().await;
    for path in ["/apis/apps/v9", "/api/v1/nothings", "/api/v1/pods/p"] {
        let (code, status) = cluster.raw("GET", path, "", Value::Null).await;
        assert_eq!((code, &status["reason"]), (404, &json!("NotFound")), "{path}");
    }
    for path in ["/apis/none.example", "/apis/none.example/v1/nothings", "/nowhere"] {
        let (code, page) = cluster.raw("GET", path, "", Value::Null).await;
        assert_eq!((code, page), (404, Value::Null), "{path}: a page, no status");
    }
}

#[tokio::test]
async fn the_schema_of_a_custom_kind_can_be_read() {
    let cluster = cluster().await;
    let (_, index) = cluster.raw("GET", "/openapi/v3", "", Value::Null).await;
    let url = index["paths"]["apis/hypershift.openshift.io/v1beta1"]["serverRelativeURL"].as_str().unwrap();
    let (_, document) = cluster.raw("GET", url, "", Value::Null).await;
    let schema = &document["components"]["schemas"]["hypershift.openshift.io.v1beta1.NodePool"];
    assert_eq!(schema["properties"]["spec"]["properties"]["replicas"]["type"], "integer");
}
