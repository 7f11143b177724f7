//! Backups that are not whole, and backups that would be overwritten.

use std::fs;

use crate::kit::{World, files_in, objects_of, own_text};

/// What stands in the hosted cluster's namespaces on the destination.
fn restored(world: &World) -> Vec<String> {
    let objects = objects_of(&world.destination());
    let ours = own_text(&objects, |kind, namespace, name| {
        namespace.starts_with("clusters") || (kind == "Namespace" && name.starts_with("clusters"))
    });
    ours.into_keys().collect()
}

/// The bash applies whatever files there are, half ones too (H12).
#[test]
fn a_backup_that_is_cut_altered_or_incomplete_is_refused_with_the_file_named() {
    let world = World::small();
    world.run("backup_hcp").well();
    let whole = files_in(&world.backup(""));
    let (hosted, secret) =
        ("namespaces/clusters/hc-demo.yaml", "namespaces/clusters/secret-pull-secret.yaml");
    let machine = whole.keys().find(|name| name.contains("/machine-")).unwrap().as_str();
    let refused = |file: &str, words: &[&str]| {
        world.run("restore_hcp").stopped(1, words);
        assert_eq!(restored(&world), Vec::<String>::new(), "after {file}");
        fs::write(world.backup(file), &whole[file].1).unwrap();
    };

    let text = &whole[hosted].1;
    fs::write(world.backup(hosted), &text[..text.len() / 2]).unwrap();
    refused(hosted, &[hosted, "changed or cut short", "R0"]);

    let altered = String::from_utf8(whole[secret].1.clone()).unwrap().replace("pull-secret", "pull-secres");
    fs::write(world.backup(secret), altered).unwrap();
    refused(secret, &[secret, "changed or cut short"]);

    fs::remove_file(world.backup(machine)).unwrap();
    refused(machine, &[machine, "is missing"]);

    fs::remove_file(world.backup("manifest.json")).unwrap();
    refused("manifest.json", &["no manifest.json", "accept_unmanifested_backup"]);
}

/// The bash never looks into the bucket again: etcd finds out, when the control plane is half there (H7, H12).
#[test]
fn a_snapshot_that_is_not_what_was_uploaded_is_refused_by_its_key() {
    let mut world = World::small();
    world.run("backup_hcp").well();
    let spoil = "fn main() {
        folder_write_text(folder(\"backup\"), \"other.txt\", \"not a snapshot\");
        s3_put(bucket(\"backup\"), \"demo-etcd-0-snapshot.db\", file_source(folder(\"backup\"), \"other.txt\"));
    }";
    world.run_text(spoil).well();
    world.run("restore_hcp").stopped(1, &["demo-etcd-0-snapshot.db", "bytes instead of"]);
    assert_eq!(restored(&world), Vec::<String>::new());
    let delete = "fn main() {
        phase(\"spoil\", #{ confirm: \"demo\", why: \"deletes a snapshot\" });
        s3_delete(bucket(\"backup\"), \"demo-etcd-0-snapshot.db\");
    }";
    world.approve("spoil");
    world.run_text(delete).well();
    world.disapprove();
    world.run("restore_hcp").stopped(1, &["the bucket holds no demo-etcd-0-snapshot.db"]);
    assert_eq!(restored(&world), Vec::<String>::new());
}

/// The bash begins with `rm -fr ${BACKUP_DIR}`: a second run destroys the only good backup (F14).
#[test]
fn no_backup_is_ever_overwritten() {
    let world = World::small();
    world.run("backup_hcp").well();
    let whole = files_in(&world.backup(""));
    world
        .run("backup_hcp")
        .stopped(1, &["the backup folder already holds", "manifest.json", "nothing was touched"]);
    assert_eq!(files_in(&world.backup("")), whole);
}

/// The bash asks whatever cluster the kubeconfig leads to: a fence that is proven on a third one lets both sides write.
#[test]
fn a_source_that_the_backup_was_not_taken_on_is_refused() {
    let world = World::small();
    world.run("backup_hcp").well();
    let file = world.backup("manifest.json");
    let text = fs::read_to_string(&file).unwrap();
    let mut manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
    manifest["facts"]["source_uid"] = "00000000-0000-0000-0000-00000000000a".into();
    fs::write(&file, manifest.to_string()).unwrap();
    world.run("restore_hcp").stopped(
        1,
        &["the backup was taken on the management cluster with UID 00000000", "nothing was touched"],
    );
    assert_eq!(world.hosted_cluster(&world.destination()), serde_json::Value::Null);
}
