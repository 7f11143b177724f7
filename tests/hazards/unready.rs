//! A destination that does not come up whole: the source is not torn down.

use drsh_lab::faults::{Fault, Rule};
use drsh_lab::scenario::{Availability, Scenario};
use serde_json::Value;

use crate::kit::{World, names_of, steps_done};

/// What the teardown would take away is all there.
fn assert_source_stands(world: &World) {
    assert_ne!(world.hosted_cluster(&world.source()), Value::Null);
    let image = world.image();
    for kind in ["Machine.cluster.x-k8s.io", "AWSMachine.infrastructure.cluster.x-k8s.io"] {
        let left = names_of(&image.source, kind, world.plane());
        assert_eq!(left.len(), world.known().hosted_cluster.replicas as usize, "{kind}");
    }
}

/// The bash looks at no node, and tears down whatever became of the restore (F1, F70).
#[test]
fn nodes_that_never_become_ready_are_named_and_teardown_never_begins() {
    let mut world = World::small();
    world.run("backup_hcp").well();
    for instance in world.lab().cloud().instances() {
        world.lab().cloud().terminate(&instance.id, "a fault of the test");
    }
    world.make_hasty();
    let printed = world.run("restore_hcp").stopped(1, &["0 of 1", "waited 40s"]);
    assert!(printed.line("state: ").contains("stopped in \"R8 "), "{printed}");
    assert_source_stands(&world);

    world.approve("teardown");
    let torn = world
        .run("teardown_hcp")
        .stopped(1, &["the source is not torn down", "not verified", "0 of 1 nodes are Ready: ip-10-0-"]);
    assert_eq!(steps_done(&world.journal(&torn)), Vec::<&str>::new());
    assert_source_stands(&world);
}

/// The bash would tear down straight after the backup, too (F1).
#[test]
fn nothing_is_torn_down_that_was_not_restored() {
    let mut world = World::small().approving("teardown");
    world.run("teardown_hcp").stopped(1, &["could still write", "kube-apiserver is not at 0"]);
    world.disapprove();
    world.run("backup_hcp").well();
    world.approve("teardown");
    world.run("teardown_hcp").stopped(1, &["the source is not torn down", "does not exist"]);
    assert_source_stands(&world);
}

/// Three members restored each for itself answer as one service, and drift apart; the bash tears down (F58).
#[test]
fn members_that_were_restored_alone_are_found_out_before_the_teardown() {
    let mut scenario = Scenario { members_restore_alone: true, ..Scenario::small() };
    scenario.hosted_cluster.availability = Availability::HighlyAvailable;
    let world = World::of(scenario).approving("teardown");
    let printed =
        world.run("migrate_hcp").stopped(1, &["etcd on the destination is not one cluster", "etcd-1"]);
    assert!(printed.line("state: ").contains("stopped in \"R6a "), "{printed}");
    assert!(printed.line("hint: ").contains("nothing was torn down"), "{printed}");
    assert_source_stands(&world);
}

/// The pod is Ready before its member has found the others: that is no reason to stop.
#[test]
fn an_etcd_member_that_does_not_answer_yet_is_asked_again() {
    let world = World::small();
    world.run("backup_hcp").well();
    let (server, method, path) = ("etcd".to_owned(), "connect".to_owned(), "etcd-0".to_owned());
    world.lab().faults().arm(Rule { server, method, path, fault: Fault::Status(503), times: Some(2) });
    let printed = world.run("restore_hcp").well();
    assert!(printed.out.contains("waiting for the etcd member of etcd-0 to answer"), "{printed}");
}
