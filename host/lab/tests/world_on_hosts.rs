//! Who lives in a cluster on hosts, and what becomes of them when its API goes away and comes back.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod on_hosts;

use drsh_lab::actors::object::{MIRROR, annotation, condition, label, text};
use drsh_lab::actors::{Key, kinds};
use drsh_lab::hosts::{User, Version};
use kube::api::DynamicObject;
use on_hosts::World;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_comes_to_run_and_a_lost_api_ends_the_actors_until_it_is_back() {
    let world = World::start(Version::V4_18).await;
    let actors = world.actors().await;
    let labels = json!({"app": "web"});
    let web = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "default"},
        "spec": {"replicas": 2, "selector": {"matchLabels": labels}, "template": {
            "metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": "web"}]},
        }},
    });
    world.create(&kinds::NAMESPACE, json!({"metadata": {"name": "default"}})).await;
    world.create(&kinds::DEPLOYMENT, web).await;
    let key = Key::new("default", "web");
    let ready = |web: &DynamicObject| web.data["status"]["readyReplicas"] == 2;
    actors.watch(&kinds::DEPLOYMENT).wait_for(&key, ready).await;
    for host in ["master-0", "master-1"] {
        world.lab.hosts().host(host).unwrap().turn_off();
    }
    world.lab.hosts().until(<[u64]>::is_empty).await;
    world.lab.hosts().host("master-0").unwrap().turn_on().unwrap();
    let again = world.actors().await;
    let namespace = again.watch(&kinds::NAMESPACE);
    namespace.wait_for(&Key::new("", "default"), |one| text(one, "/status/phase") == "Active").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_host_is_unknown_after_a_while_and_a_deleted_node_comes_back_with_its_kubelet() {
    let world = World::start(Version::V4_18).await;
    let actors = world.actors().await;
    let nodes = actors.watch(&kinds::NODE);
    let is = |status: &'static str| move |node: &DynamicObject| condition(node, "Ready") == status;
    let (lost, living) = (Key::new("", "master-2"), Key::new("", "master-1"));
    let before = nodes.wait_for(&living, is("True")).await;
    let pod = Key::new("openshift-etcd", "etcd-master-2");
    let pods = actors.watch(&kinds::POD);
    let mirror = pods.wait_for(&pod, is("True")).await;
    for (key, value) in [("app", "etcd"), ("k8s-app", "etcd"), ("etcd", "true"), ("revision", "7")] {
        assert_eq!(label(&mirror, key), Some(value), "{key}");
    }
    assert!(annotation(&mirror, MIRROR).is_some());
    world.lab.hosts().host("master-2").unwrap().turn_off();
    let unknown = nodes.wait_for(&lost, is("Unknown")).await;
    let ready = &unknown.data["status"]["conditions"].as_array().unwrap().last().unwrap()["reason"];
    assert_eq!(ready, "NodeStatusUnknown");
    pods.wait_for(&pod, is("False")).await;
    world.delete(&kinds::NODE, &living).await;
    // A kubelet registers its node when it starts.
    world.lab.hosts().host("master-1").unwrap().kubelet().set_active(true);
    nodes
        .wait_for(&living, |node| {
            node.metadata.uid != before.metadata.uid && condition(node, "Ready") == "True"
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mirror_pod_goes_with_its_manifest_and_comes_back_with_it() {
    let world = World::start(Version::V4_12).await;
    let pods = world.actors().await.watch(&kinds::POD);
    let key = Key::new("openshift-kube-scheduler", "kube-scheduler-master-0");
    let first = pods.wait_for(&key, |pod| condition(pod, "Ready") == "True").await;
    let host = world.lab.hosts().host("master-0").unwrap();
    let root = host.files().view(User::Root);
    let manifest = "/etc/kubernetes/manifests/kube-scheduler-pod.yaml";
    root.rename(manifest, "/tmp/kept").unwrap();
    let (gone, mut tell) = tokio::sync::mpsc::unbounded_channel();
    let wanted = key.clone();
    pods.listen(move |change| !(change.gone && Key::of(&change.object) == wanted) || gone.send(()).is_ok());
    tell.recv().await.unwrap();
    root.rename("/tmp/kept", manifest).unwrap();
    pods.wait_for(&key, |pod| pod.metadata.uid != first.metadata.uid).await;
}
