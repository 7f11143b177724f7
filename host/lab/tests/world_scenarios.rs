//! The worlds that are not the common one come up too.

mod world;

use drsh_lab::scenario::{Availability, EndpointAccess, HostedClusterPlan, NodePoolPlan, Scenario};
use world::World;

fn small(change: impl FnOnce(&mut HostedClusterPlan)) -> Scenario {
    let mut scenario = Scenario::small();
    change(&mut scenario.hosted_cluster);
    scenario
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_with_a_dot_and_three_pools_come_up() {
    let world = World::start(small(|plan| {
        plan.name = "demo.one".to_owned();
        plan.node_pools =
            vec![NodePoolPlan::new("a", 1), NodePoolPlan::new("b", 1), NodePoolPlan::new("c", 1)];
        plan.node_pools[1].autoscaling = Some(3);
    }))
    .await;
    assert_eq!(world.plane(), "clusters-demo-one");
    let infra_id = world.lab.description().hosted_cluster.infra_id.clone();
    assert_eq!(world.lab.instances_alive(&infra_id).len(), 3);
    world.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_private_hosted_cluster_comes_up_without_public_records() {
    let world = World::start(small(|plan| plan.endpoint_access = EndpointAccess::Private)).await;
    let host = &world.lab.description().hosted_cluster.api_host;
    assert!(world.lab.zone().records_of(host).is_empty());
    assert!(world.lab.records().iter().all(|record| record.kind == "SOA" || record.kind == "NS"));
    world.lab.stop().await;
}

/// Its nodes know it by that name for life, and its certificate must bear it: a server that came up before stayed alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_api_without_a_name_of_its_own_comes_up_after_its_load_balancer() {
    let world = World::start(small(|plan| plan.fixed_hostname = false)).await;
    let entries = world.lab.log().entries();
    let at = |what: &str, why: &str| {
        let found = entries.iter().position(|one| one.what.starts_with(what) && one.why.contains(why));
        found.unwrap_or_else(|| panic!("never {what}: {entries:#?}"))
    };
    let balancer = at("made load balancer", &format!("{}/kube-apiserver asks", world.plane()));
    let up = at(&format!("the API of {} is up", world.plane()), "");
    assert!(balancer < up, "{:#?}", &entries[up..=balancer]);
    assert!(world.lab.hosted().get("source", &world.plane()).unwrap().host.ends_with(".elb.lab"));
    world.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_namesake_on_the_destination_takes_nothing_of_the_source() {
    let mut scenario = small(|plan| plan.availability = Availability::SingleReplica);
    scenario.taken_on_destination = true;
    let world = World::start(scenario).await;
    let infra_id = |management: &str| world.lab.hosted().get(management, &world.plane()).unwrap().infra_id;
    assert_ne!(infra_id("source"), infra_id("destination"), "they are two clusters");
    for (host, side) in [("api-demo.hc.lab", "-source."), ("api-demo.two.hc.lab", "-destination.")] {
        let served = world.lab.zone().records_of(host);
        let target = served[0].alias.as_ref().unwrap().target.as_str().to_owned();
        assert!(target.contains(side), "{host} leads to {target}");
    }
    world.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_source_answers_nobody() {
    let world = World::start(Scenario::small()).await;
    world.lab.lose_source().await;
    let client = world.lab.source().server().client(&drsh_lab::apiserver::User::admin()).unwrap();
    assert!(client.apiserver_version().await.is_err());
    assert!(world.lab.hosted().get("source", &world.plane()).is_none());
    world.lab.stop().await;
}
