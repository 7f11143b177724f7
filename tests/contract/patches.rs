//! The patches that name no owner: JSON patch, merge patch, strategic merge patch.

use serde_json::{Value, json};

use crate::kit::{Case, apply, delete, get, merge, patch, post, strategic};
use crate::objects::config_map;
use crate::workloads::deployment;

cases!("patches":
    a_json_patch_adds_replaces_removes_moves_and_copies,
    a_json_patch_whose_test_holds_is_applied,
    a_json_patch_whose_test_fails_changes_nothing,
    a_json_patch_of_an_absent_path_is_refused,
    a_json_patch_that_cannot_be_read_is_refused,
    a_json_patch_reaches_keys_with_slashes_and_tildes,
    a_merge_patch_removes_with_null_and_replaces_lists,
    a_merge_patch_makes_the_maps_that_it_goes_through,
    a_strategic_patch_merges_containers_by_name,
    a_strategic_patch_deletes_an_item_by_directive,
    a_strategic_patch_replaces_by_directive,
    a_strategic_patch_orders_a_list,
    a_strategic_patch_merges_ports_environment_and_volumes,
    a_strategic_patch_adds_finalizers_and_takes_them_out,
    a_strategic_patch_of_a_strategy_retains_named_keys,
    an_unknown_form_of_patch_is_refused,
    a_patch_counts_the_generation_where_the_specification_changes,
    a_patch_that_makes_an_object_invalid_is_refused,
    a_patch_of_something_that_is_being_deleted_is_applied,
);

const CONTAINERS: &str = "/spec/template/spec/containers";

async fn a_json_patch_adds_replaces_removes_moves_and_copies(case: &mut Case<'_>) {
    case.send(post("configmaps", config_map("x"))).await;
    let operations = json!([
        { "op": "add", "path": "/data/b", "value": "2" },
        { "op": "replace", "path": "/data/a", "value": "3" },
        { "op": "copy", "from": "/data/b", "path": "/data/c" },
        { "op": "move", "from": "/data/a", "path": "/data/d" },
        { "op": "remove", "path": "/data/b" },
        { "op": "add", "path": "/metadata/labels", "value": { "app": "etcd" } },
    ]);
    case.tell("patch", patch("configmaps/x", operations)).await;
}

async fn a_json_patch_whose_test_holds_is_applied(case: &mut Case<'_>) {
    let made = case.send(post("configmaps", config_map("x"))).await;
    let operations = json!([
        { "op": "test", "path": "/metadata/resourceVersion", "value": made.text("/metadata/resourceVersion") },
        { "op": "test", "path": "/data/a", "value": "1" },
        { "op": "replace", "path": "/data/a", "value": "2" },
    ]);
    case.tell("patch", patch("configmaps/x", operations.clone())).await;
    case.glance("the same again", patch("configmaps/x", operations), &["/reason"]).await;
}

async fn a_json_patch_whose_test_fails_changes_nothing(case: &mut Case<'_>) {
    case.send(post("configmaps", config_map("x"))).await;
    let operations = json!([
        { "op": "replace", "path": "/data/a", "value": "2" },
        { "op": "test", "path": "/data/a", "value": "1" },
    ]);
    case.tell("patch", patch("configmaps/x", operations)).await;
    let absent = json!([{ "op": "test", "path": "/data/none", "value": "1" }]);
    case.glance("a test of what is absent", patch("configmaps/x", absent), &["/code", "/reason"]).await;
    let null = json!([{ "op": "test", "path": "/data/none", "value": null }]);
    case.glance("a test for absence", patch("configmaps/x", null), &["/code", "/reason"]).await;
    case.tell("get", get("configmaps/x")).await;
}

