//! Admission webhooks that nobody answers for: they refuse what they rule over, and nothing else.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use kube::api::{DeleteParams, DynamicObject, Patch, PatchParams, PostParams};
use serde_json::{Value, json};
use support::{Cluster, refused};

const PODS: (&str, &str, &str) = ("v1", "Pod", "pods");
const CONFIG_MAPS: (&str, &str, &str) = ("v1", "ConfigMap", "configmaps");
const PATH: &str = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";

fn pod(name: &str, app: &str) -> DynamicObject {
    serde_json::from_value(json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": {"app": app}},
        "spec": {"containers": [{"name": "main", "image": "image:1"}]},
    }))
    .unwrap()
}

/// A cluster in which a webhook rules over the creation of pods, and its service has nobody behind it.
async fn with_webhook(change: impl FnOnce(&mut Value)) -> Cluster {
    let cluster = Cluster::start().await;
    let mut configuration = json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": "policy"},
        "webhooks": [{
            "name": "pods.policy.example.com", "failurePolicy": "Fail",
            "sideEffects": "None", "admissionReviewVersions": ["v1"],
            "clientConfig": {"service": {"namespace": "default", "name": "policy", "path": "/validate"}},
            "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}],
        }],
    });
    change(&mut configuration["webhooks"][0]);
    let (code, answer) = cluster.raw("POST", PATH, "application/json", configuration).await;
    assert_eq!(code, 201, "{answer}");
    let service: DynamicObject = serde_json::from_value(json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "policy"},
        "spec": {"selector": {"app": "policy"}, "ports": [{"port": 443}]},
    }))
    .unwrap();
    cluster.api(("v1", "Service", "services")).create(&PostParams::default(), &service).await.unwrap();
    cluster
}

async fn is_refused(cluster: &Cluster, name: &str, app: &str) -> bool {
    let made = cluster.api(PODS).create(&PostParams::default(), &pod(name, app)).await;
    made.is_err() && refused(made).message.contains("failed calling webhook")
}

#[tokio::test]
async fn a_webhook_without_endpoints_refuses_pods_in_the_servers_words_until_its_policy_is_ignore() {
    let cluster = with_webhook(|_| {}).await;
    let status = refused(cluster.api(PODS).create(&PostParams::default(), &pod("a", "web")).await);
    assert_eq!((status.code, status.reason.as_str()), (500, "InternalError"));
    assert_eq!(
        status.message,
        "Internal error occurred: failed calling webhook \"pods.policy.example.com\": failed to call webhook: \
         Post \"https://policy.default.svc:443/validate?timeout=10s\": no endpoints available for service \"policy\""
    );
    let patch = json!([{"op": "replace", "path": "/webhooks/0/failurePolicy", "value": "Ignore"}]);
    let address = format!("{PATH}/policy");
    let (code, _) = cluster.raw("PATCH", &address, "application/json-patch+json", patch).await;
    assert_eq!(code, 200);
    assert!(!is_refused(&cluster, "a", "web").await);
}

#[tokio::test]
async fn only_the_operations_and_resources_of_the_rules_are_refused() {
    let cluster = with_webhook(|webhook| webhook["rules"][0]["operations"] = json!(["UPDATE"])).await;
    let pods = cluster.api(PODS);
    pods.create(&PostParams::default(), &pod("a", "web")).await.unwrap();
    let label = Patch::Merge(json!({"metadata": {"labels": {"tier": "1"}}}));
    let status = refused(pods.patch("a", &PatchParams::default(), &label).await);
    assert!(status.message.contains("no endpoints available"), "{}", status.message);
    let phase = Patch::Merge(json!({"status": {"phase": "Running"}}));
    pods.patch_status("a", &PatchParams::default(), &phase).await.unwrap();
    pods.delete("a", &DeleteParams::default()).await.unwrap();
    let map: DynamicObject =
        serde_json::from_value(json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m"}}))
            .unwrap();
    cluster.api(CONFIG_MAPS).create(&PostParams::default(), &map).await.unwrap();
    let change = Patch::Merge(json!({"data": {"a": "1"}}));
    cluster.api(CONFIG_MAPS).patch("m", &PatchParams::default(), &change).await.unwrap();
}

#[tokio::test]
async fn a_deletion_can_be_refused_too() {
    let cluster = with_webhook(|webhook| {
        webhook["rules"][0] = json!({
            "apiGroups": ["*"], "apiVersions": ["*"], "operations": ["DELETE"], "resources": ["*/*"],
        });
    })
    .await;
    cluster.api(PODS).create(&PostParams::default(), &pod("a", "web")).await.unwrap();
    let status = refused(cluster.api(PODS).delete("a", &DeleteParams::default()).await.map(|_| ()));
    assert!(status.message.contains("failed calling webhook"), "{}", status.message);
    // Nobody can lock himself out: the configuration itself goes.
    let (code, _) = cluster.raw("DELETE", &format!("{PATH}/policy"), "application/json", Value::Null).await;
    assert_eq!(code, 200);
    cluster.api(PODS).delete("a", &DeleteParams::default()).await.unwrap();
}

#[tokio::test]
async fn selectors_narrow_a_webhook_and_a_service_that_is_missing_is_named() {
    let cluster = with_webhook(|webhook| {
        webhook["objectSelector"] = json!({"matchLabels": {"app": "web"}});
        webhook["clientConfig"]["service"]["name"] = "elsewhere".into();
    })
    .await;
    assert!(!is_refused(&cluster, "a", "other").await);
    let status = refused(cluster.api(PODS).create(&PostParams::default(), &pod("b", "web")).await);
    assert!(status.message.ends_with("service \"elsewhere\" not found"), "{}", status.message);
    let cluster = with_webhook(|webhook| {
        webhook["namespaceSelector"] = json!({"matchExpressions": [
            {"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": ["default"]},
        ]});
    })
    .await;
    assert!(!is_refused(&cluster, "a", "web").await);
}

#[tokio::test]
async fn endpoints_or_a_ready_pod_behind_the_service_let_everything_pass() {
    let cluster =
        with_webhook(|webhook| webhook["objectSelector"] = json!({"matchLabels": {"app": "web"}})).await;
    assert!(is_refused(&cluster, "a", "web").await);
    cluster.api(PODS).create(&PostParams::default(), &pod("policy-1", "policy")).await.unwrap();
    assert!(is_refused(&cluster, "a", "web").await, "its pod is not ready");
    let ready = Patch::Merge(json!({"status": {"conditions": [{"type": "Ready", "status": "True"}]}}));
    cluster.api(PODS).patch_status("policy-1", &PatchParams::default(), &ready).await.unwrap();
    assert!(!is_refused(&cluster, "a", "web").await);

    let cluster = with_webhook(|_| {}).await;
    let endpoints: DynamicObject = serde_json::from_value(json!({
        "apiVersion": "v1", "kind": "Endpoints", "metadata": {"name": "policy"},
        "subsets": [{"addresses": [{"ip": "10.128.0.9"}], "ports": [{"port": 443}]}],
    }))
    .unwrap();
    cluster.api(("v1", "Endpoints", "endpoints")).create(&PostParams::default(), &endpoints).await.unwrap();
    assert!(!is_refused(&cluster, "a", "web").await);
}
