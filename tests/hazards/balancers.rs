//! A restored cluster whose balancer stays away: the run goes on through the recovery host (E24), and says in the end
//! that nobody else can reach the cluster yet (E33).

use drsh_lab::hosts::Version;
use drsh_lab::scenario::HostsPlan;

use crate::kit::{OnHosts, steps_done};

/// A cluster with a backup and newer data, which nobody outside reaches any more.
fn out_of_reach(plan: HostsPlan) -> OnHosts {
    let mut world = OnHosts::of(HostsPlan { workers: 1, ..plan });
    world.make("stock");
    world.run().well();
    world.make("later");
    world.hasten("api_access", "silence(minutes(10))", "silence(seconds(3))");
    world.hasten("api_access", "let why = silence(limit);", "let why = silence(seconds(3));");
    // The limit of the test's calls is not that of a run: who asks an API that is away, is told soon.
    world.environment.limits.call_seconds = 5;
    world.lab().hosts().close_to_outside(true).unwrap();
    world
}

#[test]
fn a_balancer_that_stays_away_does_not_stop_a_restore_before_its_end() {
    let _guard = crate::kit::RUNTIME.enter();
    let world = out_of_reach(HostsPlan { release: Version::V4_18, ..HostsPlan::default() });
    let words = ["the cluster is restored, but its API does not answer", "on master-0: oc --kubeconfig"];
    let printed = world.restore().stopped(1, &words);
    assert!(printed.out.contains("from here on it is reached on master-0 over SSH"), "{printed}");
    let done = world.journal(&printed);
    assert!(steps_done(&done).contains(&"E33"), "{printed}");
    assert!(world.has("stock") && !world.has("later"), "{printed}");
    world.lab().hosts().close_to_outside(false).unwrap();
    world.resume(&printed.run).well();
    let verdict = world.lab().verdict();
    assert!(verdict.is_well(), "{verdict}");
}

#[test]
fn a_balancer_that_comes_back_in_the_middle_is_used_again() {
    let _guard = crate::kit::RUNTIME.enter();
    let plan = HostsPlan { release: Version::V4_12, machines: false, ..HostsPlan::default() };
    let world = out_of_reach(plan);
    let run = world.kill_restore_after("E22 bring the other control plane hosts back");
    assert!(world.has("stock"));
    world.lab().hosts().close_to_outside(false).unwrap();
    let printed = world.resume(&run).well();
    assert!(!printed.out.contains("over SSH"), "{printed}");
    let verdict = world.lab().verdict();
    assert!(verdict.is_well(), "{verdict}");
}