async fn a_json_patch_of_an_absent_path_is_refused(case: &mut Case<'_>) {
    case.send(post("configmaps", config_map("x"))).await;
    for (what, operation) in [
        ("remove", json!({ "op": "remove", "path": "/data/none" })),
        ("replace", json!({ "op": "replace", "path": "/data/none", "value": "1" })),
        ("add below", json!({ "op": "add", "path": "/binaryData/none", "value": "AAEC" })),
        ("copy", json!({ "op": "copy", "from": "/data/none", "path": "/data/b" })),
    ] {
        case.glance(what, patch("configmaps/x", json!([operation])), &["/code", "/reason", "/status"]).await;
    }
}

async fn a_json_patch_that_cannot_be_read_is_refused(case: &mut Case<'_>) {
    case.send(post("configmaps", config_map("x"))).await;
    case.glance("a map", patch("configmaps/x", json!({ "op": "x" })), &["/code", "/reason"]).await;
    let unknown = json!([{ "op": "hold", "path": "/data/a" }]);
    case.glance("an unknown operation", patch("configmaps/x", unknown), &["/status"]).await;
}

async fn a_json_patch_reaches_keys_with_slashes_and_tildes(case: &mut Case<'_>) {
    let mut object = config_map("x");
    object["metadata"]["annotations"] = json!({ "lab.test/a": "1" });
    case.send(post("configmaps", object)).await;
    let operations = json!([
        { "op": "replace", "path": "/metadata/annotations/lab.test~1a", "value": "2" },
        { "op": "add", "path": "/metadata/annotations/lab.test~1b", "value": "3" },
    ]);
    case.tell("patch", patch("configmaps/x", operations)).await;
}

async fn a_merge_patch_removes_with_null_and_replaces_lists(case: &mut Case<'_>) {
    let mut object = config_map("x");
    object["metadata"]["finalizers"] = json!(["lab.test/one", "lab.test/two"]);
    object["metadata"]["labels"] = json!({ "a": "1", "b": "2" });
    case.send(post("configmaps", object)).await;
    let wanted =
        json!({ "metadata": { "finalizers": ["lab.test/three"], "labels": { "a": null } }, "data": null });
    case.tell("patch", merge("configmaps/x", wanted)).await;
    case.tell(
        "remove the rest",
        merge("configmaps/x", json!({ "metadata": { "labels": { "b": null }, "finalizers": null } })),
    )
    .await;
}

async fn a_merge_patch_makes_the_maps_that_it_goes_through(case: &mut Case<'_>) {
    case.send(post("configmaps", json!({ "metadata": { "name": "x" } }))).await;
    case.tell(
        "patch",
        merge(
            "configmaps/x",
            json!({ "data": { "a": "1" }, "metadata": { "annotations": { "n": "1", "gone": null } } }),
        ),
    )
    .await;
}

async fn a_strategic_patch_merges_containers_by_name(case: &mut Case<'_>) {
    case.send(post("deployments.apps", deployment("web"))).await;
    let wanted = json!({ "spec": { "template": { "spec": { "containers": [
        { "name": "main", "image": "image:2" }, { "name": "side", "image": "side:1" } ] } } } });
    let parts = [
        "/metadata/generation",
        &format!("{CONTAINERS}/0/name"),
        &format!("{CONTAINERS}/0/image"),
        &format!("{CONTAINERS}/1/name"),
        &format!("{CONTAINERS}/1/image"),
    ];
    case.show("patch", strategic("deployments.apps/web", wanted), &parts).await;
    let wanted = json!({ "spec": { "template": { "spec": { "containers": [{ "name": "side", "image": "side:2" }] } } } });
    case.show("patch the other", strategic("deployments.apps/web", wanted), &parts).await;
}

async fn a_strategic_patch_deletes_an_item_by_directive(case: &mut Case<'_>) {
    let mut object = deployment("web");
    object["spec"]["template"]["spec"]["containers"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "name": "side", "image": "side:1" }));
    case.send(post("deployments.apps", object)).await;
    let wanted = json!({ "spec": { "template": { "spec": { "containers": [{ "name": "main", "$patch": "delete" }] } } } });
    let parts = ["/spec/template/spec/containers/0/name", "/spec/template/spec/containers/1/name"];
    case.show("delete", strategic("deployments.apps/web", wanted), &parts).await;
    let wanted = json!({ "spec": { "template": { "spec": { "containers": [{ "name": "none", "$patch": "delete" }] } } } });
    case.show("delete what is absent", strategic("deployments.apps/web", wanted), &parts).await;
    let wanted = json!({ "metadata": { "labels": { "$patch": "delete" } } });
    case.show("delete a map", strategic("deployments.apps/web", wanted), &["/metadata/labels"]).await;
}

