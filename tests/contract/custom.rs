//! Custom kinds: what their definitions make of objects.

use serde_json::{Value, json};

use crate::kit::{Case, delete, get, merge, patch, post, put, strategic};

cases!("custom":
    unknown_fields_are_pruned_and_warned_of,
    unknown_fields_are_refused_where_validation_is_strict,
    unknown_fields_go_silently_where_they_are_ignored,
    an_unknown_validation_is_refused,
    defaults_are_filled_in_on_every_level,
    enumerations_patterns_and_bounds_are_held,
    a_required_field_is_asked_for,
    a_rule_is_judged_in_its_own_words,
    a_rule_without_words_is_shown_itself,
    a_transition_is_refused,
    a_field_that_was_set_once_stays,
    nothing_is_judged_twice_where_it_did_not_change,
    the_status_is_a_part_of_its_own,
    a_put_needs_the_version,
    the_generation_counts_the_specification,
    a_scale_is_read_from_its_paths,
    columns_of_the_definition_are_shown,
    two_versions_show_the_same_object,
    a_strategic_patch_is_not_for_custom_kinds,
    free_fields_keep_everything,
    null_is_dropped_or_defaulted,
    int_or_string_takes_both,
    a_custom_object_is_not_found_by_kind_and_group,
    an_object_of_the_cluster_has_no_namespace,
    a_finalizer_needs_no_domain,
);

/// The definition of a kind that has a bit of everything.
pub fn widgets() -> Value {
    let spec = json!({ "type": "object", "required": ["size"], "properties": {
        "size": { "type": "integer", "minimum": 1, "maximum": 9, "x-kubernetes-validations": [
            { "rule": "self >= oldSelf", "message": "size cannot shrink" }] },
        "color": { "type": "string", "enum": ["red", "green"], "default": "red" },
        "name": { "type": "string", "pattern": "^[a-z]+$", "maxLength": 5, "minLength": 2 },
        "urls": { "type": "array", "maxItems": 1, "items": { "type": "string", "pattern": "^https://" },
            "x-kubernetes-validations": [{ "rule": "self == oldSelf", "message": "urls are immutable" }] },
        "fixed": { "type": "string", "x-kubernetes-validations": [{ "rule": "self == oldSelf" }] },
        "ratio": { "type": "number" },
        "on": { "type": "boolean" },
        "port": { "x-kubernetes-int-or-string": true },
        "replicas": { "type": "integer", "default": 1 },
        "free": { "type": "object", "x-kubernetes-preserve-unknown-fields": true },
        "map": { "type": "object", "additionalProperties": { "type": "integer" } },
        "optional": { "type": "string", "nullable": true },
        "parts": { "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
            "items": { "type": "object", "required": ["name"], "properties": {
                "name": { "type": "string" }, "weight": { "type": "integer", "default": 3 } } } },
        "tags": { "type": "array", "x-kubernetes-list-type": "set", "items": { "type": "string" } },
        "deep": { "type": "object", "default": {}, "properties": { "level": { "type": "string", "default": "low" } } },
    }, "x-kubernetes-validations": [
        { "rule": "self.size < 8 || self.color == 'green'", "message": "large widgets are green", "fieldPath": ".color" },
        { "rule": "!has(self.ratio) || self.ratio < 2.0" },
        { "rule": "has(self.fixed) || !has(oldSelf.fixed)", "message": "fixed cannot be taken away" },
    ] });
    let status = json!({ "type": "object", "properties": {
        "phase": { "type": "string", "enum": ["Good", "Bad"] }, "replicas": { "type": "integer" }, "selector": { "type": "string" },
        "conditions": { "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"],
            "items": { "type": "object", "required": ["type", "status"], "properties": { "type": { "type": "string" }, "status": { "type": "string" } } } } } });
    let version = |name: &str, storage: bool| {
        json!({ "name": name, "served": true, "storage": storage,
        "schema": { "openAPIV3Schema": { "type": "object", "properties": { "spec": spec, "status": status } } },
        "subresources": { "status": {}, "scale": { "specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas", "labelSelectorPath": ".status.selector" } },
        "additionalPrinterColumns": [
            { "name": "Size", "type": "integer", "jsonPath": ".spec.size" },
            { "name": "Phase", "type": "string", "jsonPath": ".status.phase", "description": "how it is" },
            { "name": "Ready", "type": "string", "jsonPath": ".status.conditions[?(@.type==\"Ready\")].status", "priority": 1 },
        ] })
    };
    json!({ "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": { "name": "widgets.{id}.contract.test" },
        "spec": { "group": "{id}.contract.test", "scope": "Namespaced",
            "names": { "kind": "Widget", "plural": "widgets", "singular": "widget", "shortNames": ["wd"], "categories": ["all"] },
            "versions": [version("v1", true), version("v1beta1", false)] } })
}

