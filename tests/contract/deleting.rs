//! Deletion: finalizers, grace, what becomes of dependents, and the end of namespaces.

use serde_json::{Value, json};

use crate::kit::{Answer, Case, delete, get, merge, post, put};
use crate::objects::config_map;
use crate::workloads::{deployment, pod};

cases!("deleting":
    a_finalizer_holds_an_object_until_it_is_taken_away,
    a_name_is_taken_while_its_object_is_terminating,
    no_finalizer_can_be_added_to_what_is_terminating,
    a_deletion_counts_the_generation,
    a_deletion_of_something_that_is_terminating_changes_nothing,
    a_pod_without_a_node_goes_at_once,
    a_pod_on_a_node_stops_in_grace,
    a_pods_own_grace_is_the_default,
    an_ended_pod_goes_at_once,
    dependents_go_in_the_background,
    dependents_go_first_in_the_foreground,
    a_foreground_deletion_waits_for_those_that_block_it,
    dependents_stay_as_orphans,
    orphans_are_made_in_the_old_way_too,
    an_object_with_one_of_two_owners_left_stays,
    an_object_of_an_owner_that_never_was_is_collected,
    a_namespace_empties_itself_and_goes,
    nothing_is_created_in_a_terminating_namespace,
    a_namespace_waits_for_finalizers_in_it,
    a_collection_with_finalizers_is_marked,
    a_pods_grace_can_be_shortened,
);

fn held(name: &str) -> Value {
    let mut object = config_map(name);
    object["metadata"]["finalizers"] = json!(["lab.test/hold"]);
    object
}

fn owned_by(name: &str, owner: &Answer) -> Value {
    let mut object = config_map(name);
    object["metadata"]["ownerReferences"] = json!([reference(owner)]);
    object
}

fn reference(owner: &Answer) -> Value {
    json!({ "apiVersion": "v1", "kind": "ConfigMap", "name": owner.text("/metadata/name"), "uid": owner.text("/metadata/uid") })
}

async fn release(case: &mut Case<'_>, target: &str) {
    case.send(merge(target, json!({ "metadata": { "finalizers": null } }))).await;
}

async fn a_finalizer_holds_an_object_until_it_is_taken_away(case: &mut Case<'_>) {
    case.send(post("configmaps", held("x"))).await;
    case.tell("delete", delete("configmaps/x", Value::Null)).await;
    case.tell("get", get("configmaps/x")).await;
    case.tell("take it away", merge("configmaps/x", json!({ "metadata": { "finalizers": [] } }))).await;
    case.tell("get again", get("configmaps/x")).await;
}

async fn a_name_is_taken_while_its_object_is_terminating(case: &mut Case<'_>) {
    case.send(post("configmaps", held("x"))).await;
    case.send(delete("configmaps/x", Value::Null)).await;
    case.tell("create", post("configmaps", config_map("x"))).await;
    release(case, "configmaps/x").await;
    case.tell("create when it is gone", post("configmaps", config_map("x"))).await;
}

async fn no_finalizer_can_be_added_to_what_is_terminating(case: &mut Case<'_>) {
    case.send(post("configmaps", held("x"))).await;
    case.send(delete("configmaps/x", Value::Null)).await;
    let more = json!({ "metadata": { "finalizers": ["lab.test/hold", "lab.test/more"] } });
    case.tell("add", merge("configmaps/x", more)).await;
    let other = json!({ "metadata": { "finalizers": ["lab.test/other"] } });
    case.tell("exchange", merge("configmaps/x", other)).await;
    release(case, "configmaps/x").await;
}

async fn a_deletion_counts_the_generation(case: &mut Case<'_>) {
    let mut object = deployment("web");
    object["metadata"]["finalizers"] = json!(["lab.test/hold"]);
    let parts = ["/metadata/generation", "/metadata/deletionGracePeriodSeconds", "/metadata/finalizers"];
    case.show("create", post("deployments.apps", object), &parts).await;
    case.show("delete", delete("deployments.apps/web", Value::Null), &parts).await;
    case.show(
        "scale it while it goes",
        merge("deployments.apps/web", json!({ "spec": { "replicas": 0 } })),
        &parts,
    )
    .await;
    case.show(
        "let it go",
        merge("deployments.apps/web", json!({ "metadata": { "finalizers": null } })),
        &parts,
    )
    .await;
    case.glance("get", get("deployments.apps/web"), &["/reason"]).await;
}

