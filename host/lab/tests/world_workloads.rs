//! Deployments, stateful sets and their pods, as their controllers and the kubelets keep them.

mod bench;

use bench::{Bench, deployment, has_ready};
use drsh_lab::actors::object::{condition, is_dying, label, name, uid};
use drsh_lab::actors::{Key, kinds};
use kube::api::DeleteParams;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_gets_ready_pods_and_loses_them_when_it_is_scaled_to_zero() {
    let bench = Bench::start().await;
    let key = Key::new("hcp", "openshift-apiserver");
    bench.create(&kinds::DEPLOYMENT, deployment(&key.name, 3)).await;
    let deployment = bench.until(&kinds::DEPLOYMENT, &key, has_ready(3)).await;
    assert_eq!(condition(&deployment, "Available"), "True");
    bench
        .until_all(&kinds::POD, "hcp", |pods| {
            pods.len() == 3 && pods.iter().all(|pod| condition(pod, "Ready") == "True")
        })
        .await;

    bench.patch(&kinds::DEPLOYMENT, &key, json!({ "spec": { "replicas": 0 } })).await;
    bench.until_all(&kinds::POD, "hcp", <[_]>::is_empty).await;
    bench.until(&kinds::DEPLOYMENT, &key, has_ready(0)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_pod_is_replaced() {
    let bench = Bench::start().await;
    bench.create(&kinds::DEPLOYMENT, deployment("router", 1)).await;
    bench.until(&kinds::DEPLOYMENT, &Key::new("hcp", "router"), has_ready(1)).await;
    let first = bench.cluster.watch(&kinds::POD).within("hcp")[0].clone();
    bench.delete(&kinds::POD, &Key::of(&first), &DeleteParams::default()).await;
    bench
        .until_all(&kinds::POD, "hcp", |pods| {
            pods.len() == 1 && uid(&pods[0]) != uid(&first) && condition(&pods[0], "Ready") == "True"
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_template_rolls_the_pods_over() {
    let bench = Bench::start().await;
    let key = Key::new("hcp", "router");
    bench.create(&kinds::DEPLOYMENT, deployment("router", 2)).await;
    bench.until(&kinds::DEPLOYMENT, &key, has_ready(2)).await;
    let old =
        label(&bench.cluster.watch(&kinds::POD).within("hcp")[0], "pod-template-hash").unwrap().to_owned();
    let annotation =
        json!({ "spec": { "template": { "metadata": { "annotations": { "restarted": "now" } } } } });
    bench.patch(&kinds::DEPLOYMENT, &key, annotation).await;
    bench
        .until_all(&kinds::POD, "hcp", |pods| {
            let new =
                |pod| label(pod, "pod-template-hash") != Some(&old) && condition(pod, "Ready") == "True";
            pods.len() == 2 && pods.iter().all(|pod| new(pod))
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pod_that_the_kubelet_never_stops_stays_terminating() {
    let bench = Bench::start().await;
    let key = Key::new("hcp", "kube-apiserver");
    bench.create(&kinds::DEPLOYMENT, deployment(&key.name, 1)).await;
    bench.create(&kinds::DEPLOYMENT, deployment("router", 1)).await;
    bench.until(&kinds::DEPLOYMENT, &key, has_ready(1)).await;
    bench.until(&kinds::DEPLOYMENT, &Key::new("hcp", "router"), has_ready(1)).await;
    bench.faults.switch_on("kubelet: kube-apiserver pods never stop");
    for name in ["kube-apiserver", "router"] {
        bench.patch(&kinds::DEPLOYMENT, &Key::new("hcp", name), json!({ "spec": { "replicas": 0 } })).await;
    }
    bench
        .until_all(&kinds::POD, "hcp", |pods| {
            pods.len() == 1 && is_dying(&pods[0]) && label(&pods[0], "app") == Some("kube-apiserver")
        })
        .await;
    bench.faults.switch_off("kubelet: kube-apiserver pods never stop");
    bench.until_all(&kinds::POD, "hcp", <[_]>::is_empty).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stateful_set_keeps_its_claims_when_its_pods_go() {
    let bench = Bench::start().await;
    let key = Key::new("hcp", "db");
    let mut set = deployment("db", 2);
    set["spec"]["serviceName"] = "db".into();
    set["spec"]["podManagementPolicy"] = "Parallel".into();
    set["spec"]["volumeClaimTemplates"] = json!([{
        "metadata": { "name": "data" },
        "spec": { "accessModes": ["ReadWriteOnce"], "resources": { "requests": { "storage": "1Gi" } } },
    }]);
    bench.create(&kinds::STATEFUL_SET, set).await;
    bench.until(&kinds::STATEFUL_SET, &key, has_ready(2)).await;
    let names: Vec<_> =
        bench.cluster.watch(&kinds::POD).within("hcp").iter().map(|pod| name(pod).to_owned()).collect();
    assert_eq!(names, ["db-0", "db-1"]);
    bench.patch(&kinds::STATEFUL_SET, &key, json!({ "spec": { "replicas": 0 } })).await;
    bench.until_all(&kinds::POD, "hcp", <[_]>::is_empty).await;
    bench
        .until_all(&kinds::PERSISTENT_VOLUME_CLAIM, "hcp", |claims| {
            claims.len() == 2 && claims.iter().all(|claim| claim.data["status"]["phase"] == "Bound")
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn controllers_go_on_after_their_api_server_was_away() {
    let bench = Bench::start().await;
    let key = Key::new("hcp", "router");
    bench.create(&kinds::DEPLOYMENT, deployment("router", 1)).await;
    bench.until(&kinds::DEPLOYMENT, &key, has_ready(1)).await;
    bench.server.down();
    bench.server.store().advance(1000);
    let changed = bench.server.store().change("deployments.apps", "hcp", "router", |deployment| {
        deployment["spec"]["replicas"] = 3.into();
    });
    changed.unwrap();
    bench.server.up().await.unwrap();
    bench.until(&kinds::DEPLOYMENT, &key, has_ready(3)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_stops_pods_on_a_dead_node() {
    let bench = Bench::start().await;
    bench.create(&kinds::DEPLOYMENT, deployment("router", 3)).await;
    bench.until(&kinds::DEPLOYMENT, &Key::new("hcp", "router"), has_ready(3)).await;
    let dead = Key::new("", "node-1");
    let status = json!({ "status": { "conditions": [{ "type": "Ready", "status": "Unknown" }] } });
    let patch = kube::api::Patch::Merge(status);
    let nodes = bench.api(&kinds::NODE, "");
    nodes.patch_status(&dead.name, &kube::api::PatchParams::default(), &patch).await.unwrap();
    bench.until(&kinds::NODE, &dead, |node| condition(node, "Ready") == "Unknown").await;
    bench.patch(&kinds::DEPLOYMENT, &Key::new("hcp", "router"), json!({ "spec": { "replicas": 0 } })).await;
    let on_dead = |pod: &kube::api::DynamicObject| pod.data["spec"]["nodeName"] == "node-1";
    bench
        .until_all(&kinds::POD, "hcp", |pods| pods.len() == 1 && is_dying(&pods[0]) && on_dead(&pods[0]))
        .await;
    // By force it goes: the way out that operators have.
    let stuck = bench.cluster.watch(&kinds::POD).within("hcp")[0].clone();
    bench.delete(&kinds::POD, &Key::of(&stuck), &DeleteParams::default().grace_period(0)).await;
    bench.until_all(&kinds::POD, "hcp", <[_]>::is_empty).await;
}
