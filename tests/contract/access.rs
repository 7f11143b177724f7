//! Who may do what, and how a server says no.

use serde_json::{Value, json};

use crate::kit::{Case, delete, get, merge, post};
use crate::objects::config_map;

cases!("access":
    nobody_without_a_role_may_do_anything,
    a_role_allows_what_it_names,
    a_role_of_single_names_allows_these,
    a_group_is_bound_like_a_user,
    a_cluster_role_bound_in_a_namespace_counts_there,
    an_access_review_answers_for_oneself,
    an_access_review_answers_for_others,
    a_subject_review_says_who_one_is,
    subresources_are_allowed_by_name,
);

const ROLES: &str = "roles.rbac.authorization.k8s.io";
const BINDINGS: &str = "rolebindings.rbac.authorization.k8s.io";

async fn allow(case: &mut Case<'_>, subject: Value, rules: Value) {
    let role = json!({ "metadata": { "name": "r" }, "rules": rules });
    case.note("role", case.send(post(ROLES, role)).await.code);
    let binding = json!({ "metadata": { "name": "r" }, "subjects": [subject],
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "r" } });
    case.note("binding", case.send(post(BINDINGS, binding)).await.code);
}

fn user() -> Value {
    json!({ "kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": "reader-{id}" })
}

/// A binding counts a moment after it is written: asks until it does.
async fn until_allowed(case: &Case<'_>, target: &str) {
    let allowed = async { while case.send(get(target)).await.code == 403 {} };
    tokio::time::timeout(crate::kit::LIMIT, allowed).await.unwrap();
}

async fn nobody_without_a_role_may_do_anything(case: &mut Case<'_>) {
    case.send(post("configmaps", config_map("x"))).await;
    case.become_user("reader-{id}", &[]);
    case.tell("get", get("configmaps/x")).await;
    case.tell("list", get("configmaps")).await;
    case.tell("watch", get("configmaps?watch=true")).await;
    case.tell("create", post("configmaps", config_map("y"))).await;
    case.tell("patch", merge("configmaps/x", json!({}))).await;
    case.tell("delete", delete("configmaps/x", Value::Null)).await;
    case.tell("delete all", delete("configmaps", Value::Null)).await;
    case.tell("of a group", get("deployments.apps/x")).await;
    case.tell("a subresource", get("pods/x/log")).await;
    case.tell("the whole cluster", get("/api/v1/nodes")).await;
    case.tell("all namespaces", get("/api/v1/secrets")).await;
    case.tell("what does not exist", get("configmaps/none")).await;
    case.tell("a path", get("/metrics")).await;
    case.glance("the version", get("/version"), &["/major"]).await;
}

async fn a_role_allows_what_it_names(case: &mut Case<'_>) {
    case.send(post("configmaps", config_map("x"))).await;
    allow(
        case,
        user(),
        json!([{ "apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"] }]),
    )
    .await;
    case.become_user("reader-{id}", &[]);
    until_allowed(case, "configmaps").await;
    case.glance("get", get("configmaps/x"), &["/data"]).await;
    case.glance("list", get("configmaps"), &["/kind"]).await;
    case.tell("watch", get("configmaps?watch=true")).await;
    case.tell("delete", delete("configmaps/x", Value::Null)).await;
    case.tell("another kind", get("secrets")).await;
    case.tell("another namespace", get("/api/v1/namespaces/default/configmaps")).await;
    case.tell("what is missing", get("configmaps/none")).await;
}

async fn a_role_of_single_names_allows_these(case: &mut Case<'_>) {
    for name in ["one", "two"] {
        case.send(post("configmaps", config_map(name))).await;
    }
    allow(case, user(), json!([{ "apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"], "resourceNames": ["one"] }])).await;
    case.become_user("reader-{id}", &[]);
    until_allowed(case, "configmaps/one").await;
    case.tell("another", get("configmaps/two")).await;
    case.tell("all", get("configmaps")).await;
    case.show(
        "by its name",
        get("configmaps?fieldSelector=metadata.name%3Done"),
        &["/items/0/metadata/name", "/items/1"],
    )
    .await;
}

