//! Subresources and dry runs: what writes a part of an object, and what writes nothing.

use serde_json::{Value, json};

use crate::kit::{Case, apply, delete, get, merge, patch, post, put, strategic};
use crate::objects::config_map;
use crate::workloads::{deployment, pod};

cases!("parts":
    the_status_is_written_apart,
    a_put_of_the_status_changes_nothing_else,
    the_status_of_a_kind_without_one_is_not_found,
    the_scale_reads_and_writes_the_replicas,
    a_scale_over_a_stale_version_conflicts,
    a_scale_that_is_not_valid_is_refused,
    a_pod_is_bound_to_a_node_once,
    a_pod_is_evicted,
    an_eviction_waits_for_the_budget,
    an_exec_into_nothing_is_refused,
    the_log_of_nothing_is_refused,
    a_token_is_issued_for_an_account,
    a_token_for_nobody_is_refused,
    a_namespace_is_finalized_apart,
    a_dry_create_keeps_nothing,
    a_dry_update_keeps_nothing,
    a_dry_patch_keeps_nothing,
    a_dry_apply_keeps_nothing,
    a_dry_delete_keeps_nothing,
    a_dry_run_refuses_what_a_real_one_refuses,
    a_dry_run_of_anything_but_all_is_refused,
    a_signing_request_is_approved_apart,
);

async fn the_status_is_written_apart(case: &mut Case<'_>) {
    let mut object = deployment("web");
    object["status"] = json!({ "replicas": 9 });
    let parts = ["/metadata/generation", "/spec/replicas", "/status"];
    case.show(
        "patch the object",
        merge("deployments.apps/web", json!({ "spec": { "replicas": 3 }, "status": { "replicas": 8 } })),
        &parts,
    )
    .await;
    case.show(
        "patch the status",
        merge(
            "deployments.apps/web/status",
            json!({ "spec": { "replicas": 5 }, "status": { "replicas": 3 } }),
        ),
        &parts,
    )
    .await;
    case.show("get the status", get("deployments.apps/web/status"), &parts).await;
    let conditions = json!({ "status": { "conditions": [{ "type": "Available", "status": "True" }] } });
    case.show(
        "a condition",
        strategic("deployments.apps/web/status", conditions),
        &["/status/replicas", "/status/conditions/0/type", "/status/conditions/0/status"],
    )
    .await;
    let conditions = json!({ "status": { "conditions": [{ "type": "Progressing", "status": "True" }] } });
    case.show(
        "another",
        strategic("deployments.apps/web/status", conditions),
        &["/status/conditions/0/type", "/status/conditions/1/type"],
    )
    .await;
    case.show(
        "a label by the status",
        merge("deployments.apps/web/status", json!({ "metadata": { "labels": { "by": "status" } } })),
        &["/metadata/labels"],
    )
    .await;
}

async fn a_put_of_the_status_changes_nothing_else(case: &mut Case<'_>) {
    let made = case.send(post("pods", pod("x"))).await;
    let mut object = made.with("/status/phase", "Running");
    object["spec"]["restartPolicy"] = "Never".into();
    case.show(
        "put",
        put("pods/x/status", object),
        &["/status/phase", "/spec/restartPolicy", "/metadata/generation"],
    )
    .await;
    case.glance(
        "put over a stale version",
        put("pods/x/status", made.with("/status/phase", "Failed")),
        &["/reason", "/message"],
    )
    .await;
}

async fn the_status_of_a_kind_without_one_is_not_found(case: &mut Case<'_>) {
    case.send(post("configmaps", config_map("x"))).await;
    case.tell("get", get("configmaps/x/status")).await;
    case.tell("patch", merge("configmaps/x/status", json!({}))).await;
    case.tell("scale", get("configmaps/x/scale")).await;
}

async fn the_scale_reads_and_writes_the_replicas(case: &mut Case<'_>) {
    case.send(post("deployments.apps", deployment("web"))).await;
    let scale = case.tell("get", get("deployments.apps/web/scale")).await;
    case.tell("patch", merge("deployments.apps/web/scale", json!({ "spec": { "replicas": 4 } }))).await;
    case.show("get the object", get("deployments.apps/web"), &["/spec/replicas", "/metadata/generation"])
        .await;
    let mut put_scale = scale.with("/spec/replicas", 2);
    put_scale["metadata"].as_object_mut().unwrap().remove("resourceVersion");
    case.tell("put", put("deployments.apps/web/scale", put_scale)).await;
    case.tell(
        "json patch",
        patch(
            "deployments.apps/web/scale",
            json!([{ "op": "replace", "path": "/spec/replicas", "value": 7 }]),
        ),
    )
    .await;
}

async fn a_scale_over_a_stale_version_conflicts(case: &mut Case<'_>) {
    case.send(post("deployments.apps", deployment("web"))).await;
    let scale = case.send(get("deployments.apps/web/scale")).await;
    case.send(merge("deployments.apps/web", json!({ "metadata": { "labels": { "a": "b" } } }))).await;
    case.tell("put", put("deployments.apps/web/scale", scale.with("/spec/replicas", 2))).await;
}

