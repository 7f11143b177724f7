//! The operators of a world act as long as they live, are not paused, and nobody stops them.

mod world;

use drsh_lab::actors::object::{number, text};
use drsh_lab::actors::{Key, kinds};
use drsh_lab::scenario::Scenario;
use serde_json::json;
use world::{World, merge, remove, until, until_all};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_scales_down_comes_back_unless_it_is_paused() {
    let world = World::start(Scenario::small()).await;
    let source = world.lab.source().cluster();
    let server = Key::new(world.plane(), "openshift-apiserver");
    merge(source, &kinds::DEPLOYMENT, &server, json!({"spec": {"replicas": 0}})).await;
    until(source, &kinds::DEPLOYMENT, &server, |one| number(one, "/spec/replicas") == Some(1)).await;

    world.pause().await;
    let plane = Key::new(world.plane(), "demo");
    until(source, &kinds::HOSTED_CONTROL_PLANE, &plane, |one| text(one, "/spec/pausedUntil") == "true").await;
    world.stop_writers().await;
    let before = world.lab.log().entries().len();
    // Somebody else's deployment is put back in the same time in which this one is not.
    merge(
        source,
        &kinds::HOSTED_CLUSTER,
        &world.hosted_key(),
        json!({"metadata": {"labels": {"looked": "at"}}}),
    )
    .await;
    until(source, &kinds::DEPLOYMENT, &server, |one| number(one, "/spec/replicas") == Some(0)).await;
    let after = world.lab.log().entries();
    assert!(
        after[before..].iter().all(|one| !one.what.contains("deployments.apps clusters-demo/")),
        "{:?}",
        &after[before..]
    );

    let unpause = json!({"spec": {"pausedUntil": null}});
    merge(source, &kinds::HOSTED_CLUSTER, &world.hosted_key(), unpause).await;
    until(source, &kinds::DEPLOYMENT, &server, |one| number(one, "/status/readyReplicas") == Some(1)).await;
    world.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_ends_with_its_aws_machine_while_the_provider_lives() {
    let world = World::start(Scenario::small()).await;
    let source = world.lab.source().cluster();
    let infra_id = world.lab.description().hosted_cluster.infra_id.clone();
    let first = world.lab.instances_alive(&infra_id).remove(0);
    let machine = source.watch(&kinds::AWS_MACHINE).within(&world.plane()).remove(0);
    remove(source, &kinds::AWS_MACHINE, &Key::of(&machine)).await;
    until_all(source, &kinds::AWS_MACHINE, &world.plane(), |all| {
        all.iter().all(|one| text(one, "/spec/instanceID") != first.id)
    })
    .await;
    assert!(!world.lab.cloud().get(&first.id).unwrap().is_alive());
    world.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn finalizers_hold_for_ever_while_no_controller_lives() {
    let world = World::start(Scenario::small()).await;
    let source = world.lab.source().cluster();
    let infra_id = world.lab.description().hosted_cluster.infra_id.clone();
    world.pause().await;
    let all = ["control-plane-operator", "cluster-api", "capi-provider"];
    for app in all {
        merge(source, &kinds::DEPLOYMENT, &Key::new(world.plane(), app), json!({"spec": {"replicas": 0}}))
            .await;
    }
    world.until_gone(world.lab.source(), &all).await;
    let machine = source.watch(&kinds::AWS_MACHINE).within(&world.plane()).remove(0);
    let key = Key::of(&machine);
    remove(source, &kinds::AWS_MACHINE, &key).await;
    until(source, &kinds::AWS_MACHINE, &key, |one| one.metadata.deletion_timestamp.is_some()).await;
    assert_eq!(world.lab.instances_alive(&infra_id).len(), 1);

    merge(source, &kinds::AWS_MACHINE, &key, json!({"metadata": {"finalizers": null}})).await;
    until_all(source, &kinds::AWS_MACHINE, &world.plane(), <[_]>::is_empty).await;
    assert_eq!(world.lab.instances_alive(&infra_id).len(), 1, "the instance survives");
    world.lab.stop().await;
}
