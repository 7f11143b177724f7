//! The default world comes up by its actors alone, and they react as the real ones do.

use drsh_lab::scenario::Scenario;
use drsh_lab::world::Lab;

async fn lab(scenario: Scenario) -> (Lab, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let lab =
        Lab::start(scenario, &folder.path().join("lab")).await.unwrap_or_else(|error| panic!("{error}"));
    (lab, folder)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_small_world_comes_up() {
    let (lab, _folder) = lab(Scenario::small()).await;
    assert_eq!(lab.overlaps(), []);
    let infra_id = lab.description().hosted_cluster.infra_id.clone();
    assert_eq!(lab.instances_alive(&infra_id).len(), 1);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_default_world_comes_up() {
    let started = std::time::Instant::now();
    let (lab, _folder) = lab(Scenario::default()).await;
    println!("{:?}", started.elapsed());
    for entry in lab.log().entries() {
        println!("{} {} | {} | {}", entry.at, entry.who, entry.what, entry.why);
    }
    let infra_id = lab.description().hosted_cluster.infra_id.clone();
    assert_eq!(lab.instances_alive(&infra_id).len(), 3);
    lab.stop().await;
}
