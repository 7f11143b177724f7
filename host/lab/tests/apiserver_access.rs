//! Rights over the wire: who may do what, and how one asks.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use drsh_lab::apiserver::User;
use k8s_openapi::api::authorization::v1::SelfSubjectAccessReview;
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::api::{Api, ListParams, PostParams};
use serde_json::json;
use support::{Cluster, refused};

/// A cluster on which `ada` may read config maps of `default`.
async fn cluster() -> (Cluster, kube::Client) {
    let cluster = Cluster::start().await;
    let store = cluster.server.store();
    let role = json!({ "metadata": { "name": "reader" }, "rules": [
        { "apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list", "watch"] }] });
    store.create("roles.rbac.authorization.k8s.io", "default", role).unwrap();
    let binding = json!({
        "metadata": { "name": "ada" },
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader" },
        "subjects": [{ "kind": "User", "name": "ada" }],
    });
    store.create("rolebindings.rbac.authorization.k8s.io", "default", binding).unwrap();
    let ada = cluster.server.client(&User::new("ada", ["people"])).unwrap();
    (cluster, ada)
}

#[tokio::test]
async fn a_user_may_do_what_a_role_says_and_nothing_else() {
    let (_cluster, ada) = cluster().await;
    Api::<ConfigMap>::default_namespaced(ada.clone()).list(&ListParams::default()).await.unwrap();
    let status = refused(Api::<Secret>::default_namespaced(ada.clone()).list(&ListParams::default()).await);
    assert_eq!((status.code, status.reason.as_str()), (403, "Forbidden"));
    assert_eq!(
        status.message,
        "secrets is forbidden: User \"ada\" cannot list resource \"secrets\" in API group \"\" in the \
         namespace \"default\""
    );
    let status = refused(Api::<ConfigMap>::namespaced(ada, "kube-system").get("x").await);
    assert!(status.message.starts_with("configmaps \"x\" is forbidden: User \"ada\" cannot get"));
}

#[tokio::test]
async fn somebody_without_a_name_sees_the_version_and_nothing_else() {
    let (cluster, _) = cluster().await;
    let mut config = kube::Config::new(format!("https://{}", cluster.server.address()).parse().unwrap());
    config.accept_invalid_certs = true;
    let nobody = kube::Client::try_from(config).unwrap();
    nobody.apiserver_version().await.unwrap();
    let status = refused(nobody.list_api_groups().await);
    assert_eq!(status.message, "forbidden: User \"system:anonymous\" cannot get path \"/apis\"");
}

#[tokio::test]
async fn an_access_review_answers_as_the_request_itself_would() {
    let (cluster, ada) = cluster().await;
    for (client, verb, allowed) in
        [(&ada, "list", true), (&ada, "delete", false), (&cluster.client, "delete", true)]
    {
        let review: SelfSubjectAccessReview = serde_json::from_value(json!({
            "spec": { "resourceAttributes": { "verb": verb, "resource": "configmaps", "namespace": "default" } },
        }))
        .unwrap();
        let api: Api<SelfSubjectAccessReview> = Api::all(client.clone());
        let answer = api.create(&PostParams::default(), &review).await.unwrap();
        assert_eq!(answer.status.unwrap().allowed, allowed, "{verb}");
    }
}
