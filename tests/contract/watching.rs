//! Watches: which events come, in which order, from which version, and how a watch ends.

use serde_json::{Value, json};

use crate::kit::{Case, Watch, delete, get, merge, post};
use crate::objects::config_map;

cases!("watching":
    a_watch_tells_every_change_in_order,
    a_watch_from_a_version_replays_what_came_after,
    a_watch_without_a_version_begins_with_what_is_there,
    an_object_that_leaves_the_selector_is_told_as_deleted,
    a_watch_of_one_object_hears_of_no_other,
    a_watch_of_a_namespace_hears_of_no_other,
    a_finalized_object_is_told_as_changed_and_then_as_deleted,
    an_object_whose_last_finalizer_goes_is_told_once,
    a_write_that_changes_nothing_is_not_told,
    a_watch_ends_after_its_time,
    initial_events_end_with_a_bookmark,
    initial_events_are_refused_without_their_match,
    a_watch_of_the_far_future_is_refused_or_waits,
    a_watch_of_a_version_that_is_no_number_is_refused,
    a_watch_by_a_bad_selector_is_refused,
    a_watch_of_metadata_tells_metadata,
    a_watch_of_a_table_tells_rows,
    a_watch_of_nothing_is_not_found,
);

async fn tell(case: &mut Case<'_>, what: &str, watch: &mut Watch, count: usize) {
    let mut events = Vec::new();
    for _ in 0..count {
        let mut event = watch.next_change().await;
        if let Some(metadata) = event.pointer_mut("/object/metadata").and_then(Value::as_object_mut) {
            metadata.remove("managedFields");
        }
        events.push(event);
    }
    case.note(what, json!(events));
}

async fn a_watch_tells_every_change_in_order(case: &mut Case<'_>) {
    let list = case.send(get("configmaps")).await;
    let mut watch = case.watch(&format!("configmaps?resourceVersion={}", list.version())).await;
    case.send(post("configmaps", config_map("x"))).await;
    case.send(post("configmaps", config_map("y"))).await;
    case.send(merge("configmaps/x", json!({ "data": { "a": "2" } }))).await;
    case.send(delete("configmaps/x", Value::Null)).await;
    case.send(post("configmaps", config_map("x"))).await;
    tell(case, "events", &mut watch, 5).await;
}

async fn a_watch_from_a_version_replays_what_came_after(case: &mut Case<'_>) {
    let first = case.send(post("configmaps", config_map("x"))).await;
    case.send(merge("configmaps/x", json!({ "data": { "a": "2" } }))).await;
    case.send(post("configmaps", config_map("y"))).await;
    case.send(delete("configmaps/x", Value::Null)).await;
    let mut watch = case.watch(&format!("configmaps?resourceVersion={}", first.version())).await;
    tell(case, "events", &mut watch, 3).await;
}

async fn a_watch_without_a_version_begins_with_what_is_there(case: &mut Case<'_>) {
    case.send(post("configmaps", config_map("x"))).await;
    case.send(merge("configmaps/x", json!({ "data": { "a": "2" } }))).await;
    let mut watch = case.watch("configmaps").await;
    tell(case, "what is there", &mut watch, 1).await;
    case.send(delete("configmaps/x", Value::Null)).await;
    tell(case, "what comes", &mut watch, 1).await;
}

async fn an_object_that_leaves_the_selector_is_told_as_deleted(case: &mut Case<'_>) {
    let mut object = config_map("x");
    object["metadata"]["labels"] = json!({ "app": "etcd" });
    let list = case.send(get("configmaps")).await;
    let mut watch =
        case.watch(&format!("configmaps?labelSelector=app%3Detcd&resourceVersion={}", list.version())).await;
    case.send(post("configmaps", object)).await;
    case.send(post("configmaps", config_map("other"))).await;
    case.send(merge("configmaps/x", json!({ "metadata": { "labels": { "app": "none" } } }))).await;
    case.send(merge("configmaps/x", json!({ "data": { "a": "2" } }))).await;
    case.send(merge("configmaps/x", json!({ "metadata": { "labels": { "app": "etcd" } } }))).await;
    case.send(merge("configmaps/x", json!({ "data": { "a": "3" } }))).await;
    case.send(delete("configmaps/x", Value::Null)).await;
    tell(case, "events", &mut watch, 5).await;
}

