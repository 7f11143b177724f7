//! Server-side apply: who owns which field, and what becomes of it.

use serde_json::{Value, json};

use crate::kit::{Answer, Case, apply, delete, get, merge, post, put};
use crate::objects::config_map;
use crate::workloads::deployment;

cases!("applying":
    an_applied_object_is_created_and_owned_by_its_manager,
    an_apply_without_a_manager_is_refused,
    a_field_of_another_applier_is_in_conflict,
    several_conflicts_are_all_named,
    a_field_of_an_updater_is_in_conflict,
    a_forced_apply_takes_the_field_over,
    a_value_that_both_want_is_owned_by_both,
    a_field_that_its_applier_drops_is_removed,
    a_field_that_another_owns_too_stays_when_dropped,
    an_apply_that_changes_nothing_makes_no_version,
    an_update_takes_what_it_changes_from_the_applier,
    the_manager_of_a_write_is_named_or_taken_from_the_program,
    an_apply_with_managed_fields_is_refused,
    an_apply_of_another_name_is_refused,
    an_apply_of_a_uid_makes_nothing_new,
    an_apply_over_a_stale_version_conflicts,
    an_apply_that_cannot_be_read_is_refused,
    items_of_a_list_are_owned_one_by_one,
    an_item_that_its_applier_drops_is_removed,
    finalizers_are_a_set_with_many_owners,
    an_apply_to_the_status_owns_the_status_alone,
    emptied_managed_fields_are_forgotten,
    force_is_only_for_apply,
);

const OWNERS: &str = "/metadata/managedFields";

fn wanted(data: Value) -> Value {
    json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "x" }, "data": data })
}

/// Who owns what, in the order of their names: a server orders them by time, which a fast test cannot tell apart.
fn owners(answer: &Answer) -> Value {
    let mut list = answer.body.pointer(OWNERS).and_then(Value::as_array).cloned().unwrap_or_default();
    list.sort_by_key(|entry| format!("{} {} {}", entry["manager"], entry["operation"], entry["subresource"]));
    for entry in &mut list {
        // A server keeps it where the last write to the second was another's, which a fast test cannot tell.
        entry.as_object_mut().unwrap().remove("time");
    }
    list.into()
}

async fn tell_owners(case: &mut Case<'_>, what: &str, answer: &Answer) {
    case.note(what, json!({ "code": answer.code, "owners": owners(answer), "data": answer.body["data"] }));
}

async fn an_applied_object_is_created_and_owned_by_its_manager(case: &mut Case<'_>) {
    let mut object = wanted(json!({ "a": "1" }));
    object["metadata"]["labels"] = json!({ "app": "etcd" });
    let call = apply("configmaps/x?fieldManager=one", object.clone());
    case.tell("create", call.clone()).await;
    let again = case.tell("apply again", call).await;
    tell_owners(case, "owners", &again).await;
}

async fn an_apply_without_a_manager_is_refused(case: &mut Case<'_>) {
    case.tell("apply", apply("configmaps/x", wanted(json!({ "a": "1" })))).await;
    case.tell(
        "a long name",
        apply(&format!("configmaps/x?fieldManager={}", "m".repeat(129)), wanted(json!({}))),
    )
    .await;
}

async fn a_field_of_another_applier_is_in_conflict(case: &mut Case<'_>) {
    case.send(apply("configmaps/x?fieldManager=one", wanted(json!({ "a": "1" })))).await;
    case.tell("apply", apply("configmaps/x?fieldManager=two", wanted(json!({ "a": "2", "b": "2" })))).await;
    case.tell("get", get("configmaps/x")).await;
}

async fn several_conflicts_are_all_named(case: &mut Case<'_>) {
    case.send(apply("configmaps/x?fieldManager=one", wanted(json!({ "a": "1", "b": "1" })))).await;
    case.send(apply("configmaps/x?fieldManager=three", wanted(json!({ "b": "1" })))).await;
    case.tell("apply", apply("configmaps/x?fieldManager=two", wanted(json!({ "a": "2", "b": "2" })))).await;
}

async fn a_field_of_an_updater_is_in_conflict(case: &mut Case<'_>) {
    case.send(post("configmaps?fieldManager=maker", wanted(json!({ "a": "1" })))).await;
    case.tell("apply", apply("configmaps/x?fieldManager=two", wanted(json!({ "a": "2" })))).await;
    let same = case.send(apply("configmaps/x?fieldManager=two", wanted(json!({ "a": "1" })))).await;
    tell_owners(case, "the same value", &same).await;
}

async fn a_forced_apply_takes_the_field_over(case: &mut Case<'_>) {
    case.send(apply("configmaps/x?fieldManager=one", wanted(json!({ "a": "1", "b": "1" })))).await;
    let forced =
        case.send(apply("configmaps/x?fieldManager=two&force=true", wanted(json!({ "a": "2" })))).await;
    tell_owners(case, "forced", &forced).await;
    let back = case.send(apply("configmaps/x?fieldManager=one", wanted(json!({ "b": "1" })))).await;
    tell_owners(case, "the first without it", &back).await;
}

