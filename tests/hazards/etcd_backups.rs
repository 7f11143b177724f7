//! The backup that a restore of a cluster needs: made on the right host, whole, of one moment, or refused (E0).

use drsh_lab::containers::tools::hex;
use drsh_lab::hosts::Version;
use drsh_lab::scenario::HostsPlan;
use sha2::{Digest as _, Sha256};

use crate::kit::{OnHosts, Printed, steps_done};

const SCRIPT: &str = "/usr/local/bin/cluster-backup.sh";
const CANARY: &str = "proxy-password-canary";

fn of_release(release: Version) -> HostsPlan {
    HostsPlan { release, ..HostsPlan::default() }
}

/// Checks that the fetched backup is what its manifest says, and what the host holds.
fn assert_whole(world: &OnHosts, host: &str) {
    let (folder, manifest) = world.only_backup();
    let name = folder.file_name().unwrap().to_str().unwrap();
    let files = manifest["files"].as_array().unwrap();
    assert_eq!(files.len(), 2, "{manifest}");
    for file in files {
        let file_name = file["name"].as_str().unwrap();
        let here = std::fs::read(folder.join(file_name)).unwrap();
        let there = world.files(host).read(&format!("/home/core/assets/backup/{name}/{file_name}")).unwrap();
        assert!(here == there, "{file_name} is not as it is on {host}");
        let sum = hex(&Sha256::digest(&here));
        assert_eq!(
            (file["sha256"].as_str(), file["size"].as_u64()),
            (Some(sum.as_str()), Some(here.len() as u64))
        );
    }
    assert_eq!(manifest["host"], host);
    assert!(manifest["snapshot"]["total_keys"].as_u64() > Some(0), "{manifest}");
    let release = world.lab().plan().release.release();
    assert_eq!(manifest["version"], release);
    let private = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&folder).unwrap().permissions());
    assert_eq!(private & 0o077, 0);
}

#[test]
fn each_release_gives_a_backup_that_is_whole_and_says_what_it_is_of() {
    for release in [Version::V4_12, Version::V4_14, Version::V4_18] {
        let world = OnHosts::of(of_release(release));
        let printed = world.run().well();
        assert_eq!(steps_done(&world.journal(&printed)), ["E0a", "E0", "E0b", "E0c"]);
        assert_whole(&world, "master-0");
    }
}

#[test]
fn a_single_host_with_virtual_addresses_is_backed_up_too() {
    let world = OnHosts::of(HostsPlan { control_plane: 1, vips: true, ..HostsPlan::default() });
    world.run().well();
    assert_whole(&world, "master-0");
}

/// The script pulls an image, for which it needs the cluster's proxy (F87); the proxy's password is nobody's business.
#[test]
fn behind_a_proxy_the_script_gets_it_and_its_password_is_seen_nowhere() {
    let world = OnHosts::of(HostsPlan { proxy: true, ..HostsPlan::default() });
    let printed = world.run().well();
    assert_whole(&world, "master-0");
    let Printed { out, err, seen, run, .. } = &printed;
    assert!(seen.iter().any(|one| one.contains("backup_etcd")), "the process was not seen");
    let journal =
        std::fs::read_to_string(world.state().join("runs").join(run).join("journal.jsonl")).unwrap();
    for text in seen.iter().chain([out, err, &journal]) {
        assert!(!text.contains(CANARY), "the proxy's password is in\n{text}");
    }
}

#[test]
fn a_host_that_is_gone_is_passed_over_and_named_when_no_other_may_be_taken() {
    let mut world = OnHosts::of(HostsPlan::default());
    world.host("master-0").turn_off();
    world.environment.parameters.insert("backup_host".to_owned(), "master-0".into());
    world
        .run()
        .stopped(1, &["etcd runs on none of the hosts that may make the backup; master-0: ", "crictl ps"]);
    world.environment.parameters.remove("backup_host");
    world.run().well();
    assert_whole(&world, "master-1");
}

#[test]
fn the_host_that_was_named_makes_the_backup() {
    let mut world = OnHosts::of(HostsPlan::default());
    world.environment.parameters.insert("backup_host".to_owned(), "master-2".into());
    world.run().well();
    assert_whole(&world, "master-2");
    assert!(world.kept_on("master-0").is_empty());
}

#[test]
fn hosts_that_are_not_declared_are_named_before_anything_is_touched() {
    let mut world = OnHosts::of(HostsPlan::default());
    world.environment.parameters.insert("backup_host".to_owned(), "master-9".into());
    let printed =
        world.run().stopped(2, &["parameters.backup_host names master-9, and [hosts.master-9] is missing"]);
    assert!(printed.err.contains("nothing was touched"), "{printed}");
    assert!(world.kept_on("master-0").is_empty());
}

