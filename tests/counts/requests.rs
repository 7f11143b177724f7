//! How often the API is asked: as pages and kinds have it, not as objects do.

use drsh_lab::scenario::{HostedClusterPlan, NodePoolPlan, Scenario};

use crate::kit::World;

/// How many objects a page holds.
const PAGE: usize = 500;

/// The reads that the objects of B8 take at least, beside the pages of secrets: two namespaces, the hosted cluster,
/// its pools, secrets and configmaps beside it, and nine kinds beside the control plane.
const READS: usize = 2 + 1 + 1 + 2 + 9;

/// What any run asks a cluster first: who it is and of which version, and twice which kinds it serves.
const FIRST: usize = 4;

const OBJECTS: &str = r#"
    import "backup" as backup;
    import "job" as job;
    step("B8 back up the objects").done_when(|| false).no_undo("files are kept").run(|| {
        backup::write_objects(job::from_environment()).len()
    });
"#;

/// How many requests of a script reached the source.
fn asked(world: &World, script: &str) -> usize {
    let name = world.lab().source().name().to_owned();
    let calls = || world.lab().faults().calls().get(&name).copied().unwrap_or_default();
    let before = calls();
    world.run_text(script).well();
    usize::try_from(calls() - before).unwrap()
}

fn pages(world: &World) -> usize {
    world.source().list("secrets", world.plane()).len().div_ceil(PAGE)
}

#[test]
fn a_backup_asks_for_pages_and_kinds_whatever_number_of_secrets_there_is() {
    for (secrets, expected) in [(3, 1), (60, 1), (1100, 3)] {
        let world = World::of(Scenario { secrets, ..Scenario::small() });
        let pages = pages(&world);
        assert_eq!(pages, expected, "{secrets} secrets");
        assert_eq!(asked(&world, OBJECTS), READS + FIRST + pages, "{secrets} secrets");
    }
}

#[test]
fn a_backup_asks_no_more_for_many_node_pools_than_for_one() {
    let pools = (0..5).map(|number| NodePoolPlan::new(&format!("demo-{number}"), 1)).collect();
    let small = Scenario::small();
    let plan = HostedClusterPlan { node_pools: pools, ..small.hosted_cluster };
    let world = World::of(Scenario { hosted_cluster: plan, ..small });
    assert_eq!(asked(&world, OBJECTS), READS + FIRST + pages(&world));
}

#[test]
fn a_wait_asks_once_and_watches_from_there() {
    let world = World::small();
    let script = r#"
        let home = cluster("source").namespace("clusters");
        for turn in 0..10 {
            oc_wait(home, "hc/demo", "to exist", minutes(1), |hc| hc != ());
        }
    "#;
    let more = asked(&world, script);
    let one = asked(&world, &script.replace("0..10", "0..1"));
    assert!(one <= FIRST + 2, "one wait asks {one} times");
    assert!(more - one <= 9 * 2, "nine more waits ask {} times", more - one);
}
