//! What builtin kinds refuse, as operators meet it.

use serde_json::{Value, json};

use crate::kit::{Case, get, merge, post, put};
use crate::objects::config_map;

cases!("workloads":
    a_bad_name_is_refused_in_the_words_of_its_kind,
    bad_labels_annotations_and_finalizers_are_refused,
    owners_must_be_named_in_full,
    a_secret_holds_base64_and_takes_plain_texts,
    a_secret_of_a_type_has_the_keys_of_that_type,
    the_type_of_a_secret_cannot_change,
    an_immutable_secret_and_config_map_stay_as_they_are,
    a_config_map_has_keys_that_can_be_file_names,
    a_config_map_is_not_too_large,
    a_deployment_without_a_selector_is_refused,
    a_deployment_whose_selector_does_not_match_is_refused,
    the_selector_of_a_deployment_cannot_change,
    a_deployment_without_containers_is_refused,
    a_stateful_set_can_change_little,
    a_claim_can_change_little,
    a_pod_without_containers_is_refused,
    a_pod_can_change_little,
    a_service_gets_an_address_and_keeps_it,
    the_role_of_a_binding_cannot_change,
    a_role_needs_verbs,
    a_namespace_is_active_and_labelled,
);

pub fn deployment(name: &str) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": name, "labels": { "app": name } },
        "spec": {
            "selector": { "matchLabels": { "app": name } },
            "template": {
                "metadata": { "labels": { "app": name } },
                "spec": { "containers": [{ "name": "main", "image": "image:1" }] },
            },
        },
    })
}

pub fn pod(name: &str) -> Value {
    json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": name },
        "spec": { "containers": [{ "name": "main", "image": "image:1" }] } })
}

fn stateful_set(name: &str) -> Value {
    let mut object = deployment(name);
    object["kind"] = "StatefulSet".into();
    object["spec"]["serviceName"] = name.into();
    object
}

async fn a_bad_name_is_refused_in_the_words_of_its_kind(case: &mut Case<'_>) {
    case.tell("capitals", post("configmaps", config_map("Bad_Name"))).await;
    case.tell("a slash", post("configmaps", config_map("a/b"))).await;
    case.tell("too long", post("configmaps", config_map(&"a".repeat(254)))).await;
    let named = |name: &str| json!({ "metadata": { "name": name } });
    case.tell("a namespace", post("/api/v1/namespaces", named("a.b"))).await;
    let mut service = named("1st");
    service["spec"] = json!({ "ports": [{ "port": 80 }] });
    case.tell("a pod", post("pods", pod("a_b"))).await;
    let role = json!({ "metadata": { "name": "a:b" }, "rules": [{ "apiGroups": [""], "resources": ["pods"], "verbs": ["get"] }] });
    case.glance("a role with a colon", post("roles.rbac.authorization.k8s.io", role), &["/metadata/name"])
        .await;
    let role = json!({ "metadata": { "name": "a/b" }, "rules": [] });
    case.tell("a role with a slash", post("roles.rbac.authorization.k8s.io", role)).await;
}

async fn bad_labels_annotations_and_finalizers_are_refused(case: &mut Case<'_>) {
    let with = |field: &str, value: Value| {
        let mut object = config_map("x");
        object["metadata"][field] = value;
        object
    };
    case.tell("label value", post("configmaps", with("labels", json!({ "a": "b c" })))).await;
    case.tell("long label value", post("configmaps", with("labels", json!({ "a": "b".repeat(64) })))).await;
    case.tell("label key", post("configmaps", with("labels", json!({ "a b": "c" })))).await;
    case.tell("annotation key", post("configmaps", with("annotations", json!({ "a/b/c": "d" })))).await;
    case.tell("finalizer", post("configmaps", with("finalizers", json!(["plain"])))).await;
    case.tell("bad finalizer", post("configmaps", with("finalizers", json!(["a b"])))).await;
}

