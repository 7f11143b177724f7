//! What befalls a cluster on hosts, and what its verdict says of it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod on_hosts;

use drsh_lab::actors::{Key, kinds};
use drsh_lab::hosts::Version;
use drsh_lab::scenario::{Disaster, HostsPlan};
use on_hosts::{World, has_ssh};
use serde_json::json;

const BACKUP: &str = "/home/core/assets/backup";

async fn of(disaster: Disaster) -> World {
    World::of(HostsPlan { release: Version::V4_18, workers: 0, disaster, ..HostsPlan::default() }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn deleted_data_is_missed_and_what_came_after_the_backup_is_seen() {
    let world = of(Disaster::DataDeleted).await;
    let before = world.lab.verdict();
    assert!(before.is_well(), "{before:?}");
    assert_eq!(world.lab.strike().await.unwrap(), [""; 0]);
    let after = world.lab.verdict();
    assert_eq!((after.data_missing.len(), after.later_is_gone, after.etcd_members.len()), (42, false, 3));
    assert!(!after.is_well());
    assert!(after.to_string().starts_with("42 objects of shop are not as they were"), "{after}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_quorum_takes_the_api_away_and_leaves_the_first_host() {
    let world = of(Disaster::QuorumLost).await;
    assert_eq!(world.lab.strike().await.unwrap(), ["master-1", "master-2"]);
    let verdict = world.lab.verdict();
    assert!(!verdict.answers && verdict.etcd_members.is_empty());
    assert_eq!(verdict.hosts_without_member, ["master-0"]);
    assert!(verdict.to_string().starts_with("the API does not answer"), "{verdict}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_clusters_that_serve_at_once_are_remembered_when_it_is_over() {
    if !has_ssh() {
        return;
    }
    let world = of(Disaster::None).await;
    world.done("master-0", &format!("sudo /usr/local/bin/cluster-backup.sh {BACKUP}")).await;
    // Nobody stopped the other members.
    world.done("master-0", &format!("sudo -E /usr/local/bin/cluster-restore.sh {BACKUP}")).await;
    world.lab.hosts().until(|clusters| clusters.len() == 2).await;
    world.lab.hosts().host("master-1").unwrap().turn_off();
    world.lab.hosts().until(|clusters| clusters.len() == 1).await;
    let verdict = world.lab.verdict();
    assert_eq!(verdict.split_brains, 1);
    assert!(verdict.to_string().ends_with("TWO ETCD CLUSTERS SERVED AT ONCE"), "{verdict}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guard_that_was_left_off_and_a_manifest_that_was_moved_are_seen() {
    if !has_ssh() {
        return;
    }
    let world = of(Disaster::None).await;
    let key = Key::new("", "cluster");
    world.until(&kinds::ETCD, &key, |one| one.data["status"].is_object()).await;
    let off = json!({"useUnsupportedUnsafeNonHANonProductionUnstableEtcd": true});
    world.patch(&kinds::ETCD, &key, json!({"spec": {"unsupportedConfigOverrides": off}})).await;
    world.done("master-2", "sudo mv /etc/kubernetes/manifests/kube-scheduler-pod.yaml /tmp").await;
    let verdict = world.lab.verdict();
    assert!(verdict.guard_is_off);
    assert_eq!(verdict.manifests_missing, ["master-2: kube-scheduler-pod.yaml"]);
}
