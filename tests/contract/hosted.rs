//! Upstream's own definitions, where they are at hand: what a restore writes into a `HostedCluster`.

use serde_json::{Value, json};

use crate::kit::{Case, get, merge, patch, post};

cases!("hosted":
    the_url_of_a_snapshot_is_held_to_its_rules,
    the_url_of_a_snapshot_cannot_change,
    a_hosted_cluster_is_paused_and_resumed,
    a_misplaced_field_is_pruned_and_warned_of,
    the_status_of_a_hosted_cluster_is_written_apart,
    a_node_pool_is_scaled_by_its_replicas,
);

const CLUSTERS: &str = "/apis/hypershift.openshift.io/v1beta1/namespaces/{ns}/hostedclusters";
const DEMO: &str = "/apis/hypershift.openshift.io/v1beta1/namespaces/{ns}/hostedclusters/demo";

/// Defines upstream's kinds; says so where they are not at hand.
async fn define(case: &mut Case<'_>) -> bool {
    let folder = std::env::var_os("DRSH_CRDS").map_or_else(
        || std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/crds"),
        std::path::PathBuf::from,
    );
    for kind in ["hostedclusters", "nodepools"] {
        let Ok(text) = std::fs::read_to_string(folder.join(format!("hypershift.openshift.io_{kind}.yaml")))
        else {
            case.leave_out("upstream's definitions: DRSH_CRDS names no folder that has them");
            return false;
        };
        case.define(serde_saphyr::from_str(&text).unwrap()).await;
    }
    true
}

fn hosted_cluster() -> Value {
    let service = |name: &str| {
        let hostname = format!("{}.example.com", name.to_lowercase());
        json!({ "service": name, "servicePublishingStrategy": { "type": "Route", "route": { "hostname": hostname } } })
    };
    let services = ["APIServer", "OAuthServer", "Konnectivity", "Ignition"].map(service);
    json!({ "apiVersion": "hypershift.openshift.io/v1beta1", "kind": "HostedCluster", "metadata": { "name": "demo" },
        "spec": {
            "release": { "image": "quay.io/openshift-release-dev/ocp-release:4.18.0-x86_64" },
            "pullSecret": { "name": "pull" }, "sshKey": { "name": "ssh" },
            "infraID": "demo-abcde", "clusterID": "0b0c9a3e-8a5e-4f0c-9c57-0a1b2c3d4e5f",
            "dns": { "baseDomain": "example.com" },
            "networking": { "clusterNetwork": [{ "cidr": "10.132.0.0/14" }], "serviceNetwork": [{ "cidr": "172.31.0.0/16" }], "machineNetwork": [{ "cidr": "10.0.0.0/16" }] },
            "etcd": { "managementType": "Managed", "managed": { "storage": { "type": "PersistentVolume", "persistentVolume": { "size": "8Gi" } } } },
            "platform": { "type": "None" },
            "services": services,
        } })
}

fn with_snapshot(urls: Value) -> Value {
    let mut object = hosted_cluster();
    object["spec"]["etcd"]["managed"]["storage"]["restoreSnapshotURL"] = urls;
    object
}

async fn the_url_of_a_snapshot_is_held_to_its_rules(case: &mut Case<'_>) {
    if !define(case).await {
        return;
    }
    case.tell("two", post(CLUSTERS, with_snapshot(json!(["https://a/s.db", "https://b/s.db"])))).await;
    case.tell("no scheme", post(CLUSTERS, with_snapshot(json!(["bucket/s.db"])))).await;
    case.tell("a text", post(CLUSTERS, with_snapshot(json!("https://a/s.db")))).await;
    case.tell("too long", post(CLUSTERS, with_snapshot(json!([format!("https://a/{}", "s".repeat(4096))]))))
        .await;
    let parts = ["/spec/etcd/managed/storage"];
    case.show(
        "a good one",
        post(CLUSTERS, with_snapshot(json!(["https://a/s.db?X-Amz-Signature=0&x=1"]))),
        &parts,
    )
    .await;
}