async fn a_group_is_bound_like_a_user(case: &mut Case<'_>) {
    let group = json!({ "kind": "Group", "apiGroup": "rbac.authorization.k8s.io", "name": "readers-{id}" });
    allow(case, group, json!([{ "apiGroups": ["*"], "resources": ["*"], "verbs": ["list"] }])).await;
    case.become_user("somebody-{id}", &["readers-{id}"]);
    until_allowed(case, "configmaps").await;
    case.glance("list", get("deployments.apps"), &["/kind"]).await;
    case.tell("get", get("configmaps/none")).await;
}

async fn a_cluster_role_bound_in_a_namespace_counts_there(case: &mut Case<'_>) {
    let role = json!({ "metadata": { "name": "role-{id}" }, "rules": [{ "apiGroups": [""], "resources": ["configmaps"], "verbs": ["get"] }] });
    case.send(post("/apis/rbac.authorization.k8s.io/v1/clusterroles", role)).await;
    let binding = json!({ "metadata": { "name": "r" }, "subjects": [user()],
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "role-{id}" } });
    case.send(post(BINDINGS, binding)).await;
    case.become_user("reader-{id}", &[]);
    until_allowed(case, "configmaps/x").await;
    case.tell("here", get("configmaps/x")).await;
    case.tell("elsewhere", get("/api/v1/namespaces/default/configmaps/x")).await;
}

const OWN: &str = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

async fn an_access_review_answers_for_oneself(case: &mut Case<'_>) {
    allow(case, user(), json!([{ "apiGroups": [""], "resources": ["configmaps"], "verbs": ["get"] }])).await;
    let ask = |verb: &str| {
        json!({ "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
        "spec": { "resourceAttributes": { "verb": verb, "resource": "configmaps", "namespace": "{ns}" } } })
    };
    case.glance("the administrator", post(OWN, ask("delete")), &["/status/allowed", "/kind", "/apiVersion"])
        .await;
    case.become_user("reader-{id}", &[]);
    until_allowed(case, "configmaps/x").await;
    case.glance("may", post(OWN, ask("get")), &["/status/allowed", "/spec"]).await;
    case.tell("may not", post(OWN, ask("delete"))).await;
}

async fn an_access_review_answers_for_others(case: &mut Case<'_>) {
    allow(case, user(), json!([{ "apiGroups": [""], "resources": ["configmaps"], "verbs": ["get"] }])).await;
    case.become_user("reader-{id}", &[]);
    until_allowed(case, "configmaps/x").await;
    case.become_admin();
    let ask = |user: &str| json!({ "spec": { "user": user, "groups": [], "resourceAttributes": { "verb": "get", "resource": "configmaps", "namespace": "{ns}" } } });
    const REVIEWS: &str = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
    case.glance("may", post(REVIEWS, ask("reader-{id}")), &["/status/allowed"]).await;
    case.glance("may not", post(REVIEWS, ask("other-{id}")), &["/status/allowed"]).await;
    case.become_user("reader-{id}", &[]);
    case.tell("asked by somebody who may not ask", post(REVIEWS, ask("other-{id}"))).await;
}

async fn a_subject_review_says_who_one_is(case: &mut Case<'_>) {
    case.become_user("reader-{id}", &["readers-{id}"]);
    let review = json!({ "apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview" });
    const REVIEWS: &str = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    case.glance(
        "review",
        post(REVIEWS, review),
        &["/kind", "/status/userInfo/username", "/status/userInfo/groups"],
    )
    .await;
}

async fn subresources_are_allowed_by_name(case: &mut Case<'_>) {
    allow(
        case,
        user(),
        json!([{ "apiGroups": ["apps"], "resources": ["deployments/scale"], "verbs": ["get", "update"] }]),
    )
    .await;
    case.become_user("reader-{id}", &[]);
    until_allowed(case, "deployments.apps/x/scale").await;
    case.tell("its scale", get("deployments.apps/x/scale")).await;
    case.tell("itself", get("deployments.apps/x")).await;
    case.tell(
        "a patch of its scale",
        merge("deployments.apps/x/scale", json!({ "spec": { "replicas": 1 } })),
    )
    .await;
}