async fn a_value_that_both_want_is_owned_by_both(case: &mut Case<'_>) {
    case.send(apply("configmaps/x?fieldManager=one", wanted(json!({ "a": "1" })))).await;
    let both = case.send(apply("configmaps/x?fieldManager=two", wanted(json!({ "a": "1" })))).await;
    tell_owners(case, "both", &both).await;
    case.tell("one of them changes it", apply("configmaps/x?fieldManager=two", wanted(json!({ "a": "2" }))))
        .await;
}

async fn a_field_that_its_applier_drops_is_removed(case: &mut Case<'_>) {
    case.send(apply("configmaps/x?fieldManager=one", wanted(json!({ "a": "1", "b": "1" })))).await;
    let less = case.send(apply("configmaps/x?fieldManager=one", wanted(json!({ "b": "1" })))).await;
    tell_owners(case, "less", &less).await;
    let mut bare = wanted(json!({}));
    bare.as_object_mut().unwrap().remove("data");
    case.tell("nothing", apply("configmaps/x?fieldManager=one", bare)).await;
}

async fn a_field_that_another_owns_too_stays_when_dropped(case: &mut Case<'_>) {
    case.send(apply("configmaps/x?fieldManager=one", wanted(json!({ "a": "1", "b": "1" })))).await;
    case.send(apply("configmaps/x?fieldManager=two", wanted(json!({ "a": "1" })))).await;
    let dropped = case.send(apply("configmaps/x?fieldManager=one", wanted(json!({ "b": "1" })))).await;
    tell_owners(case, "dropped by one", &dropped).await;
    let mut bare = wanted(json!({}));
    bare.as_object_mut().unwrap().remove("data");
    let dropped = case.send(apply("configmaps/x?fieldManager=two", bare)).await;
    tell_owners(case, "dropped by both", &dropped).await;
}

async fn an_apply_that_changes_nothing_makes_no_version(case: &mut Case<'_>) {
    let first = case.send(apply("configmaps/x?fieldManager=one", wanted(json!({ "a": "1" })))).await;
    let again = case.send(apply("configmaps/x?fieldManager=one", wanted(json!({ "a": "1" })))).await;
    case.note("the version stays", first.version() == again.version());
    let other = case.send(apply("configmaps/x?fieldManager=two", wanted(json!({ "a": "1" })))).await;
    case.note("another owner makes one", first.version() < other.version());
}

async fn an_update_takes_what_it_changes_from_the_applier(case: &mut Case<'_>) {
    case.send(apply("configmaps/x?fieldManager=one", wanted(json!({ "a": "1", "b": "1" })))).await;
    let changed = case.send(merge("configmaps/x?fieldManager=hand", json!({ "data": { "a": "9" } }))).await;
    tell_owners(case, "changed", &changed).await;
    case.tell("apply", apply("configmaps/x?fieldManager=one", wanted(json!({ "a": "1", "b": "1" })))).await;
    let removed = case.send(merge("configmaps/x?fieldManager=hand", json!({ "data": { "b": null } }))).await;
    tell_owners(case, "removed", &removed).await;
}

async fn the_manager_of_a_write_is_named_or_taken_from_the_program(case: &mut Case<'_>) {
    let made = case.send(post("configmaps", config_map("x"))).await;
    tell_owners(case, "create", &made).await;
    let changed = case
        .send(merge(
            "configmaps/x?fieldManager=hand",
            json!({ "metadata": { "labels": { "a": "b" }, "annotations": { "c": "d" } } }),
        ))
        .await;
    tell_owners(case, "patch", &changed).await;
    let put = case.send(put("configmaps/x?fieldManager=other", changed.with("/data/b", "2"))).await;
    tell_owners(case, "put", &put).await;
}

async fn an_apply_with_managed_fields_is_refused(case: &mut Case<'_>) {
    let made = case.send(apply("configmaps/x?fieldManager=one", wanted(json!({ "a": "1" })))).await;
    let mut object = made.body.clone();
    object["metadata"]
        .as_object_mut()
        .unwrap()
        .retain(|field, _| field == "name" || field == "managedFields");
    case.tell("apply", apply("configmaps/x?fieldManager=one", object)).await;
}

async fn an_apply_of_another_name_is_refused(case: &mut Case<'_>) {
    case.tell("create", apply("configmaps/y?fieldManager=one", wanted(json!({ "a": "1" })))).await;
    case.send(apply("configmaps/x?fieldManager=one", wanted(json!({ "a": "1" })))).await;
    let mut other = wanted(json!({ "a": "1" }));
    other["kind"] = "Secret".into();
    case.glance("another kind", apply("configmaps/x?fieldManager=one", other), &["/status"]).await;
    let mut nameless = wanted(json!({ "a": "2" }));
    nameless["metadata"] = json!({});
    case.tell("no name", apply("configmaps/x?fieldManager=one", nameless)).await;
}

async fn an_apply_of_a_uid_makes_nothing_new(case: &mut Case<'_>) {
    let mut object = wanted(json!({ "a": "1" }));
    object["metadata"]["uid"] = "0b0c9a3e-8a5e-4f0c-9c57-0a1b2c3d4e5f".into();
    case.tell("apply", apply("configmaps/x?fieldManager=one", object)).await;
}