async fn a_strategic_patch_replaces_by_directive(case: &mut Case<'_>) {
    case.send(post("deployments.apps", deployment("web"))).await;
    let wanted = json!({ "spec": { "template": { "spec": { "containers": [{ "$patch": "replace" }, { "name": "only", "image": "only:1" }] } } } });
    case.show(
        "replace a list",
        strategic("deployments.apps/web", wanted),
        &["/spec/template/spec/containers/0/name", "/spec/template/spec/containers/1"],
    )
    .await;
}

async fn a_strategic_patch_orders_a_list(case: &mut Case<'_>) {
    let mut object = deployment("web");
    object["spec"]["template"]["spec"]["containers"] = json!([
        { "name": "a", "image": "i" }, { "name": "b", "image": "i" }, { "name": "c", "image": "i" } ]);
    case.send(post("deployments.apps", object)).await;
    let parts = ["0", "1", "2", "3"].map(|index| format!("{CONTAINERS}/{index}/name"));
    let parts = parts.each_ref().map(String::as_str);
    let order = |names: &[&str]| names.iter().map(|name| json!({ "name": name })).collect::<Value>();
    let wanted = json!({ "spec": { "template": { "spec": { "$setElementOrder/containers": order(&["c", "a", "b"]) } } } });
    case.show("order alone", strategic("deployments.apps/web", wanted), &parts).await;
    let wanted = json!({ "spec": { "template": { "spec": {
        "$setElementOrder/containers": order(&["d", "b", "a"]), "containers": [{ "name": "d", "image": "i" }, { "name": "c", "$patch": "delete" }] } } } });
    case.show("order with a change", strategic("deployments.apps/web", wanted), &parts).await;
}

async fn a_strategic_patch_merges_ports_environment_and_volumes(case: &mut Case<'_>) {
    let mut object = deployment("web");
    object["spec"]["template"]["spec"]["containers"][0]["env"] = json!([{ "name": "A", "value": "1" }]);
    object["spec"]["template"]["spec"]["containers"][0]["args"] = json!(["one", "two"]);
    object["spec"]["template"]["spec"]["tolerations"] = json!([{ "key": "k", "operator": "Exists" }]);
    case.send(post("deployments.apps", object)).await;
    let wanted = json!({ "spec": { "template": { "spec": {
        "volumes": [{ "name": "data", "emptyDir": {} }],
        "tolerations": [{ "key": "other", "operator": "Exists" }],
        "containers": [{ "name": "main", "args": ["three"], "env": [{ "name": "B", "value": "2" }, { "name": "A", "value": "3" }],
            "ports": [{ "containerPort": 80 }], "volumeMounts": [{ "name": "data", "mountPath": "/data" }] }] } } } });
    let parts = ["env", "args", "ports", "volumeMounts"].map(|field| format!("{CONTAINERS}/0/{field}"));
    let mut parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    parts.extend(["/spec/template/spec/tolerations", "/spec/template/spec/volumes/0/name"]);
    case.show("patch", strategic("deployments.apps/web", wanted), &parts).await;
    let service = json!({ "metadata": { "name": "web" }, "spec": { "selector": { "app": "web" }, "ports": [{ "name": "one", "port": 80 }] } });
    case.send(post("services", service)).await;
    let wanted = json!({ "spec": { "ports": [{ "port": 81, "name": "two" }] } });
    case.show(
        "patch a service",
        strategic("services/web", wanted),
        &["/spec/ports/0/port", "/spec/ports/1/port", "/spec/ports/2", "/spec/selector"],
    )
    .await;
}