/// What is made during an update or a rollout is a mixture of two revisions, and a restore takes it all the same.
#[test]
fn while_the_control_plane_changes_no_backup_is_made() {
    let world = OnHosts::of(HostsPlan::default());
    let store = world.store();
    let order =
        |operator: &mut serde_json::Value| operator["spec"]["forceRedeploymentReason"] = "a test".into();
    store.change("kubeapiservers.operator.openshift.io", "", "cluster", order).unwrap();
    let moves = || {
        let operator = store.get("clusteroperators.config.openshift.io", "", "kube-apiserver").unwrap();
        let all = operator["status"]["conditions"].as_array().unwrap();
        all.iter().any(|one| one["type"] == "Progressing" && one["status"] == "True")
    };
    while !moves() {
        std::thread::yield_now();
    }
    // From here on it takes as long as in life.
    world.lab().hosts().setup().clock.set_speed(1.0);
    let words =
        ["the control plane is not at rest: kube-apiserver is Progressing (", "oc get clusteroperators"];
    let printed = world.run().stopped(1, &words);
    assert!(steps_done(&world.journal(&printed)).is_empty(), "{printed}");
    assert!(world.kept_on("master-0").is_empty());
}

#[test]
fn a_full_disk_is_found_before_the_script_runs() {
    let world = OnHosts::of(HostsPlan::default());
    world.host("master-0").files().reserve("/", (120 << 30) - (64 << 10)).unwrap();
    let printed = world.run().stopped(1, &["master-0 has ", "bytes free for /home/core/assets/backup"]);
    assert!(steps_done(&world.journal(&printed)).is_empty(), "{printed}");
    assert!(world.kept_on("master-0").is_empty());
}

/// The documented command leaves a half-made pair beside the next one, and a restore takes the newest of each kind by
/// itself (H23, F82).
#[test]
fn a_broken_snapshot_leaves_nothing_that_could_be_taken_for_a_backup() {
    let world = OnHosts::of(HostsPlan::default());
    world.lab().hosts().setup().faults.switch_on("etcd: snapshots are cut");
    let printed = world.run().stopped(1, &["cluster-backup.sh", "master-0"]);
    assert!(!world.backups().exists());
    world.lab().hosts().setup().faults.switch_off("etcd: snapshots are cut");
    world.resume(&printed.run).well();
    assert_whole(&world, "master-0");
    let kept = world.kept_on("master-0");
    assert_eq!((kept.len(), kept[0].1.len()), (1, 2), "{kept:?}");
}

#[test]
fn a_backup_that_was_killed_is_resumed_without_being_made_twice() {
    let world = OnHosts::of(HostsPlan::default());
    let run = world.kill_after("E0 make the backup on a control plane host");
    let made = world.kept_on("master-0");
    world.resume(&run).well();
    assert_eq!(world.kept_on("master-0"), made);
    assert_whole(&world, "master-0");
}

/// A host that went away in the middle leaves half a pair, and a restore takes the newest of each kind by itself (F82).
#[test]
fn what_an_interrupted_start_left_on_the_host_does_not_stay_beside_the_backup() {
    let world = OnHosts::of(HostsPlan::default());
    let run = world.kill_after("E0a look whether and where a backup can be made");
    let remote = world.first_value(&run)["remote"].as_str().unwrap().to_owned();
    let files = world.files("master-0");
    files.make_folders(&remote, 0o755).unwrap();
    files.write(&format!("{remote}/snapshot_2020-01-01_000000.db"), b"half").unwrap();
    world.resume(&run).well();
    let kept = world.kept_on("master-0");
    assert_eq!((kept.len(), kept[0].1.len()), (1, 2), "{kept:?}");
    assert_whole(&world, "master-0");
}

#[test]
fn a_backup_that_is_undone_leaves_the_host_as_it_was_and_keeps_what_was_fetched() {
    let world = OnHosts::of(HostsPlan::default());
    let printed = world.run().well();
    world.go_back(&printed.run).well();
    assert!(world.kept_on("master-0").is_empty());
    assert_eq!(world.only_backup().1["host"], "master-0");
}

#[test]
fn a_host_without_the_script_is_named_with_it() {
    let world = OnHosts::of(HostsPlan::default());
    world.files("master-0").remove_file(SCRIPT).unwrap();
    world.run().stopped(1, &["master-0 has no /usr/local/bin/cluster-backup.sh", "parameters.backup_host"]);
}
