//! What a restore of a cluster refuses before it touches anything, and how it goes on after it was broken off.

use drsh_lab::hosts::Version;
use drsh_lab::scenario::HostsPlan;

use crate::kit::{OnHosts, Printed, steps_done};

/// Checks that the restore stopped before anything was moved, with these words.
fn assert_untouched(world: &OnHosts, printed: Printed, words: &[&str]) {
    let before = world.lab().hosts().serving().len();
    let printed = printed.stopped(1, words);
    let done = world.journal(&printed);
    assert!(!steps_done(&done).iter().any(|id| id.starts_with("E3")), "{printed}");
    assert_eq!((before, world.has("later")), (1, true));
}

/// H23, F82: `cluster-restore.sh` takes the newest of each kind by itself.
#[test]
fn two_files_that_do_not_belong_together_are_refused() {
    let world = OnHosts::backed_up(Version::V4_12);
    let (folder, _) = world.only_backup();
    std::fs::write(folder.join("snapshot_2099-01-01_000000.db"), b"newer").unwrap();
    assert_untouched(&world, world.restore(), &["not one snapshot and one archive of the same time"]);
}

#[test]
fn a_file_that_is_not_as_the_manifest_says_is_refused() {
    let world = OnHosts::backed_up(Version::V4_18);
    let (folder, manifest) = world.only_backup();
    let name = manifest["files"][0]["name"].as_str().unwrap();
    std::fs::write(folder.join(name), b"cut").unwrap();
    assert_untouched(&world, world.restore(), &[name, "has the sha256", "fetch the backup again"]);
}

/// H24: by the manifest where there is one, by the images of etcd in any case.
#[test]
fn a_backup_of_another_z_stream_is_refused() {
    let mut world = OnHosts::backed_up(Version::V4_12);
    let (folder, mut manifest) = world.only_backup();
    manifest["version"] = "4.12.44".into();
    let file = folder.join("backup.json");
    std::fs::write(&file, manifest.to_string()).unwrap();
    let words = ["is of release 4.12.44, and the cluster runs 4.12.45"];
    assert_untouched(&world, world.restore(), &words);
    std::fs::remove_file(&file).unwrap();
    assert_untouched(&world, world.restore(), &["has no backup.json", "accept_unmanifested_backup"]);
    world.environment.parameters.insert("accept_unmanifested_backup".to_owned(), true.into());
    let newer = "/etc/kubernetes/static-pod-resources/etcd-pod-8";
    let files = world.files("master-0");
    let text = String::from_utf8(
        files.read("/etc/kubernetes/static-pod-resources/etcd-pod-7/etcd-pod.yaml").unwrap(),
    );
    files.make_folders(newer, 0o700).unwrap();
    files
        .write(&format!("{newer}/etcd-pod.yaml"), text.unwrap().replace("@sha256:", "@sha256:0").as_bytes())
        .unwrap();
    assert_untouched(&world, world.restore(), &["the backup is of another release: its etcd is "]);
}

#[test]
fn a_backup_of_another_cluster_is_refused() {
    let world = OnHosts::backed_up(Version::V4_18);
    let (folder, mut manifest) = world.only_backup();
    manifest["cluster"] = "00000000-0000-4000-8000-000000000000".into();
    std::fs::write(folder.join("backup.json"), manifest.to_string()).unwrap();
    assert_untouched(
        &world,
        world.restore(),
        &["is of the cluster 00000000-0000-4000-8000-000000000000, and this is "],
    );
}

/// F85: its etcd would go on beside the restored one.
#[test]
fn a_lost_host_that_answers_is_refused_and_one_that_does_not_answer_must_be_named() {
    let mut world = OnHosts::backed_up(Version::V4_12);
    let lost = toml::Value::Array(vec!["master-2".into()]);
    world.environment.parameters.insert("lost_hosts".to_owned(), lost);
    assert_untouched(&world, world.restore(), &["lost_hosts names master-2, but it answers"]);
    world.environment.parameters.remove("lost_hosts");
    world.host("master-2").turn_off();
    assert_untouched(&world, world.restore(), &["master-2"]);
}

#[test]
fn what_the_parameters_say_of_hosts_is_checked_together() {
    let mut world = OnHosts::of(HostsPlan { workers: 1, ..HostsPlan::default() });
    let parameters = &mut world.environment.parameters;
    parameters.remove("worker_hosts");
    parameters
        .insert("lost_hosts".to_owned(), toml::Value::Array(vec!["master-1".into(), "worker-0".into()]));
    parameters.insert("recovery_host".to_owned(), "master-1".into());
    let printed = world.restore();
    assert_eq!(printed.code, 2, "{printed}");
    for words in [
        "lost_hosts names worker-0, which is none of control_plane_hosts and worker_hosts",
        "\"master-1\" is one of lost_hosts",
    ] {
        assert!(printed.err.contains(words), "{printed}");
    }
}

/// Every step, those that cannot be undone among them, broken off just after it, which is just before the next: the run
/// that was killed again and again ends as one that was not.
#[test]
fn a_restore_that_is_killed_after_each_of_its_steps_ends_as_one_that_is_not() {
    const SHORT: &[&str] = &["E2", "E2a", "E3n", "E9", "E11"];
    const LONG: &[&str] = &["E2", "E3", "E5", "E6a", "E6b", "E7", "E8", "E10", "E11"];
    const BOTH: &[&str] = &["E12", "E13", "E13a", "E14", "E15", "E18", "E16"];
    const NETWORK: &[&str] = &["E17", "E19", "E20", "E21"];
    const BACK: &[&str] = &["E22a", "E22"];
    const LATER: &[&str] = &["E24", "E23", "E25", "E27", "E26", "E28", "E29", "E30", "E31", "E32", "E33"];
    let long = [LONG, BOTH, NETWORK, BACK, &["E22b"], LATER].concat();
    let short = [SHORT, BOTH, BACK, LATER].concat();
    for (release, steps) in [(Version::V4_12, long), (Version::V4_18, short)] {
        let world = OnHosts::backed_up(release);
        let run =
            world.kill_restore_after("E1 connect to every control plane host and choose the recovery host");
        for step in &steps {
            assert!(world.kill_resumed_after(&run, step), "{step} was not reported");
        }
        world.resume(&run).well();
        assert!(world.has("stock") && !world.has("later"), "{release:?}");
        let entries = world.lab().hosts().setup().log.entries();
        let count = |what: &str| entries.iter().filter(|entry| entry.what == what).count();
        assert_eq!(count("restored a snapshot"), 1, "{release:?}");
        let verdict = world.lab().verdict();
        assert!(verdict.is_well(), "{verdict}");
    }
}
