//! A quorum that is lost while a member lives: the cluster goes on with what that one knows, without a backup (U27).

use drsh_lab::hosts::Version;
use drsh_lab::scenario::HostsPlan;

use crate::kit::{OnHosts, RUNTIME, steps_done};

const MANIFEST: &str = "/etc/kubernetes/manifests/etcd-pod.yaml";

fn cluster(release: Version) -> OnHosts {
    of(HostsPlan { release, workers: 1, ..HostsPlan::default() })
}

fn of(plan: HostsPlan) -> OnHosts {
    let mut world = OnHosts::of(plan);
    world.environment.parameters.insert("without_backup".to_owned(), true.into());
    world.environment.folders.clear();
    world
}

fn lose(world: &mut OnHosts, names: &[&str]) {
    for name in names {
        world.host(name).turn_off();
    }
    let names = names.iter().map(|name| toml::Value::from(*name)).collect();
    world.environment.parameters.insert("lost_hosts".to_owned(), toml::Value::Array(names));
}

fn until_lost(world: &OnHosts) {
    RUNTIME.block_on(world.lab().hosts().until(<[u64]>::is_empty));
}

#[test]
fn with_two_of_three_hosts_lost_nothing_is_lost_and_their_machines_are_made_anew() {
    let mut world = cluster(Version::V4_18);
    world.make("stock");
    lose(&mut world, &["master-1", "master-2"]);
    until_lost(&world);
    let printed = world.restore().well();
    assert!(world.has("stock"), "{printed}");
    let done = world.journal(&printed);
    let ids = steps_done(&done);
    assert!(ids.contains(&"E12q") && ids.contains(&"E33") && !ids.contains(&"E2"), "{ids:?}");
    let verdict = world.lab().verdict();
    assert_eq!(
        (verdict.etcd_members.len(), verdict.split_brains, verdict.guard_is_off),
        (3, 0, false),
        "{verdict}\n{printed}"
    );
    assert!(verdict.nodes_not_ready.is_empty() && verdict.manifests_missing.is_empty(), "{verdict}");
    let rescue = world.files("master-0").list("/var/lib/etcd-rescue").unwrap().remove(0).0;
    let kept = format!("/var/lib/etcd-rescue/{rescue}/member/snap/db");
    assert!(world.files("master-0").exists(&kept), "the data of before is kept");
}

/// F86: the host's own script takes the data of the host that it is started on, however old that is.
#[test]
fn the_member_that_has_seen_most_is_taken_and_not_the_first() {
    let _guard = RUNTIME.enter();
    let mut world = of(HostsPlan { control_plane: 5, workers: 0, ..HostsPlan::default() });
    world.host("master-0").turn_off();
    world.make("stock");
    lose(&mut world, &["master-1", "master-2", "master-3"]);
    until_lost(&world);
    world.host("master-0").turn_on().unwrap();
    RUNTIME.block_on(async {
        let pods = world.host("master-0").pods().clone();
        let mut changes = pods.follow();
        while !pods.serves("etcd") {
            changes.changed().await.unwrap();
        }
    });
    world.environment.parameters.insert("recovery_host".to_owned(), "master-0".into());
    world.restore().stopped(1, &["\"master-0\" has not seen what master-4 has", "name master-4, or none"]);
    world.environment.parameters.remove("recovery_host");
    let printed = world.restore().well();
    assert!(
        printed
            .out
            .contains("recovery host master-4; others: master-0; lost: master-1, master-2 and master-3"),
        "{printed}"
    );
    assert!(world.has("stock"), "what the members had agreed on is lost\n{printed}");
    assert_eq!(world.lab().verdict().split_brains, 0);
}

#[test]
fn a_quorum_that_lives_and_a_release_without_the_script_are_refused() {
    let _guard = RUNTIME.enter();
    let world = cluster(Version::V4_18);
    world.restore().stopped(1, &["has a leader: etcd has its quorum"]);
    let mut world = cluster(Version::V4_12);
    lose(&mut world, &["master-1", "master-2"]);
    world.restore().stopped(1, &["there is no /usr/local/bin/quorum-restore.sh on master-0"]);
    world.environment.parameters.insert("backup".to_owned(), "etcd_1".into());
    let printed = world.restore();
    assert_eq!(printed.code, 2, "{printed}");
    assert!(printed.err.contains("it takes neither backup nor backup_bucket"), "{printed}");
}

#[test]
fn until_the_new_cluster_is_formed_everything_can_be_put_back() {
    let _guard = RUNTIME.enter();
    let mut world = cluster(Version::V4_18);
    world.make("stock");
    lose(&mut world, &["master-1"]);
    world.host("master-0").turn_off();
    until_lost(&world);
    world
        .environment
        .parameters
        .insert("lost_hosts".to_owned(), toml::Value::Array(vec!["master-0".into(), "master-1".into()]));
    let run = world.kill_restore_after("E3p stop etcd on the recovery host and copy its data");
    assert!(!world.files("master-2").exists(MANIFEST));
    let printed = world.go_back(&run).well();
    assert!(world.files("master-2").exists(MANIFEST), "{printed}");
    world.host("master-0").turn_on().unwrap();
    RUNTIME.block_on(world.lab().hosts().until(|clusters| clusters.len() == 1));
    assert!(world.has("stock"));
}
