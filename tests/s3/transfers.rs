//! Uploads and downloads, whole and in parts.

use drsh_lab::faults::Fault;

use crate::world::{BUCKET, World};

const PUT: &str =
    r#"s3_put(bucket("backup"), "demo/etcd 0+snapshot.db", file_source(folder("backup"), "snapshot.db"))"#;
const KEY: &str = "demo/etcd 0+snapshot.db";

#[test]
fn a_small_file_arrives_with_its_hash() {
    let world = World::new();
    let bytes = world.snapshot("snapshot.db", 1000);
    let said = world.says(&format!(
        r#"let stored = {PUT}; `${{stored.size}} ${{stored.sha256 == folder_sha256(folder("backup"), "snapshot.db")}}`"#
    ));
    assert_eq!(said, "1000 true");
    assert_eq!(world.server.read(BUCKET, KEY).unwrap(), bytes);
    assert!(world.server.facts(BUCKET, KEY).unwrap().metadata.contains_key("sha256"));
}

#[test]
fn an_empty_file_arrives_too() {
    let world = World::new();
    world.snapshot("snapshot.db", 0);
    assert_eq!(world.says(&format!("{PUT}.size")), "0");
    assert_eq!(world.server.facts(BUCKET, KEY).unwrap().size, 0);
}

#[test]
fn a_file_of_many_parts_arrives_and_bears_its_hash() {
    let world = World::new();
    let bytes = world.snapshot("snapshot.db", 21 << 20);
    let script = r#"
        let stored = s3_put(bucket("backup"), "demo.db", file_source(folder("backup"), "snapshot.db"), #{part_mib: 5, parallel: 2});
        let found = s3_head(bucket("backup"), "demo.db");
        let hash = folder_sha256(folder("backup"), "snapshot.db");
        `${stored.size} ${stored.sha256 == hash} ${found.sha256 == hash} ${found.etag == stored.etag}`
    "#;
    assert_eq!(world.says(script), "22020096 true true true");
    assert!(world.server.read(BUCKET, "demo.db").unwrap() == bytes);
    assert_eq!(world.server.open_uploads(BUCKET), 0);
}

#[test]
fn a_file_of_exactly_one_part_arrives() {
    let world = World::new();
    let bytes = world.snapshot("snapshot.db", 5 << 20);
    let script = r#"s3_put(bucket("backup"), "demo.db", file_source(folder("backup"), "snapshot.db"), #{part_mib: 5}).size"#;
    assert_eq!(world.says(script), (5 << 20).to_string());
    assert!(world.server.read(BUCKET, "demo.db").unwrap() == bytes);
}

#[test]
fn a_source_that_is_not_what_it_should_be_is_not_stored() {
    let world = World::new();
    for size in [1000, 11 << 20] {
        world.snapshot("snapshot.db", size);
        let wrong = "0".repeat(64);
        let script = format!(
            r#"s3_put(bucket("backup"), "demo.db", file_source(folder("backup"), "snapshot.db"), #{{part_mib: 5, sha256: "{wrong}"}})"#
        );
        assert_eq!(world.run(&script).unwrap_err().kind, "corrupt");
        assert!(world.server.facts(BUCKET, "demo.db").is_none());
        assert_eq!(world.server.open_uploads(BUCKET), 0);
    }
}

#[test]
fn a_hash_that_is_known_before_is_stored_from_the_start() {
    let world = World::new();
    world.snapshot("snapshot.db", 11 << 20);
    let script = r#"
        let hash = folder_sha256(folder("backup"), "snapshot.db");
        let stored = s3_put(bucket("backup"), "demo.db", file_source(folder("backup"), "snapshot.db"), #{part_mib: 5, sha256: hash});
        `${s3_head(bucket("backup"), "demo.db").sha256 == hash} ${stored.etag}`
    "#;
    let said = world.says(script);
    assert!(said.starts_with("true ") && said.ends_with("-3"), "{said}");
}

#[test]
fn requests_that_are_cut_or_refused_for_a_while_are_made_again() {
    let world = World::new();
    let bytes = world.snapshot("snapshot.db", 12 << 20);
    world.arm("PUT", "/etcd-snapshots/demo.db", Fault::Reset, Some(1));
    world.arm("PUT", "/etcd-snapshots/demo.db", Fault::Status(503), Some(2));
    world.arm("POST", "/etcd-snapshots/demo.db", Fault::Status(500), Some(1));
    let script = r#"s3_put(bucket("backup"), "demo.db", file_source(folder("backup"), "snapshot.db"), #{part_mib: 5}).size"#;
    assert_eq!(world.says(script), (12 << 20).to_string());
    assert!(world.server.read(BUCKET, "demo.db").unwrap() == bytes);
    let told = world.told();
    assert!(told.contains("Waiting") && told.contains("503"), "{told}");
}

#[test]
fn an_upload_that_is_refused_leaves_nothing_behind() {
    let world = World::new();
    world.snapshot("snapshot.db", 12 << 20);
    world.arm("PUT", "/etcd-snapshots/demo.db", Fault::Status(403), None);
    let script = r#"s3_put(bucket("backup"), "demo.db", file_source(folder("backup"), "snapshot.db"), #{part_mib: 5})"#;
    let problem = world.run(script).unwrap_err();
    assert_eq!(problem.kind, "denied");
    assert!(problem.message.contains("403 AccessDenied"), "{problem}");
    assert!(world.server.facts(BUCKET, "demo.db").is_none());
    assert_eq!(world.server.open_uploads(BUCKET), 0);
}

#[test]
fn what_was_put_comes_back_verified() {
    let world = World::new();
    let bytes = world.snapshot("snapshot.db", 11 << 20);
    let script =
        format!(r#"{PUT}; s3_get(bucket("backup"), "{KEY}", folder("backup"), "deep/back.db").verified"#);
    assert_eq!(world.says(&script), "sha256");
    assert!(std::fs::read(world.path("backup/deep/back.db")).unwrap() == bytes);
}

#[test]
fn a_download_that_breaks_off_begins_again_and_is_not_seen_in_between() {
    let world = World::new();
    let bytes = world.snapshot("snapshot.db", 1 << 20);
    world.does(PUT);
    world.arm("GET", "", Fault::CutAfter(5000), Some(1));
    let script = format!(r#"s3_get(bucket("backup"), "{KEY}", folder("backup"), "back.db").size"#);
    assert_eq!(world.says(&script), (1 << 20).to_string());
    assert!(std::fs::read(world.path("backup/back.db")).unwrap() == bytes);
    assert!(world.told().contains("broke off after"), "{}", world.told());
}

#[test]
fn a_bucket_that_is_only_read_can_be_downloaded_from_and_not_uploaded_to() {
    let world = World::new();
    world.snapshot("snapshot.db", 100);
    world.does(PUT);
    let lines = "credentials = { file = \"credentials\", profile = \"lab\" }\nmode = \"read-only\"\n";
    let environment = world.environment(lines);
    let get = format!(r#"s3_get(bucket("backup"), "{KEY}", folder("backup"), "back.db").size"#);
    assert_eq!(world.run_in(&environment, &get).unwrap().as_int(), Ok(100));
    assert_eq!(world.run_in(&environment, PUT).unwrap_err().kind, "refused");
}
