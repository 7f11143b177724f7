//! Custom objects applied: lists that are maps or sets by the schema, and fields that it does not know.

use serde_json::{Value, json};

use crate::custom::{create, widget, widgets, x};
use crate::kit::{Answer, Case, apply};

cases!("owned":
    lists_that_are_maps_are_applied_by_key,
    lists_that_are_sets_hold_each_value_once,
    an_unknown_field_cannot_be_applied,
);

fn owners(answer: &Answer) -> Value {
    let mut list = answer.body["metadata"]["managedFields"].as_array().cloned().unwrap_or_default();
    list.sort_by_key(|entry| entry["manager"].to_string());
    list.iter()
        .map(|entry| json!([entry["manager"], entry["operation"], entry["subresource"], entry["fieldsV1"]]))
        .collect()
}

async fn lists_that_are_maps_are_applied_by_key(case: &mut Case<'_>) {
    case.define(widgets()).await;
    let by = |manager: &str| format!("{}?fieldManager={manager}", x());
    case.send(apply(&by("one"), widget("x", json!({ "size": 1, "parts": [{ "name": "a", "weight": 1 }] }))))
        .await;
    let both =
        case.send(apply(&by("two"), widget("x", json!({ "size": 1, "parts": [{ "name": "b" }] })))).await;
    case.note("both", json!([both.code, both.body["spec"]["parts"], owners(&both)]));
    case.tell(
        "a conflict",
        apply(&by("two"), widget("x", json!({ "size": 1, "parts": [{ "name": "a", "weight": 2 }] }))),
    )
    .await;
    let less = case.send(apply(&by("two"), widget("x", json!({ "size": 1 })))).await;
    case.note("less", json!([less.code, less.body["spec"]["parts"]]));
    let status = json!({ "apiVersion": "{id}.contract.test/v1", "kind": "Widget", "metadata": { "name": "x" },
        "status": { "conditions": [{ "type": "Ready", "status": "True" }] } });
    let told = case.send(apply(&format!("{}/status?fieldManager=three", x()), status)).await;
    case.note("status", json!([told.code, told.body["status"], owners(&told)]));
}

async fn lists_that_are_sets_hold_each_value_once(case: &mut Case<'_>) {
    case.define(widgets()).await;
    case.tell("twice", create(json!({ "size": 1, "tags": ["a", "b", "a"] }))).await;
    case.tell("a key twice", create(json!({ "size": 1, "parts": [{ "name": "a" }, { "name": "a" }] }))).await;
    let by = |manager: &str| format!("{}?fieldManager={manager}", x());
    case.send(apply(&by("one"), widget("x", json!({ "size": 1, "tags": ["a"] })))).await;
    let both = case.send(apply(&by("two"), widget("x", json!({ "size": 1, "tags": ["b"] })))).await;
    case.note("both", json!([both.code, both.body["spec"]["tags"], owners(&both)]));
}

async fn an_unknown_field_cannot_be_applied(case: &mut Case<'_>) {
    case.define(widgets()).await;
    case.tell(
        "apply",
        apply(&format!("{}?fieldManager=one", x()), widget("x", json!({ "size": 1, "sise": 2 }))),
    )
    .await;
    case.tell(
        "below",
        apply(&format!("{}?fieldManager=one", x()), widget("x", json!({ "size": 1, "deep": { "none": 2 } }))),
    )
    .await;
}