pub const WIDGETS: &str = "widgets.{id}.contract.test";

pub fn widget(name: &str, spec: Value) -> Value {
    json!({ "apiVersion": "{id}.contract.test/v1", "kind": "Widget", "metadata": { "name": name }, "spec": spec })
}

pub fn create(spec: Value) -> crate::kit::Call {
    post(WIDGETS, widget("x", spec))
}

pub fn x() -> String {
    format!("{WIDGETS}/x")
}

fn with_query(query: &str) -> String {
    format!("{WIDGETS}?{query}")
}

async fn a_finalizer_needs_no_domain(case: &mut Case<'_>) {
    case.define(widgets()).await;
    case.send(create(json!({ "size": 1 }))).await;
    for name in ["widget.contract.test", "plain", "contract.test/own", "a b"] {
        let patch = json!({ "metadata": { "finalizers": [name] } });
        case.glance(name, merge(&x(), patch), &["/reason", "/code", "/metadata/finalizers"]).await;
    }
    // Whoever holds it lets go, so that the namespace can end.
    case.send(merge(&x(), json!({ "metadata": { "finalizers": null } }))).await;
}

async fn unknown_fields_are_pruned_and_warned_of(case: &mut Case<'_>) {
    case.define(widgets()).await;
    let object = json!({ "size": 1, "sise": 2, "deep": { "level": "high", "none": true }, "parts": [{ "name": "a", "odd": 1 }] });
    case.tell("create", create(object)).await;
    case.tell("patch", merge(&x(), json!({ "spec": { "other": 1 }, "odd": {} }))).await;
    let plain = merge(&x(), json!({ "spec": { "size": 2 } }));
    case.tell("nothing unknown", plain).await;
}

async fn unknown_fields_are_refused_where_validation_is_strict(case: &mut Case<'_>) {
    case.define(widgets()).await;
    let object = widget("x", json!({ "size": 1, "sise": 2, "deep": { "none": true } }));
    case.tell("create", post(&with_query("fieldValidation=Strict"), object)).await;
    case.send(create(json!({ "size": 1 }))).await;
    let strict = format!("{}?fieldValidation=Strict", x());
    case.glance("patch", merge(&strict, json!({ "spec": { "other": 1 } })), &["/reason", "/code"]).await;
    case.glance("a good one", merge(&strict, json!({ "spec": { "size": 2 } })), &["/spec/size"]).await;
}

async fn unknown_fields_go_silently_where_they_are_ignored(case: &mut Case<'_>) {
    case.define(widgets()).await;
    case.tell(
        "create",
        post(&with_query("fieldValidation=Ignore"), widget("x", json!({ "size": 1, "sise": 2 }))),
    )
    .await;
}

async fn an_unknown_validation_is_refused(case: &mut Case<'_>) {
    case.define(widgets()).await;
    case.tell("create", post(&with_query("fieldValidation=Some"), widget("x", json!({ "size": 1 })))).await;
    let config_map = json!({ "metadata": { "name": "x" } });
    case.tell("of a builtin kind", post("configmaps?fieldValidation=Some", config_map)).await;
}