async fn the_url_of_a_snapshot_cannot_change(case: &mut Case<'_>) {
    if !define(case).await {
        return;
    }
    let parts = ["/spec/etcd/managed/storage/restoreSnapshotURL", "/metadata/generation"];
    case.show("create", post(CLUSTERS, with_snapshot(json!(["https://a/s.db"]))), &parts).await;
    let url = |value: Value| json!({ "spec": { "etcd": { "managed": { "storage": { "restoreSnapshotURL": value } } } } });
    case.show("another", merge(DEMO, url(json!(["https://b/s.db"]))), &parts).await;
    case.show("none", merge(DEMO, url(Value::Null)), &parts).await;
    case.show(
        "json patch",
        patch(DEMO, json!([{ "op": "remove", "path": "/spec/etcd/managed/storage/restoreSnapshotURL" }])),
        &parts,
    )
    .await;
    case.show("the same", merge(DEMO, url(json!(["https://a/s.db"]))), &parts).await;
}

async fn a_hosted_cluster_is_paused_and_resumed(case: &mut Case<'_>) {
    if !define(case).await {
        return;
    }
    case.show("create", post(CLUSTERS, hosted_cluster()), &["/spec", "/metadata/generation"]).await;
    let parts = ["/spec/pausedUntil", "/metadata/generation"];
    case.show("pause", merge(DEMO, json!({ "spec": { "pausedUntil": "true" } })), &parts).await;
    case.show(
        "pause until",
        merge(DEMO, json!({ "spec": { "pausedUntil": "2026-01-01T00:00:00Z" } })),
        &parts,
    )
    .await;
    case.show("a bad time", merge(DEMO, json!({ "spec": { "pausedUntil": "tomorrow" } })), &parts).await;
    case.show("a number", merge(DEMO, json!({ "spec": { "pausedUntil": true } })), &parts).await;
    case.show("resume", merge(DEMO, json!({ "spec": { "pausedUntil": null } })), &parts).await;
}

async fn a_misplaced_field_is_pruned_and_warned_of(case: &mut Case<'_>) {
    if !define(case).await {
        return;
    }
    let mut object = hosted_cluster();
    object["spec"]["etcd"]["restoreSnapshotURL"] = json!(["https://a/s.db"]);
    case.show("create", post(CLUSTERS, object), &["/spec/etcd"]).await;
    let misplaced =
        json!({ "spec": { "etcd": { "managed": { "restoreSnapshotURL": ["https://a/s.db"] } } } });
    case.show("warned", merge(DEMO, misplaced), &["/spec/etcd", "/metadata/generation"]).await;
}

async fn the_status_of_a_hosted_cluster_is_written_apart(case: &mut Case<'_>) {
    if !define(case).await {
        return;
    }
    case.send(post(CLUSTERS, hosted_cluster())).await;
    let condition = json!({ "type": "EtcdSnapshotRestored", "status": "True", "reason": "AsExpected", "message": "", "lastTransitionTime": "2026-01-01T00:00:00Z" });
    let parts = ["/status", "/metadata/generation"];
    case.show(
        "patch",
        merge(&format!("{DEMO}/status"), json!({ "status": { "conditions": [condition] } })),
        &parts,
    )
    .await;
    case.show(
        "a bad condition",
        merge(&format!("{DEMO}/status"), json!({ "status": { "conditions": [{ "type": "x" }] } })),
        &parts,
    )
    .await;
    case.show("get", get(DEMO), &parts).await;
}

async fn a_node_pool_is_scaled_by_its_replicas(case: &mut Case<'_>) {
    if !define(case).await {
        return;
    }
    const POOLS: &str = "/apis/hypershift.openshift.io/v1beta1/namespaces/{ns}/nodepools";
    let pool = json!({ "apiVersion": "hypershift.openshift.io/v1beta1", "kind": "NodePool", "metadata": { "name": "demo" },
        "spec": { "clusterName": "demo", "replicas": 2, "management": { "upgradeType": "Replace" },
            "platform": { "type": "None" }, "release": { "image": "quay.io/openshift-release-dev/ocp-release:4.18.0-x86_64" } } });
    case.show("create", post(POOLS, pool), &["/spec", "/metadata/generation"]).await;
    case.tell("scale", get(&format!("{POOLS}/demo/scale"))).await;
    case.show(
        "another cluster",
        merge(&format!("{POOLS}/demo"), json!({ "spec": { "clusterName": "other" } })),
        &["/spec/clusterName"],
    )
    .await;
}
