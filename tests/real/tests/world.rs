//! A lab's world on real servers.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails where it is surprised")]

use drsh_lab::scenario::Scenario;
use drsh_lab::world::Lab;
use drsh_real::RealGround;

#[tokio::test(flavor = "multi_thread")]
async fn a_small_world_comes_up_on_real_servers() {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_ansi(false)
        .init();
    let folder = tempfile::tempdir().unwrap();
    let Some(ground) = RealGround::find("worlds on real servers", folder.path().join("ground")) else {
        return;
    };
    let lab = Lab::start_on(&ground, Scenario::small(), &folder.path().join("lab")).await;
    let lab = lab.unwrap_or_else(|error| panic!("{error}"));
    let infra_id = lab.description().hosted_cluster.infra_id.clone();
    assert_eq!(lab.instances_alive(&infra_id).len(), 1);
    lab.stop().await;
}