async fn defaults_are_filled_in_on_every_level(case: &mut Case<'_>) {
    case.define(widgets()).await;
    case.tell(
        "create",
        create(json!({ "size": 1, "parts": [{ "name": "a" }, { "name": "b", "weight": 5 }] })),
    )
    .await;
    case.tell("take one away", merge(&x(), json!({ "spec": { "color": null, "deep": null } }))).await;
}

async fn enumerations_patterns_and_bounds_are_held(case: &mut Case<'_>) {
    case.define(widgets()).await;
    case.tell("enum", create(json!({ "size": 1, "color": "blue" }))).await;
    case.tell("pattern", create(json!({ "size": 1, "name": "A1" }))).await;
    case.tell("too long", create(json!({ "size": 1, "name": "abcdef" }))).await;
    case.tell("too short", create(json!({ "size": 1, "name": "a" }))).await;
    case.tell("too small", create(json!({ "size": 0 }))).await;
    case.tell("too large", create(json!({ "size": 10, "color": "green" }))).await;
    case.tell("too many", create(json!({ "size": 1, "urls": ["https://a", "https://b"] }))).await;
    case.tell("of an item", create(json!({ "size": 1, "urls": ["http://a"] }))).await;
    case.tell("of a map", create(json!({ "size": 1, "map": { "a": "b" } }))).await;
}

async fn a_required_field_is_asked_for(case: &mut Case<'_>) {
    case.define(widgets()).await;
    case.tell("none", create(json!({}))).await;
    case.tell("null", create(json!({ "size": null }))).await;
    case.tell("of an item", create(json!({ "size": 1, "parts": [{ "weight": 1 }] }))).await;
}

async fn a_rule_is_judged_in_its_own_words(case: &mut Case<'_>) {
    case.define(widgets()).await;
    case.tell("create", create(json!({ "size": 8 }))).await;
    case.glance("green", create(json!({ "size": 8, "color": "green" })), &["/spec/size"]).await;
    case.tell("change", merge(&x(), json!({ "spec": { "color": "red" } }))).await;
}

async fn a_rule_without_words_is_shown_itself(case: &mut Case<'_>) {
    case.define(widgets()).await;
    case.tell("create", create(json!({ "size": 1, "ratio": 2.5 }))).await;
}

async fn a_transition_is_refused(case: &mut Case<'_>) {
    case.define(widgets()).await;
    case.send(create(json!({ "size": 3, "urls": ["https://a"] }))).await;
    case.tell("shrink", merge(&x(), json!({ "spec": { "size": 2 } }))).await;
    case.glance("grow", merge(&x(), json!({ "spec": { "size": 4 } })), &["/spec/size"]).await;
    case.tell("another url", merge(&x(), json!({ "spec": { "urls": ["https://b"] } }))).await;
    case.tell("two mistakes", merge(&x(), json!({ "spec": { "urls": ["https://b"], "size": 1 } }))).await;
    case.tell("json patch", patch(&x(), json!([{ "op": "replace", "path": "/spec/size", "value": 1 }])))
        .await;
    case.glance(
        "take the list away",
        merge(&x(), json!({ "spec": { "urls": null } })),
        &["/spec/urls", "/reason"],
    )
    .await;
}

async fn a_field_that_was_set_once_stays(case: &mut Case<'_>) {
    case.define(widgets()).await;
    case.send(create(json!({ "size": 1 }))).await;
    case.glance("set it", merge(&x(), json!({ "spec": { "fixed": "a" } })), &["/spec/fixed"]).await;
    case.tell("change it", merge(&x(), json!({ "spec": { "fixed": "b" } }))).await;
    case.tell("take it away", merge(&x(), json!({ "spec": { "fixed": null } }))).await;
}

