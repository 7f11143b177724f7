//! A cluster that comes back from an image of its store.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use drsh_lab::apiserver::{Store, crds};
use kube::api::{ListParams, WatchEvent, WatchParams};
use serde_json::{Value, json};
use support::{Cluster, refused};

const CONFIG_MAPS: (&str, &str, &str) = ("v1", "ConfigMap", "configmaps");

#[tokio::test]
async fn a_restored_cluster_serves_the_same_objects_and_kinds() {
    let store = Store::new();
    crds::install(&store, crds::HOSTED).unwrap();
    let before = Cluster::over(store).await;
    let version = json!({
        "apiVersion": "config.openshift.io/v1", "kind": "ClusterVersion", "metadata": { "name": "version" },
        "spec": { "clusterID": "c" },
    });
    let path = "/apis/config.openshift.io/v1/clusterversions";
    before.raw("POST", path, "application/json", version).await;
    let image = before.server.store().export();
    let after = Cluster::over(Store::import(&image).unwrap()).await;
    for path in ["/apis/config.openshift.io/v1/clusterversions/version", "/api/v1/namespaces/kube-system"] {
        let (code, restored) = after.raw("GET", path, "", Value::Null).await;
        assert_eq!((code, restored), before.raw("GET", path, "", Value::Null).await, "{path}");
    }
}

#[tokio::test]
async fn a_client_that_knew_a_later_history_is_told_so() {
    let before = Cluster::start().await;
    let image = before.server.store().export();
    let object = json!({ "metadata": { "name": "x" } });
    before.server.store().create("configmaps", "default", object).unwrap();
    let later = before.server.store().version().to_string();
    let after = Cluster::over(Store::import(&image).unwrap()).await;
    let api = after.api(CONFIG_MAPS);
    let status = refused(api.list(&ListParams::default().at(&later)).await);
    assert_eq!((status.code, status.reason.as_str()), (504, "Timeout"));
    assert_eq!(status.details.unwrap().causes[0].reason, "ResourceVersionTooLarge");
}

#[tokio::test]
async fn a_watch_from_before_the_image_is_expired() {
    let before = Cluster::start().await;
    let image = before.server.store().export();
    let after = Cluster::over(Store::import(&image).unwrap()).await;
    let events = after.api(CONFIG_MAPS).watch(&WatchParams::default(), "1").await.unwrap();
    let first = futures::StreamExt::next(&mut Box::pin(events)).await.unwrap().unwrap();
    assert!(matches!(first, WatchEvent::Error(status) if status.code == 410));
}
