//! Objects one by one: created, read, replaced and deleted, and how a server refuses it.

use serde_json::{Value, json};

use crate::kit::{Case, delete, get, merge, patch, post, put, strategic};

cases!("objects":
    a_created_object_is_given_back_whole,
    a_name_that_is_taken_is_refused,
    a_missing_object_is_not_found_by_any_verb,
    a_missing_namespace_is_not_found_on_create_and_empty_on_list,
    an_object_without_a_name_is_refused,
    a_generated_name_has_the_prefix_and_five_letters,
    what_the_server_decides_cannot_be_set,
    a_version_cannot_be_set_on_create,
    a_write_over_a_stale_version_conflicts,
    a_write_without_a_version_goes_through,
    a_write_that_changes_nothing_makes_no_version,
    a_write_of_another_uid_conflicts,
    a_body_of_another_name_than_the_url_is_refused,
    a_body_of_another_namespace_than_the_url_is_refused,
    a_body_of_another_kind_or_version_is_refused,
    a_body_without_a_type_is_taken_for_what_the_url_says,
    a_body_that_cannot_be_read_is_refused,
    a_body_of_an_unknown_media_type_is_refused,
    a_body_in_yaml_is_read,
    an_answer_in_a_form_that_the_server_lacks_is_not_acceptable,
    a_method_that_the_path_does_not_know_is_not_allowed,
    a_path_that_nothing_serves_is_not_found,
    a_deleted_object_is_named_in_a_status,
    a_deletion_holds_only_under_its_preconditions,
    a_deletion_with_unreadable_options_is_refused,
    empty_metadata_is_dropped,
    null_fields_are_dropped,
    a_collection_is_deleted_by_selector,
    every_write_makes_a_later_version,
);

pub fn config_map(name: &str) -> Value {
    json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": name }, "data": { "a": "1" } })
}

async fn a_created_object_is_given_back_whole(case: &mut Case<'_>) {
    let mut object = config_map("x");
    object["metadata"]["labels"] = json!({ "app": "etcd" });
    object["metadata"]["annotations"] = json!({ "note": "first" });
    object["binaryData"] = json!({ "b": "AAEC" });
    case.tell("create", post("configmaps", object)).await;
    case.tell("get", get("configmaps/x")).await;
    case.tell("list", get("configmaps")).await;
}

async fn a_name_that_is_taken_is_refused(case: &mut Case<'_>) {
    case.tell("create", post("configmaps", config_map("x"))).await;
    case.tell("create again", post("configmaps", config_map("x"))).await;
    let namespace = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "{ns}" } });
    case.tell("create its namespace again", post("/api/v1/namespaces", namespace)).await;
    let lease =
        json!({ "apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": { "name": "x" } });
    case.send(post("leases.coordination.k8s.io", lease.clone())).await;
    case.tell("create a lease again", post("leases.coordination.k8s.io", lease)).await;
}

async fn a_missing_object_is_not_found_by_any_verb(case: &mut Case<'_>) {
    case.tell("get", get("configmaps/none")).await;
    case.tell("get of a group", get("deployments.apps/none")).await;
    case.tell("get of the whole cluster", get("/api/v1/nodes/none-{id}")).await;
    case.tell("put", put("configmaps/none", config_map("none"))).await;
    case.tell("delete", delete("configmaps/none", Value::Null)).await;
    case.tell("merge patch", merge("configmaps/none", json!({ "data": { "a": "1" } }))).await;
    case.tell("json patch", patch("configmaps/none", json!([{ "op": "remove", "path": "/data" }]))).await;
    case.tell("strategic patch", strategic("configmaps/none", json!({ "data": { "a": "1" } }))).await;
    case.tell("status", get("deployments.apps/none/status")).await;
    case.tell("scale", get("deployments.apps/none/scale")).await;
}

