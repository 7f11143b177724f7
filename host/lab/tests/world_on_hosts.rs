//! Who lives in a cluster on hosts, and what becomes of them when its API goes away and comes back.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod on_hosts;

use drsh_lab::actors::object::text;
use drsh_lab::actors::{Key, kinds};
use drsh_lab::hosts::Version;
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
    let ready = |web: &kube::api::DynamicObject| web.data["status"]["readyReplicas"] == 2;
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
