//! A hosted cluster moves, with everything that is in it.

use drsh_lab::scenario::Scenario;

use crate::kit::{World, steps_done};

fn moves(world: World) {
    let world = world.approving("teardown");
    let printed = world.run("migrate_hcp").well();
    let journal = world.journal(&printed);
    println!("{printed}");
    println!("{:?}", steps_done(&journal));
    let known = &world.known().hosted_cluster;
    let alive = world.lab().instances_alive(&known.infra_id).len();
    assert_eq!(alive, usize::try_from(known.replicas).unwrap());
    assert_eq!(world.lab().overlaps(), []);
}

#[test]
fn a_small_hosted_cluster_moves_between_real_api_servers() {
    if let Some(world) = World::real(Scenario::small()) {
        moves(world);
    }
}