async fn a_deletion_of_something_that_is_terminating_changes_nothing(case: &mut Case<'_>) {
    case.send(post("configmaps", held("x"))).await;
    case.tell("delete", delete("configmaps/x", Value::Null)).await;
    case.tell("delete again", delete("configmaps/x", Value::Null)).await;
    case.tell("without grace", delete("configmaps/x", json!({ "gracePeriodSeconds": 0 }))).await;
    release(case, "configmaps/x").await;
}

async fn a_pod_without_a_node_goes_at_once(case: &mut Case<'_>) {
    case.send(post("pods", pod("x"))).await;
    case.show(
        "delete",
        delete("pods/x", Value::Null),
        &["/kind", "/metadata/deletionGracePeriodSeconds", "/status/phase"],
    )
    .await;
    case.glance("get", get("pods/x"), &["/reason"]).await;
}

async fn pod_on_a_node(case: &mut Case<'_>, grace: Value) {
    let mut object = pod("x");
    object["spec"]["nodeName"] = "node-{id}".into();
    object["spec"]["terminationGracePeriodSeconds"] = grace;
    let made = case.send(post("pods", object)).await;
    case.note("create", json!([made.code, made.body["metadata"]["generation"]]));
}

const GRACE: &[&str] = &[
    "/kind",
    "/metadata/deletionGracePeriodSeconds",
    "/metadata/generation",
    "/spec/terminationGracePeriodSeconds",
];

async fn a_pod_on_a_node_stops_in_grace(case: &mut Case<'_>) {
    pod_on_a_node(case, Value::Null).await;
    case.show("delete", delete("pods/x", Value::Null), GRACE).await;
    case.show("delete again", delete("pods/x", Value::Null), GRACE).await;
    case.show("get", get("pods/x"), GRACE).await;
    case.show("delete without grace", delete("pods/x", json!({ "gracePeriodSeconds": 0 })), GRACE).await;
    case.glance("get again", get("pods/x"), &["/reason"]).await;
}

async fn a_pods_own_grace_is_the_default(case: &mut Case<'_>) {
    pod_on_a_node(case, json!(90)).await;
    let marked = case.show("delete", delete("pods/x", Value::Null), GRACE).await;
    let at = |answer: &Answer| answer.text("/metadata/deletionTimestamp").to_owned();
    let later =
        case.show("a longer grace", delete("pods/x", json!({ "gracePeriodSeconds": 120 })), GRACE).await;
    case.note("it does not get longer", at(&marked) == at(&later));
    case.show("in the query", delete("pods/x?gracePeriodSeconds=0", Value::Null), GRACE).await;
}

async fn a_pods_grace_can_be_shortened(case: &mut Case<'_>) {
    pod_on_a_node(case, json!(90)).await;
    case.show("delete", delete("pods/x", json!({ "gracePeriodSeconds": 60 })), GRACE).await;
    let shorter =
        case.show("delete again", delete("pods/x", json!({ "gracePeriodSeconds": 10 })), GRACE).await;
    case.note("it is marked", !shorter.text("/metadata/deletionTimestamp").is_empty());
    case.show("end", delete("pods/x", json!({ "gracePeriodSeconds": 0 })), GRACE).await;
}

async fn an_ended_pod_goes_at_once(case: &mut Case<'_>) {
    pod_on_a_node(case, Value::Null).await;
    case.glance(
        "it ended",
        merge("pods/x/status", json!({ "status": { "phase": "Succeeded" } })),
        &["/status/phase"],
    )
    .await;
    case.show("delete", delete("pods/x", Value::Null), &["/kind", "/metadata/deletionGracePeriodSeconds"])
        .await;
    case.glance("get", get("pods/x"), &["/reason"]).await;
}

async fn dependents_go_in_the_background(case: &mut Case<'_>) {
    let owner = case.send(post("configmaps", config_map("owner"))).await;
    case.send(post("configmaps", owned_by("child", &owner))).await;
    let child = case.send(get("configmaps/child")).await;
    let grandchild = case.send(post("configmaps", owned_by("grandchild", &child))).await;
    case.note("made", grandchild.code);
    case.tell("delete", delete("configmaps/owner", json!({ "propagationPolicy": "Background" }))).await;
    let gone = [case.until_gone("configmaps/child").await, case.until_gone("configmaps/grandchild").await];
    case.note("gone", json!(gone));
}