async fn nothing_is_judged_twice_where_it_did_not_change(case: &mut Case<'_>) {
    case.define(widgets()).await;
    case.send(create(json!({ "size": 1, "name": "abc" }))).await;
    let definition = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.{id}.contract.test";
    let stricter = json!([{ "op": "replace", "path": "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/name/pattern", "value": "^[x-z]+$" }]);
    case.glance("a stricter definition", patch(definition, stricter), &["/metadata/name"]).await;
    // The new schema counts a moment after it is written.
    let refused = async {
        while case
            .send(post(&with_query("dryRun=All"), widget("y", json!({ "size": 1, "name": "abc" }))))
            .await
            .code
            != 422
        {}
    };
    tokio::time::timeout(crate::kit::LIMIT, refused).await.unwrap();
    case.glance("another field", merge(&x(), json!({ "spec": { "size": 2 } })), &["/spec/size", "/reason"])
        .await;
    case.tell("the field itself", merge(&x(), json!({ "spec": { "name": "abd" } }))).await;
}

async fn the_status_is_a_part_of_its_own(case: &mut Case<'_>) {
    case.define(widgets()).await;
    let mut object = widget("x", json!({ "size": 1 }));
    object["status"] = json!({ "phase": "Good" });
    case.tell("create", post(WIDGETS, object)).await;
    case.tell("patch the object", merge(&x(), json!({ "status": { "phase": "Good" } }))).await;
    let status = format!("{}/status", x());
    case.tell("patch the status", merge(&status, json!({ "status": { "phase": "Good", "odd": 1 }, "spec": { "size": 5 }, "metadata": { "labels": { "a": "b" } } }))).await;
    case.tell("a bad status", merge(&status, json!({ "status": { "phase": "Ugly" } }))).await;
    case.tell("get the status", get(&status)).await;
    case.tell("take it away", patch(&status, json!([{ "op": "remove", "path": "/status" }]))).await;
}

async fn a_put_needs_the_version(case: &mut Case<'_>) {
    case.define(widgets()).await;
    let made = case.send(create(json!({ "size": 1 }))).await;
    case.tell("without", put(&x(), widget("x", json!({ "size": 2 })))).await;
    case.tell("with", put(&x(), made.with("/spec/size", 2))).await;
    case.tell("with a stale one", put(&x(), made.with("/spec/size", 3))).await;
    case.tell("of nothing", put(&format!("{WIDGETS}/none"), widget("none", json!({ "size": 2 })))).await;
}

async fn the_generation_counts_the_specification(case: &mut Case<'_>) {
    case.define(widgets()).await;
    let parts = ["/metadata/generation"];
    case.show("create", create(json!({ "size": 1 })), &parts).await;
    case.show("labels", merge(&x(), json!({ "metadata": { "labels": { "a": "b" } } })), &parts).await;
    case.show("specification", merge(&x(), json!({ "spec": { "size": 2 } })), &parts).await;
    case.show("status", merge(&format!("{}/status", x()), json!({ "status": { "phase": "Good" } })), &parts)
        .await;
    case.show("nothing", merge(&x(), json!({ "spec": { "size": 2 } })), &parts).await;
    case.show("finalizer", merge(&x(), json!({ "metadata": { "finalizers": ["lab.test/hold"] } })), &parts)
        .await;
    case.show("delete", delete(&x(), Value::Null), &parts).await;
    case.tell("let it go", merge(&x(), json!({ "metadata": { "finalizers": null } }))).await;
}

async fn a_scale_is_read_from_its_paths(case: &mut Case<'_>) {
    case.define(widgets()).await;
    case.send(create(json!({ "size": 1, "replicas": 3 }))).await;
    let scale = format!("{}/scale", x());
    case.tell("get", get(&scale)).await;
    case.send(merge(&format!("{}/status", x()), json!({ "status": { "replicas": 2, "selector": "a=b" } })))
        .await;
    case.tell("patch", merge(&scale, json!({ "spec": { "replicas": 5 } }))).await;
    case.show("the object", get(&x()), &["/spec/replicas", "/metadata/generation"]).await;
}

