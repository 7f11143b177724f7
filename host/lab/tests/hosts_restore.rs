//! The restore of a cluster as the guide tells it, typed by hand on three hosts; and what goes wrong with it.

#![allow(clippy::redundant_closure_for_method_calls, reason = "it reads as the other questions do")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod hosts;

use drsh_lab::hosts::{Disks, Version, Vips};
use hosts::Place;

const BACKUP: &str = "/home/core/assets/backup";
const MANIFESTS: &str = "/etc/kubernetes/manifests";

/// E0: a backup on the recovery host.
async fn back_up(place: &Place) -> String {
    place.done("master-0", &format!("sudo /usr/local/bin/cluster-backup.sh {BACKUP}")).await
}

/// E3 to E7 on a host that is not the recovery host.
async fn take_out(place: &Place, host: &str) {
    for (pod, pattern) in
        [("etcd", r#"etcd | egrep -v "operator|etcd-guard""#), ("kube-apiserver", "kube-apiserver")]
    {
        let moved = place.done(host, &format!("sudo mv -v {MANIFESTS}/{pod}-pod.yaml /tmp")).await;
        assert_eq!(moved, format!("renamed '{MANIFESTS}/{pod}-pod.yaml' -> '/tmp/{pod}-pod.yaml'\n"));
        place.done(host, &format!("while sudo crictl ps | grep {pattern}; do sleep 1; done")).await;
    }
    assert_eq!(
        place.done(host, "sudo mv -v /var/lib/etcd/ /tmp").await,
        "renamed '/var/lib/etcd/' -> '/tmp/etcd'\n"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_long_procedure_brings_back_what_was_in_the_snapshot() {
    let Some(place) = Place::start(Version::V4_12).await else { return };
    place.make("before").await;
    let said = back_up(&place).await;
    assert!(said.contains(
        "found latest kube-apiserver: /etc/kubernetes/static-pod-resources/kube-apiserver-pod-7\n"
    ));
    assert!(
        said.ends_with(&format!("snapshot db and kube resources are successfully saved to {BACKUP}\n")),
        "{said}"
    );
    place.make("after").await;
    assert!(place.has("before").await && place.has("after").await);
    for host in ["master-1", "master-2"] {
        take_out(&place, host).await;
    }
    place.cluster.until(|clusters| clusters.is_empty()).await;
    assert!(place.config_maps().await.get("before").await.is_err());
    let said = place.done("master-0", &format!("sudo -E /usr/local/bin/cluster-restore.sh {BACKUP}")).await;
    for line in [
        "...stopping etcd-pod.yaml",
        "Waiting for container etcd to stop",
        "Moving etcd data-dir /var/lib/etcd/member to /var/lib/etcd-backup",
        "starting restore-etcd static pod",
        "starting kube-apiserver-pod.yaml",
        "static-pod-resources/kube-scheduler-pod-7/kube-scheduler-pod.yaml",
    ] {
        assert!(said.lines().any(|said| said == line), "{line} is not in\n{said}");
    }
    place.cluster.until(|clusters| clusters.len() == 1).await;
    assert!(place.has("before").await && !place.has("after").await);
    assert_eq!(place.done("master-0", "sudo crictl ps --name '^etcd$' -q | wc -l").await, "1\n");
    assert_eq!(place.done("master-0", "sudo ls /var/lib/etcd-backup").await, "member\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_two_files_of_one_time_that_only_root_may_read() {
    let Some(place) = Place::start(Version::V4_14).await else { return };
    back_up(&place).await;
    let names = place.done("master-0", &format!("ls {BACKUP}")).await;
    let [snapshot, resources] = names.lines().collect::<Vec<_>>()[..] else { panic!("{names}") };
    let time = snapshot.strip_prefix("snapshot_").unwrap().strip_suffix(".db").unwrap();
    assert_eq!(resources, format!("static_kuberesources_{time}.tar.gz"));
    assert_eq!(place.ssh("master-0", &format!("cat {BACKUP}/{snapshot}")).await.code, Some(1));
    let listed = place.done("master-0", &format!("sudo tar -tzf {BACKUP}/{resources}")).await;
    assert!(listed.contains("static-pod-resources/etcd-pod-7/etcd-pod.yaml\n"), "{listed}");
    // A client that fetches it can read it with its own tar.
    let packed =
        place.command("master-0").arg(format!("sudo cat {BACKUP}/{resources}")).output().await.unwrap();
    std::fs::write(place.path("r.tar.gz"), packed.stdout).unwrap();
    let own = std::process::Command::new("tar").arg("-tzf").arg(place.path("r.tar.gz")).output().unwrap();
    assert_eq!(String::from_utf8(own.stdout).unwrap(), listed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pair_of_two_backups_is_taken_without_a_word() {
    let Some(place) = Place::start(Version::V4_18).await else { return };
    back_up(&place).await;
    let before = place.cluster.serving()[0].0;
    let line = format!("cd {BACKUP} && sudo mv snapshot_*.db snapshot_2099-01-01_000000.db && ls");
    assert!(place.done("master-0", &line).await.starts_with("snapshot_2099"));
    for host in ["master-1", "master-2"] {
        place.done(host, "sudo -E /usr/local/bin/disable-etcd.sh").await;
    }
    let said = place.done("master-0", &format!("sudo -E /usr/local/bin/cluster-restore.sh {BACKUP}")).await;
    assert!(said.ends_with("starting restore-etcd static pod\n"), "{said}");
    place.cluster.until(|clusters| clusters.len() == 1 && clusters[0] != before).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_restore_deletes_what_the_first_one_kept() {
    let Some(place) = Place::start(Version::V4_12).await else { return };
    back_up(&place).await;
    let restore = format!("sudo -E /usr/local/bin/cluster-restore.sh {BACKUP}");
    let kept = "sudo sha256sum /var/lib/etcd-backup/member/snap/db";
    assert!(!place.done("master-0", &restore).await.contains("removing previous backup"));
    let first = place.done("master-0", kept).await;
    place.done("master-0", "until sudo test -e /var/lib/etcd/member; do sleep 1; done").await;
    let said = place.done("master-0", &restore).await;
    assert!(said.contains("removing previous backup /var/lib/etcd-backup/member\n"), "{said}");
    assert_ne!(place.done("master-0", kept).await, first);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_backup_is_refused_before_anything_is_touched() {
    let Some(place) = Place::start(Version::V4_12).await else { return };
    back_up(&place).await;
    let restore = "/usr/local/bin/cluster-restore.sh";
    let spoil = "mkdir /b /c; cp *.tar.gz /b; cp * /c; for f in /c/snap*.db; do echo x >>$f; done";
    place.done("master-0", &format!("cd {BACKUP}; sudo sh -c '{spoil}'")).await;
    for (line, words) in [
        (format!("{restore} {BACKUP}"), "This script must be run as root\n"),
        (format!("sudo {restore}"), "Path to the directory containing backup files is required"),
        (format!("sudo {restore} /b"), "etcd snapshot  does not exist\n"),
        (format!("sudo {restore} /c"), "Backup appears corrupted. Aborting!\n"),
    ] {
        let said = place.ssh("master-0", &line).await;
        assert!(said.code == Some(1) && said.stdout.contains(words), "{line}: {said:?}");
    }
    assert_eq!(place.done("master-0", &format!("ls {MANIFESTS} | wc -l")).await, "4\n");
    assert_eq!(place.cluster.serving().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_without_resources_stops_a_restore_after_the_data_has_gone() {
    let Some(place) = Place::start(Version::V4_18).await else { return };
    back_up(&place).await;
    place.done("master-0", &format!("sudo rm -v {BACKUP}/static_kuberesources*")).await;
    let said = place.ssh("master-0", &format!("sudo /usr/local/bin/cluster-restore.sh {BACKUP}")).await;
    assert_eq!(said.code, Some(2), "{said:?}");
    assert_eq!(place.done("master-0", "sudo ls /var/lib/etcd/").await, "revision.json\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_beside_members_that_still_run_makes_two_clusters() {
    let Some(place) = Place::start(Version::V4_18).await else { return };
    place.make("before").await;
    back_up(&place).await;
    place.done("master-0", &format!("sudo -E /usr/local/bin/cluster-restore.sh {BACKUP}")).await;
    place.cluster.until(|clusters| clusters.len() == 2).await;
    let revisions: Vec<u64> = place.cluster.serving().iter().map(|(_, store)| store.version()).collect();
    assert!(
        revisions[0].abs_diff(revisions[1]) > 10,
        "a restore of this release lifts the revision: {revisions:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_quorum_comes_back_from_the_data_of_the_host_that_is_left() {
    let Some(place) = Place::start(Version::V4_18).await else { return };
    place.make("kept").await;
    place.host("master-1").turn_off();
    place.host("master-2").turn_off();
    place.cluster.until(|clusters| clusters.is_empty()).await;
    place.done("master-0", "sudo -E /usr/local/bin/quorum-restore.sh").await;
    place.cluster.until(|clusters| clusters.len() == 1).await;
    assert!(place.has("kept").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shorter_scripts_are_there_from_4_18_on() {
    let Some(place) = Place::start(Version::V4_12).await else { return };
    let said = place.ssh("master-1", "sudo -E /usr/local/bin/disable-etcd.sh").await;
    assert_eq!(
        (said.code, said.stderr.as_str()),
        (Some(1), "sudo: /usr/local/bin/disable-etcd.sh: command not found\n")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_kubelet_neither_stops_nor_starts_anything() {
    let Some(place) = Place::start(Version::V4_12).await else { return };
    let shown = "sudo crictl ps --label io.kubernetes.container.name=etcd -q | wc -l";
    place
        .done(
            "master-1",
            &format!("sudo systemctl stop kubelet && sudo mv {MANIFESTS}/etcd-pod.yaml /tmp; sleep 600"),
        )
        .await;
    assert_eq!(place.ssh("master-1", "systemctl is-active kubelet.service").await.code, Some(3));
    assert_eq!(place.done("master-1", shown).await, "1\n");
    place
        .done(
            "master-1",
            "sudo systemctl restart kubelet.service; while sudo crictl ps | grep -w etcd; do sleep 1; done",
        )
        .await;
    assert_eq!(place.done("master-1", shown).await, "0\n");
    place.done("master-1", &format!("sudo mv /tmp/etcd-pod.yaml {MANIFESTS}; until sudo crictl ps | grep -w etcd; do sleep 1; done")).await;
    assert_eq!(place.done("master-1", shown).await, "1\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reboot_loses_the_data_that_was_moved_to_tmp() {
    let Some(place) = Place::start(Version::V4_12).await else { return };
    take_out(&place, "master-1").await;
    assert_eq!(place.done("master-1", "sudo ls /tmp/etcd").await, "member\n");
    place.host("master-1").reboot().await.unwrap();
    assert_eq!(place.done("master-1", "ls /tmp; sudo ls -d /var/lib/etcd || true").await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_stops_a_move_and_a_backup_and_loses_nothing() {
    let small = |disks: &mut Disks| *disks = Disks { root: 16 << 20, tmp: Some(1 << 20), etcd: None };
    let Some(place) = Place::with(Version::V4_12, |setup| {
        setup.padding = 2 << 20;
        small(&mut setup.disks);
    })
    .await
    else {
        return;
    };
    let said = place.ssh("master-1", "sudo mv -v /var/lib/etcd/ /tmp").await;
    assert!(said.code == Some(1) && said.stderr.contains("No space left on device"), "{said:?}");
    assert_eq!(place.done("master-1", "sudo ls /var/lib/etcd").await, "member\n");
    let free = place.done("master-0", "df -B1 --output=avail / | tail -n 1").await;
    let fill = free.trim().parse::<u64>().unwrap() - (1 << 20);
    place.done("master-0", &format!("dd if=/dev/zero of=/home/core/big bs=1 count={fill}")).await;
    let said = place.ssh("master-0", &format!("sudo /usr/local/bin/cluster-backup.sh {BACKUP}")).await;
    assert!(said.code == Some(1) && said.stderr.contains("No space left on device"), "{said:?}");
    assert_eq!(place.done("master-0", &format!("ls {BACKUP}")).await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_virtual_address_is_removed_exactly_and_the_api_needs_one_holder() {
    let vips = Vips { api: [10, 0, 0, 1].into(), ingress: [10, 0, 0, 10].into() };
    let Some(place) = Place::with(Version::V4_12, |setup| setup.vips = Some(vips)).await else { return };
    let (mut holder, mut found) = ("", 0);
    for host in ["master-0", "master-1", "master-2"] {
        // E10 as the guide has it takes 10.0.0.10 for 10.0.0.1.
        found += place.ssh(host, "ip -o address | grep 10.0.0.1").await.stdout.lines().count();
        if place.ssh(host, "ip -o address | grep -w 10.0.0.1/32").await.code == Some(0) {
            holder = host;
        }
    }
    assert_eq!(found, 2);
    place.cluster.setup().faults.switch_on("keepalived: leaves its addresses");
    place.done(holder, &format!("sudo mv {MANIFESTS}/keepalived.yaml /tmp; while sudo crictl ps --name keepalived -q | grep .; do sleep 1; done")).await;
    place.cluster.until(|clusters| clusters.is_empty()).await;
    let device = place.done(holder, "ip -o address | grep -w 10.0.0.1/32").await;
    assert!(device.contains("br-ex    inet 10.0.0.1/32 scope global vip"), "{device}");
    assert_eq!(place.ssh(holder, "ip address del 10.0.0.1/32 dev br-ex").await.code, Some(2));
    place.done(holder, "sudo ip address del 10.0.0.1/32 dev br-ex").await;
    place.cluster.until(|clusters| clusters.len() == 1).await;
    assert_eq!(place.ssh(holder, "ip -o address | grep -w 10.0.0.1/32").await.code, Some(1));
}
