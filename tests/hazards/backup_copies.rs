//! The copy of a backup in a bucket (E0d), and a restore that takes it from there (E0e).

use drsh_lab::faults::{Fault, Rule};
use drsh_lab::hosts::Version;
use drsh_lab::scenario::HostsPlan;

use crate::kit::{BUCKET, OnHosts, SECRET_KEY, steps_done};

fn cluster(release: Version) -> OnHosts {
    let world = OnHosts::of(HostsPlan { release, workers: 0, ..HostsPlan::default() });
    world.make("stock");
    world
}

fn strike(world: &OnHosts, method: &str, path: &str, fault: Fault, times: Option<u32>) {
    let (server, method, path) = ("s3".to_owned(), method.to_owned(), path.to_owned());
    world.lab().hosts().setup().faults.arm(Rule { server, method, path, fault, times });
}

/// The name of the only backup, and of its files in the order in which they are sent.
fn files(world: &OnHosts) -> (String, Vec<String>) {
    let (folder, manifest) = world.only_backup();
    let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
    let files = manifest["files"].as_array().unwrap().iter();
    let files = files.map(|file| format!("{name}/{}", file["name"].as_str().unwrap())).collect();
    (name, files)
}

#[test]
fn a_copy_is_byte_for_byte_the_backup_and_a_restore_takes_it_where_the_folder_is_lost() {
    let mut world = cluster(Version::V4_18);
    let server = world.give_bucket();
    let printed = world.run().well();
    assert_eq!(steps_done(&world.journal(&printed)), ["E0a", "E0", "E0b", "E0c", "E0d"]);
    let (name, files) = files(&world);
    let mut keys: Vec<String> = files.into_iter().chain([format!("{name}/backup.json")]).collect();
    keys.sort();
    assert_eq!(server.keys(BUCKET), keys);
    for key in &keys {
        let here = std::fs::read(world.backups().join(key)).unwrap();
        assert!(server.read(BUCKET, key).unwrap() == here, "{key} differs");
    }
    for text in printed.seen.iter().chain([&printed.out, &printed.err]) {
        assert!(!text.contains(SECRET_KEY), "the bucket's key is in\n{text}");
    }
    world.make("later");
    std::fs::remove_dir_all(world.backups()).unwrap();
    let printed = world.restore().well();
    assert!(printed.out.contains(&format!("backup {name} was brought from the bucket offsite")), "{printed}");
    assert!(world.has("stock") && !world.has("later"));
    let verdict = world.lab().verdict();
    assert!(verdict.is_well(), "{verdict}");
}

/// H7, H12: a refused or broken upload leaves nothing that looks like a backup, and what is there is not sent again.
#[test]
fn a_copy_that_is_broken_off_goes_on_where_it_was_and_is_no_backup_before_its_end() {
    let mut world = cluster(Version::V4_14);
    world.environment.limits.call_seconds = 3;
    world.environment.limits.attempt_seconds = 2;
    let server = world.give_bucket();
    strike(&world, "PUT", "static_kuberesources", Fault::Status(403), None);
    let printed = world.run().stopped(1, &["static_kuberesources"]);
    assert!(steps_done(&world.journal(&printed)).contains(&"E0c"), "the backup itself is whole\n{printed}");
    let (name, files) = files(&world);
    assert_eq!(server.keys(BUCKET), files[..1], "the snapshot alone");
    assert_eq!(server.open_uploads(BUCKET), 0);

    // Whoever would restore from it is told that it is none.
    let kept = world.backups().with_extension("elsewhere");
    std::fs::rename(world.backups(), &kept).unwrap();
    world.environment.parameters.insert("backup".to_owned(), name.clone().into());
    world.restore().stopped(1, &["no backup.json", "was broken off"]);
    world.environment.parameters.remove("backup");
    let _ = std::fs::remove_dir_all(world.backups());
    std::fs::rename(&kept, world.backups()).unwrap();

    let faults = &world.lab().hosts().setup().faults;
    faults.clear();
    strike(&world, "PUT", "snapshot_", Fault::Status(403), None);
    world.resume(&printed.run).well();
    assert_eq!(server.keys(BUCKET).len(), 3);
}

#[test]
fn another_object_under_the_name_of_a_file_is_not_overwritten() {
    let mut world = cluster(Version::V4_18);
    world.environment.limits.call_seconds = 3;
    world.environment.limits.attempt_seconds = 2;
    let server = world.give_bucket();
    strike(&world, "PUT", "backup.json", Fault::Status(403), None);
    let printed = world.run().stopped(1, &["backup.json"]);
    world.lab().hosts().setup().faults.clear();
    let (folder, _) = world.only_backup();
    let (_, files) = files(&world);
    // Somebody changes what is to be sent: then the bucket holds other bytes than the manifest says.
    let manifest = folder.join("backup.json");
    let text = std::fs::read_to_string(&manifest).unwrap();
    let mut changed: serde_json::Value = serde_json::from_str(&text).unwrap();
    changed["files"][0]["sha256"] = "0".repeat(64).into();
    std::fs::write(&manifest, changed.to_string()).unwrap();
    world.resume(&printed.run).stopped(1, &["holds another", &files[0], "no backup is overwritten"]);
    assert_eq!(server.keys(BUCKET).len(), 2);
}

/// H23: what comes from the bucket is checked as what lies in the folder is.
#[test]
fn a_copy_with_a_wrong_checksum_is_refused_and_nothing_is_touched() {
    let mut world = cluster(Version::V4_18);
    let server = world.give_bucket();
    world.run().well();
    let (name, files) = files(&world);
    // A bucket without versions: somebody wrote another snapshot over it.
    let (folder, _) = world.only_backup();
    let other = folder.join("other");
    std::fs::write(&other, b"not what it was").unwrap();
    let before = server.read(BUCKET, &files[0]).unwrap();
    let put = format!(
        "s3_put(bucket(\"offsite\"), \"{}\", file_source(folder(\"backup\"), \"{name}/other\"));",
        files[0]
    );
    world.run_text(&format!("fn main() {{ {put} }}")).well();
    assert!(server.read(BUCKET, &files[0]).unwrap() != before);
    std::fs::remove_dir_all(world.backups()).unwrap();
    let printed = world.restore().stopped(1, &[&files[0], "has the sha256", "nothing was touched"]);
    assert!(steps_done(&world.journal(&printed)).is_empty(), "{printed}");
    assert!(!world.backups().join(&name).join("backup.json").exists());
    assert!(world.has("stock"));
}