async fn columns_of_the_definition_are_shown(case: &mut Case<'_>) {
    case.define(widgets()).await;
    case.send(create(json!({ "size": 1 }))).await;
    case.send(post(WIDGETS, widget("y", json!({ "size": 2 })))).await;
    let status =
        json!({ "status": { "phase": "Good", "conditions": [{ "type": "Ready", "status": "True" }] } });
    case.send(merge(&format!("{WIDGETS}/y/status"), status)).await;
    let table =
        case.send(get(WIDGETS).header("accept", "application/json;as=Table;g=meta.k8s.io;v=v1")).await;
    let of = |list: &str, fields: &[&str]| -> Value {
        let list = table.body[list].as_array().into_iter().flatten();
        list.map(|item| fields.iter().map(|field| item[*field].clone()).collect::<Value>()).collect()
    };
    case.note("columns", of("columnDefinitions", &["name", "type", "format", "priority"]));
    case.note("description", table.body["columnDefinitions"][2]["description"].clone());
    case.note("rows", of("rows", &["cells"]));
}

async fn two_versions_show_the_same_object(case: &mut Case<'_>) {
    case.define(widgets()).await;
    case.send(create(json!({ "size": 1 }))).await;
    let beta = "/apis/{id}.contract.test/v1beta1/namespaces/{ns}/widgets/x";
    case.tell("get", get(beta)).await;
    case.tell("patch", merge(beta, json!({ "spec": { "size": 2 } }))).await;
    case.tell("get the first", get(&x())).await;
    let wrong =
        post("/apis/{id}.contract.test/v1beta1/namespaces/{ns}/widgets", widget("y", json!({ "size": 1 })));
    case.glance("another version in the body", wrong, &["/reason", "/code"]).await;
}

async fn a_strategic_patch_is_not_for_custom_kinds(case: &mut Case<'_>) {
    case.define(widgets()).await;
    case.send(create(json!({ "size": 1 }))).await;
    case.tell("patch", strategic(&x(), json!({ "spec": { "size": 2 } }))).await;
}

async fn free_fields_keep_everything(case: &mut Case<'_>) {
    case.define(widgets()).await;
    case.tell(
        "create",
        create(json!({ "size": 1, "free": { "a": { "b": [1, "c", null] } }, "map": { "x": 1 } })),
    )
    .await;
}

async fn null_is_dropped_or_defaulted(case: &mut Case<'_>) {
    case.define(widgets()).await;
    case.tell(
        "create",
        create(json!({ "size": 1, "name": null, "color": null, "optional": null, "deep": null })),
    )
    .await;
}

async fn int_or_string_takes_both(case: &mut Case<'_>) {
    case.define(widgets()).await;
    case.glance("a number", create(json!({ "size": 1, "port": 80 })), &["/spec/port"]).await;
    case.glance("a text", merge(&x(), json!({ "spec": { "port": "http" } })), &["/spec/port"]).await;
}

async fn a_custom_object_is_not_found_by_kind_and_group(case: &mut Case<'_>) {
    case.define(widgets()).await;
    case.tell("get", get(&x())).await;
    case.tell("create", create(json!({ "size": 1 }))).await;
    case.tell("taken", create(json!({ "size": 1 }))).await;
    case.tell("bad name", post(WIDGETS, widget("Bad", json!({ "size": 1 })))).await;
    case.tell("delete", delete(&x(), Value::Null)).await;
    case.tell("delete again", delete(&x(), Value::Null)).await;
    case.tell("list", get(WIDGETS)).await;
    case.tell("field selector", get(&with_query("fieldSelector=spec.size%3D1"))).await;
    let mut wrong = widget("x", json!({ "size": 1 }));
    wrong["kind"] = "Gadget".into();
}

async fn an_object_of_the_cluster_has_no_namespace(case: &mut Case<'_>) {
    let mut definition = widgets();
    definition["spec"]["scope"] = "Cluster".into();
    case.define(definition).await;
    let path = "/apis/{id}.contract.test/v1/widgets";
    case.tell("create", post(path, widget("x", json!({ "size": 1 })))).await;
    case.tell("get", get(&format!("{path}/x"))).await;
    case.tell("in a namespace", get(&x())).await;
}