async fn a_watch_of_one_object_hears_of_no_other(case: &mut Case<'_>) {
    let list = case.send(get("configmaps")).await;
    let mut watch = case
        .watch(&format!("configmaps?fieldSelector=metadata.name%3Dx&resourceVersion={}", list.version()))
        .await;
    let mut old = case.watch(&format!("configmaps/x?resourceVersion={}", list.version())).await;
    case.send(post("configmaps", config_map("y"))).await;
    case.send(post("configmaps", config_map("x"))).await;
    tell(case, "events", &mut watch, 1).await;
    tell(case, "events in the old way", &mut old, 1).await;
}

async fn a_watch_of_a_namespace_hears_of_no_other(case: &mut Case<'_>) {
    case.send(post("/api/v1/namespaces", json!({ "metadata": { "name": "{ns}-other" } }))).await;
    let list = case.send(get("configmaps")).await;
    let mut watch = case.watch(&format!("configmaps?resourceVersion={}", list.version())).await;
    let mut all = case
        .watch(&format!("/api/v1/configmaps?labelSelector=of%3D{{id}}&resourceVersion={}", list.version()))
        .await;
    let mut object = config_map("x");
    object["metadata"]["labels"] = json!({ "of": "{id}" });
    case.send(post("/api/v1/namespaces/{ns}-other/configmaps", object.clone())).await;
    case.send(post("configmaps", object)).await;
    tell(case, "of one", &mut watch, 1).await;
    tell(case, "of all", &mut all, 2).await;
}

async fn a_finalized_object_is_told_as_changed_and_then_as_deleted(case: &mut Case<'_>) {
    let mut object = config_map("x");
    object["metadata"]["finalizers"] = json!(["lab.test/one", "lab.test/two"]);
    let made = case.send(post("configmaps", object)).await;
    let mut watch = case.watch(&format!("configmaps?resourceVersion={}", made.version())).await;
    case.send(delete("configmaps/x", Value::Null)).await;
    case.send(merge("configmaps/x", json!({ "metadata": { "finalizers": ["lab.test/two"] } }))).await;
    case.send(merge("configmaps/x", json!({ "metadata": { "finalizers": [] } }))).await;
    tell(case, "events", &mut watch, 3).await;
}

async fn an_object_whose_last_finalizer_goes_is_told_once(case: &mut Case<'_>) {
    let mut object = config_map("x");
    object["metadata"]["finalizers"] = json!(["lab.test/one"]);
    case.send(post("configmaps", object)).await;
    let marked = case.send(delete("configmaps/x", Value::Null)).await;
    let mut watch = case.watch(&format!("configmaps?resourceVersion={}", marked.version())).await;
    case.send(merge("configmaps/x", json!({ "metadata": { "finalizers": null }, "data": { "a": "last" } })))
        .await;
    case.send(post("configmaps", config_map("x"))).await;
    tell(case, "events", &mut watch, 2).await;
}

async fn a_write_that_changes_nothing_is_not_told(case: &mut Case<'_>) {
    let made = case.send(post("configmaps", config_map("x"))).await;
    let mut watch = case.watch(&format!("configmaps?resourceVersion={}", made.version())).await;
    case.send(merge("configmaps/x", json!({ "data": { "a": "1" } }))).await;
    case.send(merge("configmaps/x?dryRun=All", json!({ "data": { "a": "5" } }))).await;
    case.send(merge("configmaps/x", json!({ "data": { "a": "2" } }))).await;
    tell(case, "events", &mut watch, 1).await;
}

async fn a_watch_ends_after_its_time(case: &mut Case<'_>) {
    let made = case.send(post("configmaps", config_map("x"))).await;
    let mut watch =
        case.watch(&format!("configmaps?resourceVersion={}&timeoutSeconds=1", made.version())).await;
    case.note("events until its end", json!(watch.rest().await));
}