async fn owners_must_be_named_in_full(case: &mut Case<'_>) {
    let mut object = config_map("x");
    object["metadata"]["ownerReferences"] = json!([{ "apiVersion": "", "kind": "", "name": "", "uid": "" }]);
    case.tell("empty", post("configmaps", object)).await;
    let owner = |name: &str| json!({ "apiVersion": "v1", "kind": "ConfigMap", "name": name, "uid": name, "controller": true });
    let mut object = config_map("x");
    object["metadata"]["ownerReferences"] = json!([owner("a"), owner("b")]);
    case.tell("two controllers", post("configmaps", object)).await;
    let mut object = config_map("x");
    object["metadata"]["ownerReferences"] =
        json!([{ "apiVersion": "v1", "kind": "Event", "name": "a", "uid": "b" }]);
    case.tell("an event", post("configmaps", object)).await;
}

async fn a_secret_holds_base64_and_takes_plain_texts(case: &mut Case<'_>) {
    let secret = json!({ "metadata": { "name": "x" }, "data": { "a": "AAEC", "b": "b2xk" }, "stringData": { "b": "new", "c": "" } });
    case.tell("create", post("secrets", secret)).await;
    case.tell("patch", merge("secrets/x", json!({ "stringData": { "a": "plain" } }))).await;
    let bad = json!({ "metadata": { "name": "y" }, "data": { "a": "not base64" } });
    case.glance("no base64", post("secrets", bad), &["/reason"]).await;
    let bad = json!({ "metadata": { "name": "y" }, "data": { "a b": "AAEC" } });
    case.tell("a bad key", post("secrets", bad)).await;
}

async fn a_secret_of_a_type_has_the_keys_of_that_type(case: &mut Case<'_>) {
    let secret =
        |type_: &str, data: Value| json!({ "metadata": { "name": "x" }, "type": type_, "data": data });
    case.tell("pull secret", post("secrets", secret("kubernetes.io/dockerconfigjson", json!({})))).await;
    case.tell("tls", post("secrets", secret("kubernetes.io/tls", json!({ "tls.crt": "AAEC" })))).await;
    case.tell("ssh", post("secrets", secret("kubernetes.io/ssh-auth", json!({ "key": "AAEC" })))).await;
}

async fn the_type_of_a_secret_cannot_change(case: &mut Case<'_>) {
    let made = case.send(post("secrets", json!({ "metadata": { "name": "x" }, "data": {} }))).await;
    case.tell("put", put("secrets/x", made.with("/type", "example.com/other"))).await;
}

async fn an_immutable_secret_and_config_map_stay_as_they_are(case: &mut Case<'_>) {
    let mut object = config_map("x");
    object["immutable"] = true.into();
    case.tell("create", post("configmaps", object.clone())).await;
    case.tell("change", merge("configmaps/x", json!({ "data": { "a": "2" } }))).await;
    case.tell("make it mutable", merge("configmaps/x", json!({ "immutable": false }))).await;
    case.glance(
        "label it",
        merge("configmaps/x", json!({ "metadata": { "labels": { "a": "b" } } })),
        &["/metadata/labels"],
    )
    .await;
    object["kind"] = "Secret".into();
    object["data"] = json!({ "a": "AAEC" });
    case.send(post("secrets", object)).await;
    case.tell("change the secret", merge("secrets/x", json!({ "data": { "a": "AAED" } }))).await;
}

async fn a_config_map_has_keys_that_can_be_file_names(case: &mut Case<'_>) {
    let mut object = config_map("x");
    object["data"] = json!({ "a b": "1" });
    case.tell("a space", post("configmaps", object.clone())).await;
    object["data"] = json!({ "..": "1" });
    case.tell("the folder above", post("configmaps", object.clone())).await;
    object["data"] = json!({ "a": "1" });
    object["binaryData"] = json!({ "a": "AAEC" });
    case.tell("twice", post("configmaps", object)).await;
}