async fn a_missing_namespace_is_not_found_on_create_and_empty_on_list(case: &mut Case<'_>) {
    case.tell("create", post("/api/v1/namespaces/none-{id}/configmaps", config_map("x"))).await;
    case.tell("list", get("/api/v1/namespaces/none-{id}/configmaps")).await;
    case.tell("get", get("/api/v1/namespaces/none-{id}/configmaps/x")).await;
    case.tell("get the namespace", get("/api/v1/namespaces/none-{id}")).await;
    case.tell("create in no namespace", post("/api/v1/configmaps", config_map("x"))).await;
}

async fn an_object_without_a_name_is_refused(case: &mut Case<'_>) {
    case.tell("none", post("configmaps", json!({ "data": { "a": "1" } }))).await;
    case.tell("empty", post("configmaps", config_map(""))).await;
    let role = json!({ "metadata": {}, "rules": [] });
    case.tell("a role", post("roles.rbac.authorization.k8s.io", role)).await;
}

async fn a_generated_name_has_the_prefix_and_five_letters(case: &mut Case<'_>) {
    let wanted = json!({ "metadata": { "generateName": "made-" }, "data": {} });
    let made = case.send(post("configmaps", wanted)).await;
    let name = made.text("/metadata/name").to_owned();
    case.note("length", name.len());
    case.note("prefix", name.starts_with("made-"));
    case.stands_for(&name, "<generated>");
    case.note("object", made.body.pointer("/metadata/generateName").cloned().unwrap_or_default());
    case.tell("get", get(&format!("configmaps/{name}"))).await;
    let both = json!({ "metadata": { "generateName": "made-", "name": "given" } });
    case.tell("a name counts more", post("configmaps", both)).await;
}

async fn what_the_server_decides_cannot_be_set(case: &mut Case<'_>) {
    let mut object = config_map("x");
    object["metadata"]["uid"] = "0b0c9a3e-8a5e-4f0c-9c57-0a1b2c3d4e5f".into();
    object["metadata"]["creationTimestamp"] = "2001-01-01T00:00:00Z".into();
    object["metadata"]["deletionTimestamp"] = "2001-01-01T00:00:00Z".into();
    object["metadata"]["deletionGracePeriodSeconds"] = 5.into();
    object["metadata"]["generation"] = 7.into();
    object["metadata"]["selfLink"] = "/x".into();
    let made = case.tell("create", post("configmaps", object)).await;
    case.note("the uid is its own", made.text("/metadata/uid") != "0b0c9a3e-8a5e-4f0c-9c57-0a1b2c3d4e5f");
    case.note("the time is its own", !made.text("/metadata/creationTimestamp").starts_with("2001"));
}

async fn a_version_cannot_be_set_on_create(case: &mut Case<'_>) {
    let mut object = config_map("x");
    object["metadata"]["resourceVersion"] = "1".into();
    case.tell("create", post("configmaps", object)).await;
}

async fn a_write_over_a_stale_version_conflicts(case: &mut Case<'_>) {
    let first = case.send(post("configmaps", config_map("x"))).await;
    case.tell("put", put("configmaps/x", first.with("/data/a", "2"))).await;
    case.tell("put over the first version", put("configmaps/x", first.with("/data/a", "3"))).await;
    let patch = json!({ "metadata": { "resourceVersion": first.text("/metadata/resourceVersion") }, "data": { "a": "4" } });
    case.tell("patch over the first version", merge("configmaps/x", patch)).await;
    case.tell(
        "put with a version that is no number",
        put("configmaps/x", first.with("/metadata/resourceVersion", "x")),
    )
    .await;
    case.tell("get", get("configmaps/x")).await;
}

async fn a_write_without_a_version_goes_through(case: &mut Case<'_>) {
    case.send(post("configmaps", config_map("x"))).await;
    let mut object = config_map("x");
    object["data"] = json!({ "b": "2" });
    case.tell("put", put("configmaps/x", object)).await;
}

async fn a_write_that_changes_nothing_makes_no_version(case: &mut Case<'_>) {
    let first = case.tell("create", post("configmaps", config_map("x"))).await;
    case.tell("put", put("configmaps/x", first.body.clone())).await;
    case.tell("merge patch", merge("configmaps/x", json!({ "data": { "a": "1" } }))).await;
    case.tell(
        "json patch",
        patch("configmaps/x", json!([{ "op": "replace", "path": "/data/a", "value": "1" }])),
    )
    .await;
    case.tell("empty json patch", patch("configmaps/x", json!([]))).await;
    case.tell("strategic patch", strategic("configmaps/x", json!({ "data": { "a": "1" } }))).await;
    case.tell("empty patch", merge("configmaps/x", json!({}))).await;
}

