//! The worlds that most people practise in come up by their actors alone.

mod world;

use drsh_lab::scenario::Scenario;
use world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_small_world_comes_up() {
    let world = World::start(Scenario::small()).await;
    let infra_id = world.lab.description().hosted_cluster.infra_id.clone();
    assert_eq!(world.lab.instances_alive(&infra_id).len(), 1);
    assert_eq!(world.lab.overlaps(), []);
    world.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_default_world_comes_up_with_its_neighbour_and_its_secrets() {
    let world = World::start(Scenario::default()).await;
    let infra_id = world.lab.description().hosted_cluster.infra_id.clone();
    assert_eq!(world.lab.instances_alive(&infra_id).len(), 3);
    let store = world.lab.source().store().unwrap();
    assert!(store.list("secrets", &world.plane()).len() > 300);
    assert!(store.get("hostedclusters.hypershift.openshift.io", world.home(), "demo-2").is_some());
    assert!(!store.list("pods", "clusters-demo-2").is_empty());
    world.lab.stop().await;
}
