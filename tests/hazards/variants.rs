//! Hosted clusters that are not like the default one.

use drsh_lab::scenario::{EndpointAccess, Scenario};
use serde_json::Value;

use crate::kit::{World, steps_done};

/// The bash deletes Routes and waits for DNS for Private clusters too, which have no part in it (F68, U18).
#[test]
fn a_private_cluster_moves_without_the_dns_step() {
    let mut scenario = Scenario::small();
    scenario.hosted_cluster.endpoint_access = EndpointAccess::Private;
    let world = World::of(scenario).approving("teardown");
    let records = world.lab().records();
    let printed = world.run("migrate_hcp").well();
    let journal = world.journal(&printed);
    assert!(!steps_done(&journal).contains(&"B9"));
    assert_eq!(steps_done(&journal).last(), Some(&"T8"));
    assert_eq!(world.lab().records(), records);
    assert_eq!(world.hosted_cluster(&world.source()), Value::Null);
    assert_eq!(world.lab().instances_alive(&world.known().hosted_cluster.infra_id).len(), 1);
}

/// The guide's path of etcd's authority is the newer one only, and etcdctl has lost `snapshot status` (F48, U3, U5).
#[test]
fn an_older_release_is_followed_as_it_is() {
    let mut scenario = Scenario::small();
    scenario.hosted_cluster.release = "4.11.9".to_owned();
    let world = World::of(scenario);
    world.run("backup_hcp").well();
    let commands = world.lab().log().entries();
    let asked =
        |word: &str| commands.iter().any(|entry| entry.who == "source/exec" && entry.what.contains(word));
    assert!(asked("/etc/etcd/tls/client/etcd-client-ca.crt"));
    assert!(!asked("etcdutl"));
    assert_eq!(world.lab().s3().unwrap().keys(&world.known().aws.bucket), ["demo-etcd-0-snapshot.db"]);
}