async fn an_apply_over_a_stale_version_conflicts(case: &mut Case<'_>) {
    let first = case.send(apply("configmaps/x?fieldManager=one", wanted(json!({ "a": "1" })))).await;
    case.send(merge("configmaps/x", json!({ "data": { "b": "2" } }))).await;
    let mut object = wanted(json!({ "a": "2" }));
    object["metadata"]["resourceVersion"] = first.text("/metadata/resourceVersion").into();
    case.tell("apply", apply("configmaps/x?fieldManager=one", object)).await;
}

async fn an_apply_that_cannot_be_read_is_refused(case: &mut Case<'_>) {
    case.glance("no object", apply("configmaps/x?fieldManager=one", json!([1])), &["/status", "/code"]).await;
    let mut unknown = wanted(json!({ "a": "1" }));
    unknown["nonsense"] = json!({ "b": "1" });
    let mut odd = wanted(json!({ "a": "1" }));
    odd["data"] = json!("text");
}

fn applied(containers: Value) -> Value {
    json!({ "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "web" },
        "spec": { "template": { "spec": { "containers": containers } } } })
}

async fn items_of_a_list_are_owned_one_by_one(case: &mut Case<'_>) {
    let mut object = deployment("web");
    object["spec"]["template"]["spec"]["containers"][0]["env"] = json!([{ "name": "A", "value": "1" }]);
    let made = case.send(apply("deployments.apps/web?fieldManager=one", object)).await;
    case.note("create", json!({ "code": made.code, "owners": owners(&made) }));
    let side = applied(
        json!([{ "name": "main", "env": [{ "name": "B", "value": "2" }] }, { "name": "side", "image": "side:1" }]),
    );
    let both = case.send(apply("deployments.apps/web?fieldManager=two", side)).await;
    case.note("a second manager", json!({ "code": both.code, "owners": owners(&both) }));
}

async fn an_item_that_its_applier_drops_is_removed(case: &mut Case<'_>) {
    case.send(apply("deployments.apps/web?fieldManager=one", deployment("web"))).await;
    let side =
        applied(json!([{ "name": "side", "image": "side:1", "env": [{ "name": "A", "value": "1" }] }]));
    case.send(apply("deployments.apps/web?fieldManager=two", side)).await;
    let names = [
        "/spec/template/spec/containers/0/name",
        "/spec/template/spec/containers/1/name",
        "/spec/template/spec/containers/1/env",
    ];
    let bare = applied(json!([{ "name": "side", "image": "side:1" }]));
    case.show("less of it", apply("deployments.apps/web?fieldManager=two", bare), &names).await;
    case.show("none of it", apply("deployments.apps/web?fieldManager=two", applied(json!([]))), &names).await;
}

async fn finalizers_are_a_set_with_many_owners(case: &mut Case<'_>) {
    let with = |finalizers: Value| json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "x", "finalizers": finalizers } });
    case.send(apply("configmaps/x?fieldManager=one", with(json!(["lab.test/one"])))).await;
    let both = case.send(apply("configmaps/x?fieldManager=two", with(json!(["lab.test/two"])))).await;
    case.note("both", json!({ "finalizers": both.body["metadata"]["finalizers"], "owners": owners(&both) }));
    let none = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "x" } });
    case.tell("one of them drops his", apply("configmaps/x?fieldManager=one", none)).await;
}

async fn an_apply_to_the_status_owns_the_status_alone(case: &mut Case<'_>) {
    case.send(apply("deployments.apps/web?fieldManager=one", deployment("web"))).await;
    let status = json!({ "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "web", "labels": { "seen": "no" } },
        "spec": { "replicas": 9 }, "status": { "replicas": 2, "conditions": [{ "type": "Available", "status": "True" }] } });
    let told = case.send(apply("deployments.apps/web/status?fieldManager=controller", status)).await;
    let mine: Vec<_> = owners(&told)
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["manager"] == "controller")
        .cloned()
        .collect();
    case.note("owners", json!(mine));
    case.note("the specification", told.body["spec"]["replicas"].clone());
    case.note(
        "the status",
        json!([told.body["status"]["replicas"], told.body["status"]["conditions"][0]["type"]]),
    );
}

async fn emptied_managed_fields_are_forgotten(case: &mut Case<'_>) {
    let made = case.send(apply("configmaps/x?fieldManager=one", wanted(json!({ "a": "1" })))).await;
    let emptied = case.send(put("configmaps/x?fieldManager=hand", made.with(OWNERS, json!([])))).await;
    tell_owners(case, "an empty list changes nothing", &emptied).await;
    let emptied = case.send(put("configmaps/x?fieldManager=hand", made.with(OWNERS, json!([{}])))).await;
    tell_owners(case, "an empty entry", &emptied).await;
}

async fn force_is_only_for_apply(case: &mut Case<'_>) {
    case.send(post("configmaps", config_map("x"))).await;
    case.tell("merge", merge("configmaps/x?force=true", json!({ "data": { "a": "2" } }))).await;
    case.send(delete("configmaps/x", Value::Null)).await;
}