async fn a_write_of_another_uid_conflicts(case: &mut Case<'_>) {
    let first = case.send(post("configmaps", config_map("x"))).await;
    let other = "0b0c9a3e-8a5e-4f0c-9c57-0a1b2c3d4e5f";
    case.tell("put", put("configmaps/x", first.with("/metadata/uid", other))).await;
    case.tell(
        "its own",
        merge("configmaps/x", json!({ "metadata": { "uid": first.text("/metadata/uid") } })),
    )
    .await;
}

async fn a_body_of_another_name_than_the_url_is_refused(case: &mut Case<'_>) {
    case.send(post("configmaps", config_map("x"))).await;
    case.tell("put", put("configmaps/x", config_map("y"))).await;
    case.tell("merge patch", merge("configmaps/x", json!({ "metadata": { "name": "y" } }))).await;
    case.tell(
        "json patch",
        patch("configmaps/x", json!([{ "op": "replace", "path": "/metadata/name", "value": "y" }])),
    )
    .await;
    let mut nameless = config_map("x");
    nameless["metadata"] = json!({});
    case.tell("put without a name", put("configmaps/x", nameless)).await;
}

async fn a_body_of_another_namespace_than_the_url_is_refused(case: &mut Case<'_>) {
    let mut elsewhere = config_map("x");
    elsewhere["metadata"]["namespace"] = "default".into();
    case.tell("create", post("configmaps", elsewhere.clone())).await;
    case.send(post("configmaps", config_map("x"))).await;
    case.tell("put", put("configmaps/x", elsewhere)).await;
    case.tell("patch", merge("configmaps/x", json!({ "metadata": { "namespace": "default" } }))).await;
    let mut here = config_map("y");
    here["metadata"]["namespace"] = "{ns}".into();
    case.tell("the same namespace", post("configmaps", here)).await;
}

async fn a_body_of_another_kind_or_version_is_refused(case: &mut Case<'_>) {
    let mut secret = config_map("x");
    secret["kind"] = "Secret".into();
    let mut later = config_map("x");
    later["apiVersion"] = "v2".into();
    case.send(post("configmaps", config_map("x"))).await;
    let deployment =
        json!({ "apiVersion": "apps/v1beta1", "kind": "Deployment", "metadata": { "name": "x" } });
    case.tell("an old version of a group", post("deployments.apps", deployment)).await;
}

async fn a_body_without_a_type_is_taken_for_what_the_url_says(case: &mut Case<'_>) {
    case.tell("create", post("configmaps", json!({ "metadata": { "name": "x" }, "data": { "a": "1" } })))
        .await;
    case.tell("put", put("configmaps/x", json!({ "metadata": { "name": "x" }, "data": { "a": "2" } }))).await;
}

async fn a_body_that_cannot_be_read_is_refused(case: &mut Case<'_>) {
    let create = || post("configmaps", json!({}));
    case.glance("half a body", create().text("{\"kind\":"), &["/reason"]).await;
    case.glance("a list", create().text("[]"), &["/reason"]).await;
    case.glance("no body", create().text(""), &["/reason"]).await;
    let mut wrong = config_map("x");
    wrong["data"] = json!({ "a": 1 });
    case.glance("a number for a text", post("configmaps", wrong), &["/reason"]).await;
    let mut wrong = config_map("x");
    wrong["metadata"]["labels"] = json!({ "a": true });
    case.glance("a label that is no text", post("configmaps", wrong), &["/reason"]).await;
    let mut wrong = config_map("x");
    wrong["metadata"]["finalizers"] = "one".into();
    case.glance("finalizers that are no list", post("configmaps", wrong), &["/reason"]).await;
    let mut wrong = config_map("x");
    wrong["metadata"] = "x".into();
    case.glance("metadata that is no map", post("configmaps", wrong), &["/reason"]).await;
    case.send(post("configmaps", config_map("x"))).await;
    let patch = |body: &str| merge("configmaps/x", json!({})).text(body);
    case.glance("half a patch", patch("{\"data\":"), &["/reason"]).await;
}