async fn a_config_map_is_not_too_large(case: &mut Case<'_>) {
    let mut object = config_map("x");
    object["data"]["a"] = "a".repeat((1 << 20) + 1).into();
    case.tell("create", post("configmaps", object)).await;
    let mut object = config_map("x");
    object["metadata"]["annotations"] = json!({ "a": "a".repeat(257 << 10) });
    case.tell("annotations", post("configmaps", object)).await;
    let mut object = config_map("x");
    object["data"]["a"] = "a".repeat(4 << 20).into();
    case.tell("a body beyond the limit", post("configmaps", object)).await;
}

async fn a_deployment_without_a_selector_is_refused(case: &mut Case<'_>) {
    let mut object = deployment("web");
    object["spec"].as_object_mut().unwrap().remove("selector");
    case.tell("none", post("deployments.apps", object.clone())).await;
    object["spec"]["selector"] = json!({});
}

async fn a_deployment_whose_selector_does_not_match_is_refused(case: &mut Case<'_>) {
    let mut object = deployment("web");
    object["spec"]["template"]["metadata"]["labels"] = json!({ "app": "other" });
    case.tell("create", post("deployments.apps", object)).await;
}

async fn the_selector_of_a_deployment_cannot_change(case: &mut Case<'_>) {
    let made = case.send(post("deployments.apps", deployment("web"))).await;
    let mut object = made.body.clone();
    object["spec"]["selector"]["matchLabels"] = json!({ "app": "other" });
    object["spec"]["template"]["metadata"]["labels"] = json!({ "app": "other" });
    case.tell("put", put("deployments.apps/web", object)).await;
}

async fn a_deployment_without_containers_is_refused(case: &mut Case<'_>) {
    let mut object = deployment("web");
    object["spec"]["template"]["spec"]["containers"] = json!([]);
    case.tell("create", post("deployments.apps", object.clone())).await;
    object["spec"]["template"]["spec"]["containers"] = json!([{ "name": "Bad", "image": "" }]);
    object["spec"]["template"]["spec"]["containers"] =
        json!([{ "name": "a", "image": "i" }, { "name": "a", "image": "i" }]);
}

async fn a_stateful_set_can_change_little(case: &mut Case<'_>) {
    let made = case.send(post("statefulsets.apps", stateful_set("web"))).await;
    case.tell("service", put("statefulsets.apps/web", made.with("/spec/serviceName", "other"))).await;
    case.tell(
        "policy",
        merge("statefulsets.apps/web", json!({ "spec": { "podManagementPolicy": "Parallel" } })),
    )
    .await;
    case.show(
        "replicas",
        merge("statefulsets.apps/web", json!({ "spec": { "replicas": 0 } })),
        &["/spec/replicas", "/metadata/generation"],
    )
    .await;
}

fn claim(name: &str) -> Value {
    json!({ "metadata": { "name": name }, "spec": { "accessModes": ["ReadWriteOnce"], "storageClassName": "gp3", "resources": { "requests": { "storage": "8Gi" } } } })
}

async fn a_claim_can_change_little(case: &mut Case<'_>) {
    case.show("create", post("persistentvolumeclaims", claim("x")), &["/spec", "/status"]).await;
    case.glance(
        "class",
        merge("persistentvolumeclaims/x", json!({ "spec": { "storageClassName": "other" } })),
        &["/reason", "/details/causes/0/reason", "/details/causes/0/field"],
    )
    .await;
    case.glance(
        "modes",
        merge("persistentvolumeclaims/x", json!({ "spec": { "accessModes": ["ReadWriteMany"] } })),
        &["/reason", "/details/causes/0/reason", "/details/causes/0/field"],
    )
    .await;
    case.glance(
        "size while it is pending",
        merge(
            "persistentvolumeclaims/x",
            json!({ "spec": { "resources": { "requests": { "storage": "9Gi" } } } }),
        ),
        &["/reason", "/details/causes/0/reason", "/details/causes/0/field"],
    )
    .await;
    let mut bare = claim("y");
    bare["spec"] = json!({});
}