async fn dependents_go_first_in_the_foreground(case: &mut Case<'_>) {
    let owner = case.send(post("configmaps", config_map("owner"))).await;
    case.send(post("configmaps", owned_by("child", &owner))).await;
    let mut watch = case.watch(&format!("configmaps?resourceVersion={}", owner.version())).await;
    case.tell("delete", delete("configmaps/owner", json!({ "propagationPolicy": "Foreground" }))).await;
    let mut went = Vec::new();
    while went.len() < 2 {
        let event = watch.next_change().await;
        match event["type"].as_str() {
            Some("DELETED") => went.push(event["object"]["metadata"]["name"].clone()),
            Some("ADDED" | "MODIFIED") => {}
            _ => break,
        }
    }
    // Only dependents that block their owner go before it for certain.
    went.sort_by_key(Value::to_string);
    case.note("went", json!(went));
}

async fn a_foreground_deletion_waits_for_those_that_block_it(case: &mut Case<'_>) {
    let owner = case.send(post("configmaps", config_map("owner"))).await;
    let mut child = owned_by("child", &owner);
    child["metadata"]["ownerReferences"][0]["blockOwnerDeletion"] = true.into();
    child["metadata"]["finalizers"] = json!(["lab.test/hold"]);
    case.send(post("configmaps", child)).await;
    case.tell("delete", delete("configmaps/owner", json!({ "propagationPolicy": "Foreground" }))).await;
    let marked =
        case.until("configmaps/child", |child| child["metadata"]["deletionTimestamp"].is_string()).await;
    case.note("the child is marked", marked["metadata"]["finalizers"].clone());
    case.tell("the owner waits", get("configmaps/owner")).await;
    release(case, "configmaps/child").await;
    let gone = [case.until_gone("configmaps/child").await, case.until_gone("configmaps/owner").await];
    case.note("gone", json!(gone));
}

async fn dependents_stay_as_orphans(case: &mut Case<'_>) {
    let owner = case.send(post("configmaps", config_map("owner"))).await;
    case.send(post("configmaps", owned_by("child", &owner))).await;
    case.tell("delete", delete("configmaps/owner", json!({ "propagationPolicy": "Orphan" }))).await;
    case.note("the owner is gone", case.until_gone("configmaps/owner").await);
    let child = case.until("configmaps/child", |child| child["metadata"]["ownerReferences"].is_null()).await;
    case.note(
        "the child has no owner",
        json!([child["metadata"]["name"], child["metadata"]["ownerReferences"]]),
    );
}

async fn orphans_are_made_in_the_old_way_too(case: &mut Case<'_>) {
    let owner = case.send(post("configmaps", config_map("owner"))).await;
    case.send(post("configmaps", owned_by("child", &owner))).await;
    case.tell("delete", delete("configmaps/owner", json!({ "orphanDependents": true }))).await;
    case.note("the owner is gone", case.until_gone("configmaps/owner").await);
    let child = case.until("configmaps/child", |child| child["metadata"]["ownerReferences"].is_null()).await;
    case.note(
        "the child has no owner",
        json!([child["metadata"]["name"], child["metadata"]["ownerReferences"]]),
    );
}

async fn an_object_with_one_of_two_owners_left_stays(case: &mut Case<'_>) {
    let one = case.send(post("configmaps", config_map("one"))).await;
    let two = case.send(post("configmaps", config_map("two"))).await;
    let mut child = config_map("child");
    child["metadata"]["ownerReferences"] = json!([reference(&one), reference(&two)]);
    case.send(post("configmaps", child)).await;
    case.send(delete("configmaps/one", json!({ "propagationPolicy": "Background" }))).await;
    let only =
        |child: &Value| child["metadata"]["ownerReferences"].as_array().is_some_and(|list| list.len() == 1);
    let child = case.until("configmaps/child", only).await;
    case.note("the owner that is left", child["metadata"]["ownerReferences"][0]["name"].clone());
    case.send(delete("configmaps/two", json!({ "propagationPolicy": "Background" }))).await;
    case.note("gone", case.until_gone("configmaps/child").await);
}

