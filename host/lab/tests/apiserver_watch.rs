//! Watches over the wire: replayed, filtered, bookmarked, expired.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use futures::{Stream, StreamExt};
use kube::api::{DeleteParams, DynamicObject, PostParams, WatchEvent, WatchParams};
use serde_json::json;
use support::Cluster;

const CONFIG_MAPS: (&str, &str, &str) = ("v1", "ConfigMap", "configmaps");

fn config_map(name: &str, app: &str) -> DynamicObject {
    serde_json::from_value(json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": name, "labels": { "app": app } },
    }))
    .unwrap()
}

async fn next(
    events: &mut (impl Stream<Item = Result<WatchEvent<DynamicObject>, kube::Error>> + Unpin),
) -> (&'static str, String) {
    let event = tokio::time::timeout(std::time::Duration::from_secs(30), events.next()).await;
    let name = |object: DynamicObject| object.metadata.name.unwrap_or_default();
    match event.expect("an event within 30 s").expect("an open stream").unwrap() {
        WatchEvent::Added(object) => ("ADDED", name(object)),
        WatchEvent::Modified(object) => ("MODIFIED", name(object)),
        WatchEvent::Deleted(object) => ("DELETED", name(object)),
        WatchEvent::Bookmark(bookmark) => {
            ("BOOKMARK", bookmark.metadata.annotations.into_keys().collect::<String>())
        }
        WatchEvent::Error(status) => ("ERROR", status.code.to_string()),
    }
}

#[tokio::test]
async fn a_watch_replays_what_happened_after_its_version() {
    let cluster = Cluster::start().await;
    let api = cluster.api(CONFIG_MAPS);
    let first = api.create(&PostParams::default(), &config_map("a", "x")).await.unwrap();
    api.create(&PostParams::default(), &config_map("b", "x")).await.unwrap();
    api.delete("a", &DeleteParams::default()).await.unwrap();
    let version = first.metadata.resource_version.unwrap();
    let mut events = api.watch(&WatchParams::default(), &version).await.unwrap().boxed();
    assert_eq!(next(&mut events).await, ("ADDED", "b".into()));
    assert_eq!(next(&mut events).await, ("DELETED", "a".into()));
    api.create(&PostParams::default(), &config_map("c", "x")).await.unwrap();
    assert_eq!(next(&mut events).await, ("ADDED", "c".into()));
}

#[tokio::test]
async fn an_object_that_leaves_the_selection_is_told_as_deleted() {
    let cluster = Cluster::start().await;
    let api = cluster.api(CONFIG_MAPS);
    let selected = WatchParams::default().labels("app=x");
    let mut events = api.watch(&selected, "0").await.unwrap().boxed();
    let mut object = api.create(&PostParams::default(), &config_map("a", "y")).await.unwrap();
    for (app, wanted) in [("x", "ADDED"), ("y", "DELETED"), ("x", "ADDED")] {
        object.metadata.labels = Some([("app".to_owned(), app.to_owned())].into());
        object = api.replace("a", &PostParams::default(), &object).await.unwrap();
        assert_eq!(next(&mut events).await, (wanted, "a".into()));
    }
}

#[tokio::test]
async fn a_watch_from_a_forgotten_version_ends_with_410() {
    let cluster = Cluster::start().await;
    let api = cluster.api(CONFIG_MAPS);
    let first = api.create(&PostParams::default(), &config_map("a", "x")).await.unwrap();
    api.create(&PostParams::default(), &config_map("b", "x")).await.unwrap();
    cluster.server.store().compact();
    let version = first.metadata.resource_version.unwrap();
    let mut events = api.watch(&WatchParams::default(), &version).await.unwrap().boxed();
    assert_eq!(next(&mut events).await, ("ERROR", "410".into()));
}

#[tokio::test]
async fn a_streaming_list_ends_with_its_bookmark() {
    let cluster = Cluster::start().await;
    let api = cluster.api(CONFIG_MAPS);
    api.create(&PostParams::default(), &config_map("a", "x")).await.unwrap();
    let streaming = WatchParams::default().initial_events();
    let mut events = api.watch(&streaming, "0").await.unwrap().boxed();
    assert_eq!(next(&mut events).await, ("ADDED", "a".into()));
    assert_eq!(next(&mut events).await, ("BOOKMARK", "k8s.io/initial-events-end".into()));
}