async fn a_pod_without_containers_is_refused(case: &mut Case<'_>) {
    let mut object = pod("x");
    object["spec"]["containers"] = json!([]);
    case.tell("none", post("pods", object.clone())).await;
    object["spec"]["containers"] = json!([{ "name": "main" }]);
    case.tell("no image", post("pods", object.clone())).await;
    object["spec"]["containers"] = json!([{ "image": "image:1" }]);
    case.tell("no name", post("pods", object)).await;
}

async fn a_pod_can_change_little(case: &mut Case<'_>) {
    case.send(post("pods", pod("x"))).await;
    let parts = ["/reason", "/details/causes/0/reason", "/details/causes/0/field"];
    case.glance(
        "its restart policy",
        merge("pods/x", json!({ "spec": { "restartPolicy": "Never" } })),
        &parts,
    )
    .await;
    let image = json!({ "spec": { "containers": [{ "name": "main", "image": "image:2" }] } });
    let image = crate::kit::strategic("pods/x", image);
    case.show("its image", image, &["/spec/containers/0/image", "/metadata/generation"]).await;
}

async fn a_service_gets_an_address_and_keeps_it(case: &mut Case<'_>) {
    let service = json!({ "metadata": { "name": "x" }, "spec": { "selector": { "app": "web" }, "ports": [{ "port": 80 }] } });
    let made = case.send(post("services", service.clone())).await;
    case.stands_for(made.text("/spec/clusterIP"), "<address>");
    case.note(
        "create",
        json!([
            made.body["spec"]["clusterIP"],
            made.body["spec"]["clusterIPs"],
            made.body["spec"]["type"],
            made.body["spec"]["ports"]
        ]),
    );
    let again = case.send(put("services/x", service)).await;
    case.note("put without the address", json!([again.code, again.body["spec"]["clusterIP"]]));
    let headless =
        json!({ "metadata": { "name": "y" }, "spec": { "clusterIP": "None", "selector": { "app": "web" } } });
    case.show(
        "without an address",
        post("services", headless),
        &["/spec/clusterIP", "/spec/clusterIPs", "/spec/type"],
    )
    .await;
}

async fn the_role_of_a_binding_cannot_change(case: &mut Case<'_>) {
    let binding = json!({ "metadata": { "name": "x" },
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "one" },
        "subjects": [{ "kind": "User", "name": "somebody" }] });
    let made = case.tell("create", post("rolebindings.rbac.authorization.k8s.io", binding)).await;
    let other = put("rolebindings.rbac.authorization.k8s.io/x", made.with("/roleRef/name", "two"));
    case.glance("put", other, &["/reason", "/details/causes/0/field", "/details/causes/0/reason"]).await;
}

async fn a_role_needs_verbs(case: &mut Case<'_>) {
    let role = |rule: Value| json!({ "metadata": { "name": "x" }, "rules": [rule] });
    case.tell(
        "no verbs",
        post(
            "roles.rbac.authorization.k8s.io",
            role(json!({ "apiGroups": [""], "resources": ["pods"], "verbs": [] })),
        ),
    )
    .await;
    case.tell(
        "no resources",
        post("roles.rbac.authorization.k8s.io", role(json!({ "apiGroups": [""], "verbs": ["get"] }))),
    )
    .await;
}

async fn a_namespace_is_active_and_labelled(case: &mut Case<'_>) {
    case.tell("get", get("/api/v1/namespaces/{ns}")).await;
    let labels = json!({ "metadata": { "labels": { "kubernetes.io/metadata.name": "other" } } });
    case.tell("its label cannot be changed", merge("/api/v1/namespaces/{ns}", labels)).await;
    let labels = json!({ "metadata": { "labels": null } });
    case.tell("nor taken away", merge("/api/v1/namespaces/{ns}", labels)).await;
}