async fn a_scale_that_is_not_valid_is_refused(case: &mut Case<'_>) {
    case.send(post("deployments.apps", deployment("web"))).await;
    case.tell("of nothing", merge("deployments.apps/none/scale", json!({ "spec": { "replicas": 1 } }))).await;
}

fn binding(node: &str) -> Value {
    json!({ "apiVersion": "v1", "kind": "Binding", "metadata": { "name": "x" }, "target": { "kind": "Node", "name": node } })
}

async fn a_pod_is_bound_to_a_node_once(case: &mut Case<'_>) {
    case.send(post("pods", pod("x"))).await;
    case.tell("bind", post("pods/x/binding", binding("node-{id}"))).await;
    case.show("get", get("pods/x"), &["/spec/nodeName", "/metadata/generation"]).await;
    case.tell("bind again", post("pods/x/binding", binding("other-{id}"))).await;
    case.tell(
        "bind nothing",
        post("pods/none/binding", {
            let mut none = binding("n");
            none["metadata"]["name"] = "none".into();
            none
        }),
    )
    .await;
    case.send(delete("pods/x", json!({ "gracePeriodSeconds": 0 }))).await;
}

fn eviction(name: &str) -> Value {
    json!({ "apiVersion": "policy/v1", "kind": "Eviction", "metadata": { "name": name } })
}

async fn a_pod_is_evicted(case: &mut Case<'_>) {
    case.send(post("pods", pod("x"))).await;
    case.tell("evict", post("pods/x/eviction", eviction("x"))).await;
    case.tell("evict nothing", post("pods/none/eviction", eviction("none"))).await;
    case.glance("get", get("pods/x"), &["/reason"]).await;
}

async fn an_eviction_waits_for_the_budget(case: &mut Case<'_>) {
    let mut object = pod("x");
    object["metadata"]["labels"] = json!({ "app": "etcd" });
    object["spec"]["nodeName"] = "node-{id}".into();
    case.send(post("pods", object)).await;
    let running =
        json!({ "status": { "phase": "Running", "conditions": [{ "type": "Ready", "status": "True" }] } });
    case.send(merge("pods/x/status", running)).await;
    let budget = json!({ "metadata": { "name": "etcd" }, "spec": { "minAvailable": 1, "selector": { "matchLabels": { "app": "etcd" } } } });
    case.send(post("poddisruptionbudgets.policy", budget)).await;
    let status = json!({ "status": { "observedGeneration": 1, "disruptionsAllowed": 0, "currentHealthy": 1, "desiredHealthy": 1, "expectedPods": 1 } });
    case.send(merge("poddisruptionbudgets.policy/etcd/status", status)).await;
    case.send(merge(
        "poddisruptionbudgets.policy/etcd/status",
        json!({ "status": { "disruptionsAllowed": 1 } }),
    ))
    .await;
    case.tell("evict when it may", post("pods/x/eviction", eviction("x"))).await;
    case.show("get", get("pods/x"), &["/metadata/deletionGracePeriodSeconds"]).await;
    case.send(delete("pods/x", json!({ "gracePeriodSeconds": 0 }))).await;
}

async fn an_exec_into_nothing_is_refused(case: &mut Case<'_>) {
    case.tell("no pod", get("pods/none/exec?command=ls&stdout=true")).await;
    case.send(post("pods", pod("x"))).await;
    case.tell("no container of that name", get("pods/x/exec?command=ls&stdout=true&container=none")).await;
    case.tell("a pod without a node", get("pods/x/exec?command=ls&stdout=true")).await;
}

async fn the_log_of_nothing_is_refused(case: &mut Case<'_>) {
    case.tell("no pod", get("pods/none/log")).await;
    case.send(post("pods", pod("x"))).await;
    case.tell("no container of that name", get("pods/x/log?container=none")).await;
    let mut two = pod("y");
    two["spec"]["containers"] = json!([{ "name": "a", "image": "i" }, { "name": "b", "image": "i" }]);
    case.send(post("pods", two)).await;
    case.tell("which container", get("pods/y/log")).await;
}

async fn a_token_is_issued_for_an_account(case: &mut Case<'_>) {
    case.send(post("serviceaccounts", json!({ "metadata": { "name": "x" } }))).await;
    let request = json!({ "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": { "expirationSeconds": 700 } });
    let issued = case.send(post("serviceaccounts/x/token", request)).await;
    case.note(
        "token",
        json!([
            issued.code,
            issued.body["kind"],
            issued.body["apiVersion"],
            issued.body["spec"]["expirationSeconds"],
            issued.text("/status/token").len() > 20,
            !issued.text("/status/expirationTimestamp").is_empty()
        ]),
    );
    let issued = case.send(post("serviceaccounts/x/token", json!({}))).await;
    case.note("an hour", json!([issued.code, issued.body["spec"]["expirationSeconds"]]));
}