async fn a_body_of_an_unknown_media_type_is_refused(case: &mut Case<'_>) {
    let xml = post("configmaps", config_map("x")).header("content-type", "application/xml");
    case.tell("create", xml).await;
    case.send(post("configmaps", config_map("x"))).await;
    let text = put("configmaps/x", config_map("x")).header("content-type", "text/plain");
    case.tell("put", text).await;
    let json = merge("configmaps/x", json!({})).header("content-type", "application/json");
    case.tell("patch", json).await;
}

async fn a_body_in_yaml_is_read(case: &mut Case<'_>) {
    let yaml = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\ndata:\n  a: \"1\"\n";
    let create = post("configmaps", json!({})).header("content-type", "application/yaml").text(yaml);
    case.tell("create", create).await;
}

async fn an_answer_in_a_form_that_the_server_lacks_is_not_acceptable(case: &mut Case<'_>) {
    case.tell("get", get("configmaps").header("accept", "text/html")).await;
    case.glance(
        "a list of wishes",
        get("configmaps").header("accept", "text/html, application/json;q=0.5"),
        &["/kind"],
    )
    .await;
    case.glance("anything", get("configmaps").header("accept", "*/*"), &["/kind"]).await;
}

async fn a_method_that_the_path_does_not_know_is_not_allowed(case: &mut Case<'_>) {
    case.send(post("configmaps", config_map("x"))).await;
    case.tell("create at an object", post("configmaps/x", config_map("x"))).await;
    case.tell("put at a collection", put("configmaps", config_map("x"))).await;
    case.tell("patch at a collection", merge("configmaps", json!({}))).await;
    case.tell("delete a status", delete("deployments.apps/x/status", Value::Null)).await;
    let all = delete("/api/v1/configmaps", Value::Null).method("DELETE");
    case.tell("delete in all namespaces", all).await;
    let review = get("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews");
    case.tell("list of reviews", review).await;
}

async fn a_path_that_nothing_serves_is_not_found(case: &mut Case<'_>) {
    case.tell("resource", get("widgets")).await;
    case.tell("group", get("/apis/nothing.{id}.test/v1/widgets")).await;
    case.tell("version", get("/apis/apps/v7/deployments")).await;
    case.tell("create", post("widgets", config_map("x"))).await;
    case.send(post("configmaps", config_map("x"))).await;
    case.tell("subresource", get("configmaps/x/status")).await;
    case.tell("path", get("/nothing")).await;
    case.tell("a namespaced kind without its namespace", get("/api/v1/configmaps/x")).await;
}

async fn a_deleted_object_is_named_in_a_status(case: &mut Case<'_>) {
    case.tell("create", post("configmaps", config_map("x"))).await;
    case.tell("delete", delete("configmaps/x", Value::Null)).await;
    case.tell("delete again", delete("configmaps/x", Value::Null)).await;
    case.tell("get", get("configmaps/x")).await;
    let lease = json!({ "metadata": { "name": "x" } });
    case.send(post("leases.coordination.k8s.io", lease)).await;
    case.tell("delete of a group", delete("leases.coordination.k8s.io/x", Value::Null)).await;
    let account = json!({ "metadata": { "name": "x" } });
    case.send(post("serviceaccounts", account)).await;
    case.tell("delete a service account", delete("serviceaccounts/x", Value::Null)).await;
    let service = json!({ "metadata": { "name": "x" }, "spec": { "ports": [{ "port": 80 }] } });
    case.send(post("services", service)).await;
}

