//! A hosted cluster moves: what the destination's actors make of what was restored there.

mod world;

use drsh_lab::actors::guest::OVN_NAMESPACE;
use drsh_lab::actors::object::{condition, is_dying, text, uid};
use drsh_lab::actors::{Key, kinds};
use drsh_lab::scenario::Scenario;
use world::{LIMIT, World, until, until_all};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restored_hosted_cluster_keeps_its_nodes_its_name_and_its_objects() {
    let world = World::start(Scenario::small()).await;
    let lab = &world.lab;
    let (source, destination) = (lab.source(), lab.destination());
    let infra_id = lab.description().hosted_cluster.infra_id.clone();
    let before = lab.instances_alive(&infra_id);
    let there = lab.hosted().get("source", &world.plane()).unwrap();
    let identity =
        there.server.own().unwrap().store().get("namespaces", "", "kube-system").unwrap()["metadata"]["uid"]
            .clone();

    world.pause().await;
    world.stop_writers().await;
    assert!(!there.server.is_up(), "without a kube-apiserver pod nobody answers");
    let url = world.upload("demo-etcd-0-snapshot.db", world.snapshot().await).await;
    world.free_name().await;
    world.restore(world.plane_objects(false), &url).await;
    world.restore(world.home_objects(&url), &url).await;

    let cluster = destination.cluster();
    until(cluster, &kinds::HOSTED_CLUSTER, &world.hosted_key(), |one| {
        condition(one, "EtcdSnapshotRestored") == "True"
    })
    .await;
    until(cluster, &kinds::HOSTED_CLUSTER, &world.hosted_key(), |one| condition(one, "Available") == "True")
        .await;
    let hosted = lab.hosted().get("destination", &world.plane()).unwrap();
    let now = hosted.server.own().unwrap().store().get("namespaces", "", "kube-system").unwrap()["metadata"]
        ["uid"]
        .clone();
    assert_eq!(now, identity, "it is the same cluster");
    until_all(&hosted.cluster, &kinds::NODE, "", |nodes| {
        !nodes.is_empty() && nodes.iter().all(|node| condition(node, "Ready") == "True")
    })
    .await;

    // The network's pods met another control plane: they are of no use until they are deleted.
    until_all(&hosted.cluster, &kinds::POD, OVN_NAMESPACE, |pods| {
        !pods.is_empty() && pods.iter().all(|pod| condition(pod, "Ready") == "False")
    })
    .await;
    for pod in hosted.cluster.watch(&kinds::POD).within(OVN_NAMESPACE) {
        world::remove(&hosted.cluster, &kinds::POD, &Key::of(&pod)).await;
    }
    lab.settled(destination, lab.plan(), LIMIT).await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(lab.instances_alive(&infra_id), before, "no instance was launched or terminated");
    assert_eq!(lab.overlaps(), [], "at no time both sides could write");
    assert!(
        source.store().unwrap().get("hostedclusters.hypershift.openshift.io", world.home(), "demo").is_some()
    );
    world.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn objects_restored_with_their_old_owners_are_collected() {
    let world = World::start(Scenario::small()).await;
    world.pause().await;
    let objects = world.plane_objects(true);
    let template = objects.iter().find(|(kind, _)| *kind == kinds::AWS_MACHINE_TEMPLATE).unwrap().1.clone();
    let key = Key::new(world.plane(), template["metadata"]["name"].as_str().unwrap());
    world.restore(objects, "https://127.0.0.1/snapshot").await;

    let cluster = world.lab.destination().cluster();
    until_all(cluster, &kinds::AWS_MACHINE_TEMPLATE, &world.plane(), <[_]>::is_empty).await;
    until_all(cluster, &kinds::MACHINE, &world.plane(), |all| all.iter().all(|one| is_dying(one))).await;
    assert!(cluster.watch(&kinds::AWS_MACHINE_TEMPLATE).get(&key).is_none());
    world.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_snapshot_that_cannot_be_had_is_told_in_the_condition() {
    let world = World::start(Scenario::small()).await;
    world.pause().await;
    world.stop_writers().await;
    let mut bytes = world.snapshot().await;
    bytes.truncate(bytes.len() / 2);
    let url = world.upload("half.db", bytes).await;
    world.restore(world.plane_objects(false), &url).await;
    world.restore(world.home_objects(&url), &url).await;

    let cluster = world.lab.destination().cluster();
    until(cluster, &kinds::HOSTED_CLUSTER, &world.hosted_key(), |one| {
        let told = one.data["status"]["conditions"].as_array().into_iter().flatten();
        let mut told = told.filter(|one| one["type"] == "EtcdSnapshotRestored");
        told.any(|one| one["status"] == "False" && one["reason"] == "Error")
    })
    .await;
    assert!(world.lab.hosted().get("destination", &world.plane()).is_none(), "nothing is served");
    let hosted = cluster.watch(&kinds::HOSTED_CLUSTER).get(&world.hosted_key()).unwrap();
    assert_ne!(condition(&hosted, "Available"), "True");
    assert_eq!(text(&hosted, "/spec/pausedUntil"), "");
    assert!(!uid(&hosted).is_empty());
    world.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_operator_restores_each_member_into_a_cluster_of_its_own() {
    let mut scenario = Scenario::small();
    scenario.hosted_cluster.availability = drsh_lab::scenario::Availability::HighlyAvailable;
    scenario.members_restore_alone = true;
    let world = World::start(scenario).await;
    world.pause().await;
    world.stop_writers().await;
    let url = world.upload("demo-etcd-0-snapshot.db", world.snapshot().await).await;
    world.restore(world.plane_objects(false), &url).await;
    world.restore(world.home_objects(&url), &url).await;

    let cluster = world.lab.destination().cluster();
    let is_restored = |one: &kube::api::DynamicObject| condition(one, "EtcdSnapshotRestored") == "True";
    until(cluster, &kinds::HOSTED_CLUSTER, &world.hosted_key(), is_restored).await;
    let members = world.lab.destination().etcd().unwrap().members(&world.plane());
    let mut clusters: Vec<_> = members.values().map(drsh_lab::etcd::Database::cluster_id).collect();
    clusters.sort_unstable();
    clusters.dedup();
    assert_eq!(clusters.len(), members.len(), "everybody is alone");
    world.lab.stop().await;
}
