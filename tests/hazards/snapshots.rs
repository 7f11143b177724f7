//! Snapshots: each member's own, proven in the bucket, and exactly one to restore from.

use std::collections::BTreeSet;

use drsh_lab::etcd::snapshot::Snapshot;
use serde_json::Value;

use crate::kit::moved;

/// The bash uploads etcd-0's file under all three keys (H5, F38).
#[test]
fn each_member_has_a_snapshot_of_its_own_in_the_bucket() {
    let it = moved();
    let keys: Vec<_> = it.snapshots.keys().map(String::as_str).collect();
    assert_eq!(keys, ["demo-etcd-0-snapshot.db", "demo-etcd-1-snapshot.db", "demo-etcd-2-snapshot.db"]);
    assert_eq!(it.snapshots.values().collect::<BTreeSet<_>>().len(), 3, "two keys hold one file");
}

/// The bash looks at nothing that it uploaded (H7, F40): the manifest says what must be there.
#[test]
fn the_manifest_tells_each_snapshot_as_the_bucket_holds_it() {
    let it = moved();
    let (_, text) = &it.backup["manifest.json"];
    let manifest: Value = serde_json::from_slice(text).unwrap();
    let told = manifest["snapshots"].as_array().unwrap();
    assert_eq!(told.len(), 3);
    for one in told {
        let bytes = &it.snapshots[one["key"].as_str().unwrap()];
        let status = Snapshot::read(bytes).unwrap().status();
        assert_eq!(one["size"], bytes.len());
        assert_eq!(one["revision"], status.revision);
        assert_eq!(one["hash"], status.hash);
        assert_eq!(one["total_keys"], status.keys);
    }
}

/// Three URLs are refused, and a block under `spec.etcd` is dropped without a word: etcd starts empty (H15, F52, F53).
#[test]
fn exactly_one_url_stands_where_the_operator_reads_it() {
    let it = moved();
    let hosted = it.is("HostedCluster.hypershift.openshift.io", "clusters", "demo");
    let urls = hosted["spec"]["etcd"]["managed"]["storage"]["restoreSnapshotURL"].as_array().unwrap();
    assert_eq!(urls.len(), 1);
    let url = urls[0].as_str().unwrap();
    assert!(url.starts_with("https://") && url.len() <= 1024, "{} characters", url.len());
    assert!(url.contains("demo-etcd-"));
    assert_eq!(hosted["spec"].to_string().matches("X-Amz-Signature").count(), 1);
}

/// A presigned URL lives an hour by default, and the field cannot be changed later (H17, F56).
#[test]
fn the_url_lives_as_long_as_was_asked_for() {
    let hosted = moved().is("HostedCluster.hypershift.openshift.io", "clusters", "demo");
    let url = hosted["spec"]["etcd"]["managed"]["storage"]["restoreSnapshotURL"][0].as_str().unwrap();
    assert!(url.contains("X-Amz-Expires=7200&") || url.ends_with("X-Amz-Expires=7200"), "not two hours");
}