async fn a_deletion_holds_only_under_its_preconditions(case: &mut Case<'_>) {
    let made = case.tell("create", post("configmaps", config_map("x"))).await;
    let other = "0b0c9a3e-8a5e-4f0c-9c57-0a1b2c3d4e5f";
    let options = json!({ "preconditions": { "uid": other } });
    case.tell("another uid", delete("configmaps/x", options)).await;
    case.stands_for(made.text("/metadata/resourceVersion"), "<its version>");
    let options = json!({ "preconditions": { "resourceVersion": "1" } });
    case.tell("another version", delete("configmaps/x", options)).await;
    let options = json!({ "preconditions": {
        "uid": made.text("/metadata/uid"), "resourceVersion": made.text("/metadata/resourceVersion") } });
    case.tell("its own", delete("configmaps/x", options)).await;
}

async fn a_deletion_with_unreadable_options_is_refused(case: &mut Case<'_>) {
    case.send(post("configmaps", config_map("x"))).await;
    case.tell("policy", delete("configmaps/x", json!({ "propagationPolicy": "Never" }))).await;
    case.tell("policy in the query", delete("configmaps/x?propagationPolicy=Never", Value::Null)).await;
    let both = json!({ "propagationPolicy": "Orphan", "orphanDependents": true });
    case.tell("both ways", delete("configmaps/x", both)).await;
    case.tell("dry run", delete("configmaps/x", json!({ "dryRun": ["Some"] }))).await;
    case.glance("no map", delete("configmaps/x", json!([1])), &["/reason"]).await;
    case.tell("it is still there", get("configmaps/x")).await;
    case.tell("options in the query", delete("configmaps/x?propagationPolicy=Background", Value::Null)).await;
}

async fn empty_metadata_is_dropped(case: &mut Case<'_>) {
    let mut object = config_map("x");
    for (field, value) in [
        ("labels", json!({})),
        ("annotations", json!({})),
        ("finalizers", json!([])),
        ("ownerReferences", json!([])),
    ] {
        object["metadata"][field] = value;
    }
    object["data"] = json!({});
    case.tell("create", post("configmaps", object.clone())).await;
    case.tell("put", put("configmaps/x", object)).await;
}

async fn null_fields_are_dropped(case: &mut Case<'_>) {
    let mut object = config_map("x");
    object["metadata"]["labels"] = Value::Null;
    object["metadata"]["annotations"] = json!({ "a": "1" });
    object["binaryData"] = Value::Null;
    object["immutable"] = Value::Null;
    case.tell("create", post("configmaps", object)).await;
    case.tell(
        "put",
        put("configmaps/x", json!({ "metadata": { "name": "x", "annotations": null }, "data": null })),
    )
    .await;
}

async fn a_collection_is_deleted_by_selector(case: &mut Case<'_>) {
    for (name, app) in [("a", "one"), ("b", "two"), ("c", "one")] {
        let mut object = config_map(name);
        object["metadata"]["labels"] = json!({ "app": app });
        case.send(post("configmaps", object)).await;
    }
    case.glance("dry run", delete("configmaps?dryRun=All", Value::Null), &["/kind"]).await;
    case.show(
        "delete",
        delete("configmaps?labelSelector=app%3Done", Value::Null),
        &["/kind", "/items/0/metadata/name", "/items/1/metadata/name", "/items/2"],
    )
    .await;
    case.tell("list", get("configmaps")).await;
    case.glance(
        "by a bad selector",
        delete("configmaps?labelSelector=a%20in%20b", Value::Null),
        &["/reason"],
    )
    .await;
    case.show("delete all", delete("configmaps", Value::Null), &["/items/0/metadata/name", "/items/1"]).await;
    case.tell("list again", get("configmaps")).await;
}

async fn every_write_makes_a_later_version(case: &mut Case<'_>) {
    let first = case.send(post("configmaps", config_map("x"))).await;
    let second = case.send(merge("configmaps/x", json!({ "data": { "a": "2" } }))).await;
    let third = case.send(put("configmaps/x", config_map("x"))).await;
    let other = case.send(post("configmaps", config_map("y"))).await;
    let versions = [&first, &second, &third, &other].map(crate::kit::Answer::version);
    case.note("they rise", versions.is_sorted_by(|one, next| one < next));
    let list = case.send(get("configmaps")).await;
    case.note("the list is not older", list.version() >= other.version());
}
