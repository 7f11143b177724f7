//! Machines of a cluster on hosts: each has a host, which is made and ends with it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod on_hosts;

use std::sync::Arc;

use drsh_lab::actors::object::{condition, is_dying, label, name, text};
use drsh_lab::actors::{Cluster, Key, kinds, machine_api};
use drsh_lab::hosts::Version;
use drsh_lab::scenario::HostsPlan;
use kube::api::{DeleteParams, DynamicObject, PostParams};
use on_hosts::World;
use serde_json::json;

async fn world() -> World {
    World::of(HostsPlan { release: Version::V4_18, workers: 1, ..HostsPlan::default() }).await
}

/// Waits for the machine of the node of this name.
async fn running(actors: &Cluster, node: &str) -> Arc<DynamicObject> {
    let machines = actors.watch(&machine_api::MACHINE);
    let (told, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let node = node.to_owned();
    machines.listen(move |change| {
        let fits = !change.gone
            && text(&change.object, "/status/nodeRef/name") == node
            && text(&change.object, "/status/phase") == "Running";
        if fits { told.send(change.object.clone()).is_ok() } else { !told.is_closed() }
    });
    heard.recv().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_host_has_a_machine_that_tells_its_node_and_its_role() {
    let world = world().await;
    let actors = world.actors().await;
    let machine = running(&actors, "master-1").await;
    assert_eq!(label(&machine, "machine.openshift.io/cluster-api-machine-role"), Some("master"));
    assert!(text(&machine, "/spec/providerID").starts_with("aws:///"));
    assert!(machine.data["spec"]["providerSpec"]["value"].is_object());
    assert_eq!(text(&machine, "/status/addresses/0/address"), "10.0.0.21");
    let machine = running(&actors, "worker-0").await;
    assert_eq!(label(&machine, "machine.openshift.io/cluster-api-machine-role"), Some("worker"));
    let (_, store) = world.lab.hosts().serving().remove(0);
    let infra = store.get("infrastructures.config.openshift.io", "", "cluster");
    assert!(infra.is_none_or(|infra| infra["spec"]["platformSpec"]["type"] == "AWS"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_is_replaced_ends_a_living_host_and_brings_one_with_a_new_address() {
    let world = world().await;
    let actors = world.actors().await;
    let old = running(&actors, "master-2").await;
    let before = world.lab.hosts().host("master-2").unwrap();
    let api = machine_api::MACHINE.api(actors.client(), machine_api::NAMESPACE);
    api.delete(name(&old), &DeleteParams::default()).await.unwrap();
    let gone = world.lab.hosts().clone();
    gone.follow_hosts().wait_for(|all| all.iter().all(|host| host.name() != "master-2")).await.unwrap();
    assert!(!before.is_on());
    let log = world.lab.hosts().setup().log.clone();
    // E22: the same specification without the instance's id, under another name.
    let mut spec = old.data["spec"].clone();
    spec["providerID"] = serde_json::Value::Null;
    let new: DynamicObject = serde_json::from_value(json!({
        "apiVersion": "machine.openshift.io/v1beta1", "kind": "Machine",
        "metadata": {"name": "master-3", "namespace": machine_api::NAMESPACE, "labels": old.metadata.labels},
        "spec": spec,
    }))
    .unwrap();
    api.create(&PostParams::default(), &new).await.unwrap();
    let new = running(&actors, "master-3").await;
    assert!(!text(&new, "/spec/providerID").is_empty() || !is_dying(&new));
    let host = world.lab.hosts().host("master-3").unwrap();
    assert_ne!(host.ip(), before.ip());
    let ready = |node: &DynamicObject| condition(node, "Ready") == "True";
    let node = actors.watch(&kinds::NODE).wait_for(&Key::new("", "master-3"), ready).await;
    assert_eq!(label(&node, "node-role.kubernetes.io/master"), Some(""));
    assert!(log.entries().iter().any(|entry| entry.what == "ended host master-2, which lived"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copied_instance_id_fails_and_a_set_replaces_its_worker() {
    let world = world().await;
    let actors = world.actors().await;
    let old = running(&actors, "master-2").await;
    let api = machine_api::MACHINE.api(actors.client(), machine_api::NAMESPACE);
    let copied: DynamicObject = serde_json::from_value(json!({
        "apiVersion": "machine.openshift.io/v1beta1", "kind": "Machine",
        "metadata": {"name": "master-3", "namespace": machine_api::NAMESPACE, "labels": old.metadata.labels},
        "spec": old.data["spec"],
    }))
    .unwrap();
    api.create(&PostParams::default(), &copied).await.unwrap();
    let key = Key::new(machine_api::NAMESPACE, "master-3");
    let failed = |machine: &DynamicObject| text(machine, "/status/phase") == "Failed";
    let told = actors.watch(&machine_api::MACHINE).wait_for(&key, failed).await;
    assert_eq!(text(&told, "/status/errorMessage"), "Can't find created instance.");

    let worker = running(&actors, "worker-0").await;
    api.delete(name(&worker), &DeleteParams::default()).await.unwrap();
    let is_new = |host: &drsh_lab::hosts::Host| host.name().contains("-worker-lab-1a-");
    let mut hosts = world.lab.hosts().follow_hosts();
    let all = hosts.wait_for(|all| all.iter().any(is_new)).await.unwrap();
    assert!(all.iter().all(|host| host.name() != "worker-0"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_without_machines_says_that_its_platform_is_none() {
    let plan = HostsPlan { workers: 0, machines: false, ..HostsPlan::default() };
    let world = World::of(plan).await;
    let actors = world.actors().await;
    let infrastructure =
        drsh_lab::actors::Kind::cluster("config.openshift.io", "v1", "Infrastructure", "infrastructures");
    let told = |object: &DynamicObject| text(object, "/status/platform") == "None";
    actors.watch(&infrastructure).wait_for(&Key::new("", "cluster"), told).await;
    let machines = machine_api::MACHINE.api(actors.client(), machine_api::NAMESPACE);
    assert!(machines.list(&kube::api::ListParams::default()).await.unwrap().items.is_empty());
}