async fn an_object_of_an_owner_that_never_was_is_collected(case: &mut Case<'_>) {
    let mut child = config_map("child");
    child["metadata"]["ownerReferences"] = json!([{ "apiVersion": "v1", "kind": "ConfigMap", "name": "never", "uid": "0b0c9a3e-8a5e-4f0c-9c57-0a1b2c3d4e5f" }]);
    case.note("made", case.send(post("configmaps", child)).await.code);
    case.note("gone", case.until_gone("configmaps/child").await);
    let owner = case.send(post("configmaps", config_map("owner"))).await;
    let mut child = owned_by("stale", &owner);
    child["metadata"]["ownerReferences"][0]["uid"] = "1b0c9a3e-8a5e-4f0c-9c57-0a1b2c3d4e5f".into();
    case.note("made of another uid", case.send(post("configmaps", child)).await.code);
    case.note("gone too", case.until_gone("configmaps/stale").await);
}

const OTHER: &str = "/api/v1/namespaces/{ns}-other";

async fn other_namespace(case: &mut Case<'_>) {
    let namespace = json!({ "metadata": { "name": "{ns}-other" } });
    let made = case.send(post("/api/v1/namespaces", namespace)).await;
    case.note("namespace", made.code);
}

async fn a_namespace_empties_itself_and_goes(case: &mut Case<'_>) {
    other_namespace(case).await;
    case.send(post(&format!("{OTHER}/configmaps"), config_map("x"))).await;
    case.send(post(&format!("{OTHER}/pods"), pod("x"))).await;
    case.show("delete", delete(OTHER, Value::Null), &["/kind", "/status/phase", "/spec/finalizers"]).await;
    case.note("gone", case.until_gone(OTHER).await);
    case.tell("what was in it", get(&format!("{OTHER}/configmaps/x"))).await;
    case.tell("the pods", get(&format!("{OTHER}/pods/x"))).await;
    other_namespace(case).await;
}

async fn nothing_is_created_in_a_terminating_namespace(case: &mut Case<'_>) {
    other_namespace(case).await;
    let holder = case.send(post(&format!("{OTHER}/configmaps"), held("x"))).await;
    case.send(delete(OTHER, Value::Null)).await;
    case.tell("create", post(&format!("{OTHER}/configmaps"), config_map("y"))).await;
    case.tell(
        "create in a group",
        post(
            "/apis/coordination.k8s.io/v1/namespaces/{ns}-other/leases",
            json!({ "metadata": { "name": "y" } }),
        ),
    )
    .await;
    let applied = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "z" } });
    case.tell("apply", crate::kit::apply(&format!("{OTHER}/configmaps/z?fieldManager=one"), applied)).await;
    case.glance(
        "change what is there",
        put(&format!("{OTHER}/configmaps/x"), holder.with("/data/a", "2")),
        &["/reason"],
    )
    .await;
    case.show("delete again", delete(OTHER, Value::Null), &["/kind", "/status/phase"]).await;
    release(case, &format!("{OTHER}/configmaps/x")).await;
    case.note("gone", case.until_gone(OTHER).await);
}

async fn a_namespace_waits_for_finalizers_in_it(case: &mut Case<'_>) {
    other_namespace(case).await;
    case.send(post(&format!("{OTHER}/configmaps"), held("x"))).await;
    case.send(delete(OTHER, Value::Null)).await;
    let told = case
        .until(OTHER, |namespace| {
            let conditions = namespace["status"]["conditions"].as_array();
            conditions
                .into_iter()
                .flatten()
                .any(|c| c["type"] == "NamespaceFinalizersRemaining" && c["status"] == "True")
        })
        .await;
    let mut conditions = told["status"]["conditions"].as_array().cloned().unwrap_or_default();
    conditions.sort_by_key(|condition| condition["type"].to_string());
    case.note("conditions", json!(conditions));
    case.note("phase", told["status"]["phase"].clone());
    case.show("what holds it", get(&format!("{OTHER}/configmaps/x")), &["/metadata/finalizers"]).await;
    release(case, &format!("{OTHER}/configmaps/x")).await;
    case.note("gone", case.until_gone(OTHER).await);
}

async fn a_collection_with_finalizers_is_marked(case: &mut Case<'_>) {
    case.send(post("configmaps", held("a"))).await;
    case.send(post("configmaps", config_map("b"))).await;
    case.show(
        "delete",
        delete("configmaps", Value::Null),
        &["/kind", "/items/0/metadata/name", "/items/1/metadata/name"],
    )
    .await;
    case.show(
        "list",
        get("configmaps"),
        &["/items/0/metadata/name", "/items/0/metadata/finalizers", "/items/1"],
    )
    .await;
    release(case, "configmaps/a").await;
    case.show("list again", get("configmaps"), &["/items"]).await;
}