async fn a_token_for_nobody_is_refused(case: &mut Case<'_>) {
    case.tell("nobody", post("serviceaccounts/none/token", json!({ "spec": {} }))).await;
    case.send(post("serviceaccounts", json!({ "metadata": { "name": "x" } }))).await;
    case.tell("a short one", post("serviceaccounts/x/token", json!({ "spec": { "expirationSeconds": 10 } })))
        .await;
}

async fn a_namespace_is_finalized_apart(case: &mut Case<'_>) {
    let namespace = json!({ "metadata": { "name": "{ns}-other" }, "spec": { "finalizers": ["kubernetes", "lab.test/mine"] } });
    let made =
        case.show("create", post("/api/v1/namespaces", namespace), &["/spec/finalizers", "/status"]).await;
    let left = made.with("/spec/finalizers", json!(["kubernetes"]));
    case.show("finalize", put("/api/v1/namespaces/{ns}-other/finalize", left), &["/spec/finalizers"]).await;
}

async fn a_dry_create_keeps_nothing(case: &mut Case<'_>) {
    let made = case.send(post("configmaps?dryRun=All", config_map("x"))).await;
    case.note(
        "create",
        json!([
            made.code,
            made.body["data"],
            made.body["metadata"]["resourceVersion"],
            made.text("/metadata/uid").len()
        ]),
    );
    case.tell("get", get("configmaps/x")).await;
    let service = json!({ "metadata": { "name": "x" }, "spec": { "ports": [{ "port": 80 }] } });
    case.glance("a service", post("services?dryRun=All", service), &["/spec/type"]).await;
}

async fn a_dry_update_keeps_nothing(case: &mut Case<'_>) {
    let made = case.send(post("configmaps", config_map("x"))).await;
    case.tell("put", put("configmaps/x?dryRun=All", made.with("/data/a", "2"))).await;
    case.tell("get", get("configmaps/x")).await;
}

async fn a_dry_patch_keeps_nothing(case: &mut Case<'_>) {
    case.send(post("deployments.apps", deployment("web"))).await;
    let parts = ["/spec/replicas", "/metadata/generation", "/metadata/resourceVersion"];
    case.show(
        "patch",
        merge("deployments.apps/web?dryRun=All", json!({ "spec": { "replicas": 3 } })),
        &parts,
    )
    .await;
    case.show(
        "scale",
        merge("deployments.apps/web/scale?dryRun=All", json!({ "spec": { "replicas": 5 } })),
        &["/spec/replicas"],
    )
    .await;
    case.show("get", get("deployments.apps/web"), &parts).await;
}

async fn a_dry_apply_keeps_nothing(case: &mut Case<'_>) {
    let wanted =
        json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "x" }, "data": { "a": "1" } });
    case.glance("apply", apply("configmaps/x?fieldManager=one&dryRun=All", wanted), &["/data"]).await;
    case.tell("get", get("configmaps/x")).await;
}

async fn a_dry_delete_keeps_nothing(case: &mut Case<'_>) {
    case.send(post("configmaps", config_map("x"))).await;
    case.tell("delete", delete("configmaps/x", json!({ "dryRun": ["All"] }))).await;
    case.tell("delete by the query", delete("configmaps/x?dryRun=All", Value::Null)).await;
    case.tell("get", get("configmaps/x")).await;
    let mut held = config_map("y");
    held["metadata"]["finalizers"] = json!(["lab.test/hold"]);
    case.send(post("configmaps", held)).await;
    case.glance(
        "delete what is held",
        delete("configmaps/y?dryRun=All", Value::Null),
        &["/kind", "/metadata/finalizers"],
    )
    .await;
    case.show("get what is held", get("configmaps/y"), &["/metadata/deletionTimestamp"]).await;
}

async fn a_dry_run_refuses_what_a_real_one_refuses(case: &mut Case<'_>) {
    case.send(post("configmaps", config_map("x"))).await;
    case.tell("taken", post("configmaps?dryRun=All", config_map("x"))).await;
    case.tell("bad", post("configmaps?dryRun=All", config_map("Bad"))).await;
    case.tell("missing", delete("configmaps/none?dryRun=All", Value::Null)).await;
}

async fn a_dry_run_of_anything_but_all_is_refused(case: &mut Case<'_>) {
    case.tell("create", post("configmaps?dryRun=Some", config_map("x"))).await;
    case.send(post("configmaps", config_map("x"))).await;
    case.tell("patch", merge("configmaps/x?dryRun=true", json!({}))).await;
}

async fn a_signing_request_is_approved_apart(case: &mut Case<'_>) {
    let target = "/apis/certificates.k8s.io/v1/certificatesigningrequests/csr-{id}";
    let conditions = json!({ "status": { "conditions": [{ "type": "Approved", "status": "True", "reason": "Test", "message": "by hand" }] } });
    case.tell("approve nothing", merge(&format!("{target}/approval"), conditions)).await;
}