async fn a_strategic_patch_adds_finalizers_and_takes_them_out(case: &mut Case<'_>) {
    let mut object = config_map("x");
    object["metadata"]["finalizers"] = json!(["lab.test/one"]);
    case.send(post("configmaps", object)).await;
    let wanted = json!({ "metadata": { "finalizers": ["lab.test/two"] } });
    case.tell("add", strategic("configmaps/x", wanted)).await;
    let wanted = json!({ "metadata": { "$deleteFromPrimitiveList/finalizers": ["lab.test/one"] } });
    case.tell("take out", strategic("configmaps/x", wanted)).await;
}

async fn a_strategic_patch_of_a_strategy_retains_named_keys(case: &mut Case<'_>) {
    case.send(post("deployments.apps", deployment("web"))).await;
    let wanted = json!({ "spec": { "strategy": { "$retainKeys": ["type"], "type": "Recreate" } } });
    case.show("with", strategic("deployments.apps/web", wanted), &["/spec/strategy"]).await;
}

async fn an_unknown_form_of_patch_is_refused(case: &mut Case<'_>) {
    case.send(post("configmaps", config_map("x"))).await;
    case.tell(
        "yaml",
        merge("configmaps/x", json!({})).header("content-type", "application/merge-patch+yaml"),
    )
    .await;
    case.tell("none", merge("configmaps/x", json!({})).header("content-type", "")).await;
    let parameters = merge("configmaps/x", json!({ "data": { "a": "2" } }))
        .header("content-type", "application/merge-patch+json; charset=utf-8");
    case.glance("with parameters", parameters, &["/data"]).await;
}

async fn a_patch_counts_the_generation_where_the_specification_changes(case: &mut Case<'_>) {
    case.show("create", post("deployments.apps", deployment("web")), &["/metadata/generation"]).await;
    let parts = ["/metadata/generation", "/spec/replicas"];
    case.show("replicas", merge("deployments.apps/web", json!({ "spec": { "replicas": 3 } })), &parts).await;
    case.show(
        "the same replicas",
        merge("deployments.apps/web", json!({ "spec": { "replicas": 3 } })),
        &parts,
    )
    .await;
    case.show(
        "labels",
        merge("deployments.apps/web", json!({ "metadata": { "labels": { "a": "b" } } })),
        &parts,
    )
    .await;
    case.show(
        "annotations",
        merge("deployments.apps/web", json!({ "metadata": { "annotations": { "a": "b" } } })),
        &parts,
    )
    .await;
    case.show(
        "status",
        merge("deployments.apps/web", json!({ "status": { "replicas": 9 } })),
        &["/metadata/generation", "/status/replicas"],
    )
    .await;
}

async fn a_patch_that_makes_an_object_invalid_is_refused(case: &mut Case<'_>) {
    case.send(post("deployments.apps", deployment("web"))).await;
    case.tell("negative replicas", merge("deployments.apps/web", json!({ "spec": { "replicas": -1 } })))
        .await;
    case.glance(
        "no containers",
        merge("deployments.apps/web", json!({ "spec": { "template": { "spec": { "containers": null } } } })),
        &["/reason", "/message", "/details/causes"],
    )
    .await;
    case.tell("get", get("deployments.apps/none")).await;
}

async fn a_patch_of_something_that_is_being_deleted_is_applied(case: &mut Case<'_>) {
    let mut object = config_map("x");
    object["metadata"]["finalizers"] = json!(["lab.test/hold"]);
    case.send(post("configmaps", object)).await;
    case.send(delete("configmaps/x", Value::Null)).await;
    case.tell("patch", merge("configmaps/x", json!({ "data": { "a": "2" } }))).await;
    let wanted =
        json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "x" }, "data": { "b": "3" } });
    case.tell("apply", apply("configmaps/x?fieldManager=one", wanted)).await;
    case.tell(
        "take the last finalizer out",
        patch("configmaps/x", json!([{ "op": "remove", "path": "/metadata/finalizers/0" }])),
    )
    .await;
    case.tell("get", get("configmaps/x")).await;
}