async fn initial_events_end_with_a_bookmark(case: &mut Case<'_>) {
    case.send(post("configmaps", config_map("x"))).await;
    let made = case.send(post("configmaps", config_map("y"))).await;
    let query = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
    let mut watch = case.watch(&format!("configmaps?{query}")).await;
    let mut names = [watch.next().await, watch.next().await]
        .map(|event| json!([event["type"], event["object"]["metadata"]["name"]]));
    names.sort_by_key(Value::to_string);
    case.note("what is there", json!(names));
    let mut end = watch.next().await;
    let version = end["object"]["metadata"]["resourceVersion"].as_str().unwrap_or_default().parse::<u64>();
    case.note("the end is not older", version.is_ok_and(|version| version >= made.version()));
    end["object"]["metadata"]["resourceVersion"] = Value::Null;
    case.note("end", end);
    case.send(delete("configmaps/x", Value::Null)).await;
    tell(case, "what comes", &mut watch, 1).await;
}

async fn initial_events_are_refused_without_their_match(case: &mut Case<'_>) {
    case.tell("no match", get("configmaps?watch=true&sendInitialEvents=true&allowWatchBookmarks=true")).await;
    case.tell(
        "another match",
        get("configmaps?watch=true&sendInitialEvents=true&resourceVersionMatch=Exact&resourceVersion=1"),
    )
    .await;
    case.tell(
        "a match alone",
        get("configmaps?watch=true&resourceVersionMatch=NotOlderThan&resourceVersion=1"),
    )
    .await;
    case.tell("in a list", get("configmaps?sendInitialEvents=true")).await;
}

async fn a_watch_of_the_far_future_is_refused_or_waits(case: &mut Case<'_>) {
    let list = case.send(get("configmaps")).await;
    let ahead = list.version() + 1_000_000_000;
    case.stands_for(&ahead.to_string(), "<far ahead>");
    let answer = case
        .send(get(&format!("configmaps?resourceVersion={ahead}&resourceVersionMatch=NotOlderThan")))
        .await;
    case.note(
        "a list",
        json!([
            answer.code,
            answer.body["reason"],
            answer.body["details"]["causes"],
            answer.body["details"]["retryAfterSeconds"]
        ]),
    );
    let answer = case.send(get(&format!("configmaps/x?resourceVersion={ahead}"))).await;
    case.note("an object", json!([answer.code, answer.body["reason"], answer.body["details"]["causes"]]));
}

async fn a_watch_of_a_version_that_is_no_number_is_refused(case: &mut Case<'_>) {
    case.tell("watch", get("configmaps?watch=true&resourceVersion=x")).await;
    case.tell("list", get("configmaps?resourceVersion=x")).await;
    case.glance(
        "seconds that are no number",
        get("configmaps?watch=true&timeoutSeconds=x"),
        &["/status", "/reason"],
    )
    .await;
}

async fn a_watch_by_a_bad_selector_is_refused(case: &mut Case<'_>) {
    case.glance("labels", get("configmaps?watch=true&labelSelector=a%20in%20b"), &["/reason", "/code"]).await;
    case.tell("fields", get("configmaps?watch=true&fieldSelector=data.a%3Db")).await;
}

async fn a_watch_of_metadata_tells_metadata(case: &mut Case<'_>) {
    let list = case.send(get("configmaps")).await;
    let accept = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
    let mut watch = case.watch_as(&format!("configmaps?resourceVersion={}", list.version()), accept).await;
    case.send(post("configmaps", config_map("x"))).await;
    case.send(delete("configmaps/x", Value::Null)).await;
    tell(case, "events", &mut watch, 2).await;
}

async fn a_watch_of_a_table_tells_rows(case: &mut Case<'_>) {
    let list = case.send(get("configmaps")).await;
    let accept = "application/json;as=Table;g=meta.k8s.io;v=v1";
    let mut watch = case.watch_as(&format!("configmaps?resourceVersion={}", list.version()), accept).await;
    case.send(post("configmaps", config_map("x"))).await;
    case.send(delete("configmaps/x", Value::Null)).await;
    for what in ["first", "second"] {
        let event = watch.next_change().await;
        let (rows, columns) = (&event["object"]["rows"], &event["object"]["columnDefinitions"]);
        case.note(
            what,
            json!([
                event["type"],
                event["object"]["kind"],
                rows[0]["cells"][0],
                rows[0]["cells"][1],
                columns.is_array()
            ]),
        );
    }
}

async fn a_watch_of_nothing_is_not_found(case: &mut Case<'_>) {
    case.tell("watch", get("/apis/nothing.test/v1/widgets?watch=true")).await;
}
