//! Hosts that join a cluster and leave it for good while it runs.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod hosts;

use drsh_lab::hosts::{Role, Version};
use hosts::Place;

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_has_ssh_and_a_kubelet_and_no_static_pods() {
    let Some(place) = Place::start(Version::V4_14).await else { return };
    let roles: Vec<_> =
        place.cluster.description().hosts.iter().map(|host| (host.name.clone(), host.role)).collect();
    assert_eq!(roles.len(), 5);
    assert_eq!(roles[0], ("master-0".to_owned(), Role::ControlPlane));
    assert_eq!(roles[4], ("worker-1".to_owned(), Role::Worker));
    assert_eq!(place.done("worker-1", "hostname; systemctl is-active kubelet").await, "worker-1\nactive\n");
    assert_eq!(place.done("worker-1", "ls /etc/kubernetes/manifests; sudo crictl ps -q").await, "");
    assert_eq!(
        place.done("worker-0", "sudo ls /var/lib/ovn-ic/etc").await,
        "ovnnb_db.db\novnsb_db.db\n",
        "each node has its own databases"
    );
    let (_, store) = place.cluster.serving().remove(0);
    let node = store.get("nodes", "", "worker-1").unwrap();
    assert_eq!(node["metadata"]["labels"]["node-role.kubernetes.io/worker"], "");
    assert_eq!(node["metadata"]["labels"]["node-role.kubernetes.io/master"], serde_json::Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn before_4_14_only_the_control_plane_keeps_the_databases_of_the_network() {
    let Some(place) = Place::start(Version::V4_12).await else { return };
    assert_eq!(place.done("worker-0", "ls /var/lib/ovn/etc").await, "");
    assert_eq!(place.done("master-1", "ls /var/lib/ovn/etc").await, "ovnnb_db.db\novnsb_db.db\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_left_is_gone_and_one_that_joins_has_a_new_address_and_a_known_key() {
    let Some(place) = Place::start(Version::V4_18).await else { return };
    let lost = place.host("master-2");
    assert!(place.cluster.remove("master-2"));
    assert!(!place.cluster.remove("master-2"), "it is gone already");
    assert!(lost.turn_on().is_err(), "nothing turns it on again");
    assert!(place.cluster.host("master-2").is_none());
    assert_eq!(place.cluster.hosts().len(), 4);
    // Two of three members go on.
    place.cluster.until(|clusters| clusters.len() == 1).await;
    let new = place.cluster.add("master-3", Role::ControlPlane).unwrap();
    assert!(place.cluster.add("master-3", Role::Worker).is_err(), "a name is one host's");
    assert_ne!(new.ip(), lost.ip());
    assert_eq!(place.done("master-3", "hostname; ls /etc/kubernetes/manifests").await, "master-3\n");
    let again = place.cluster.add("master-2", Role::ControlPlane).unwrap();
    assert_ne!(again.ip(), lost.ip(), "an address is never given twice");
    assert_eq!(place.done("master-2", "hostname").await, "master-2\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_ends_with_the_second_of_three_hosts_that_leave() {
    let Some(place) = Place::start(Version::V4_18).await else { return };
    place.cluster.remove("master-1");
    place.cluster.remove("master-2");
    place.cluster.until(<[u64]>::is_empty).await;
}
