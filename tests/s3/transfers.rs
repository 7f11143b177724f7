//! Uploads and downloads, whole and in parts.

use crate::world::World;

on_lab_and_moto! {
    a_small_file_arrives_with_its_hash,
    an_empty_file_arrives_too,
    a_file_of_many_parts_arrives_and_bears_its_hash,
    a_file_of_exactly_one_part_arrives,
    a_source_that_is_not_what_it_should_be_is_not_stored,
    a_hash_that_is_known_before_is_stored_from_the_start,
    what_was_put_comes_back_verified,
    an_object_that_is_not_what_it_says_of_itself_is_not_brought,
    a_bucket_that_is_only_read_can_be_downloaded_from_and_not_uploaded_to,
}

const PUT: &str =
    r#"s3_put(bucket("backup"), "demo/etcd 0+snapshot.db", file_source(folder("backup"), "snapshot.db"))"#;
const KEY: &str = "demo/etcd 0+snapshot.db";

fn a_small_file_arrives_with_its_hash(world: &World) {
    let bytes = world.snapshot("snapshot.db", 1000);
    let said = world.says(&format!(
        r#"let stored = {PUT}; `${{stored.size}} ${{stored.sha256 == folder_sha256(folder("backup"), "snapshot.db")}}`"#
    ));
    assert_eq!(said, "1000 true");
    assert_eq!(world.read(KEY), bytes);
    assert!(world.facts(KEY).unwrap().sha256.is_some());
}

fn an_empty_file_arrives_too(world: &World) {
    world.snapshot("snapshot.db", 0);
    assert_eq!(world.says(&format!("{PUT}.size")), "0");
    assert_eq!(world.facts(KEY).unwrap().size, 0);
}

fn a_file_of_many_parts_arrives_and_bears_its_hash(world: &World) {
    let bytes = world.snapshot("snapshot.db", 21 << 20);
    let script = r#"
        let stored = s3_put(bucket("backup"), "demo.db", file_source(folder("backup"), "snapshot.db"), #{part_mib: 5, parallel: 2});
        let found = s3_head(bucket("backup"), "demo.db");
        let hash = folder_sha256(folder("backup"), "snapshot.db");
        `${stored.size} ${stored.sha256 == hash} ${found.sha256 == hash} ${found.etag == stored.etag}`
    "#;
    assert_eq!(world.says(script), "22020096 true true true");
    assert!(world.read("demo.db") == bytes);
    assert_eq!(world.open_uploads(), 0);
}

fn a_file_of_exactly_one_part_arrives(world: &World) {
    let bytes = world.snapshot("snapshot.db", 5 << 20);
    let script = r#"s3_put(bucket("backup"), "demo.db", file_source(folder("backup"), "snapshot.db"), #{part_mib: 5}).size"#;
    assert_eq!(world.says(script), (5 << 20).to_string());
    assert!(world.read("demo.db") == bytes);
}

fn a_source_that_is_not_what_it_should_be_is_not_stored(world: &World) {
    for size in [1000, 11 << 20] {
        world.snapshot("snapshot.db", size);
        let wrong = "0".repeat(64);
        let script = format!(
            r#"s3_put(bucket("backup"), "demo.db", file_source(folder("backup"), "snapshot.db"), #{{part_mib: 5, sha256: "{wrong}"}})"#
        );
        let is = world.says(r#"folder_sha256(folder("backup"), "snapshot.db")"#);
        let problem = world.run(&script).unwrap_err();
        assert_eq!(problem.kind, "corrupt");
        let what = "the SHA-256 of snapshot.db in folder backup";
        let message = format!("{what} is {is} over {size} bytes, and should be {wrong}");
        assert_eq!(problem.message, message);
        assert!(problem.hint.unwrap().contains("nothing was stored"));
        assert!(world.facts("demo.db").is_none());
        assert_eq!(world.open_uploads(), 0);
    }
}

fn a_hash_that_is_known_before_is_stored_from_the_start(world: &World) {
    world.snapshot("snapshot.db", 11 << 20);
    let script = r#"
        let hash = folder_sha256(folder("backup"), "snapshot.db");
        let stored = s3_put(bucket("backup"), "demo.db", file_source(folder("backup"), "snapshot.db"), #{part_mib: 5, sha256: hash});
        `${s3_head(bucket("backup"), "demo.db").sha256 == hash} ${stored.etag}`
    "#;
    let said = world.says(script);
    assert!(said.starts_with("true ") && said.ends_with("-3"), "{said}");
}

fn what_was_put_comes_back_verified(world: &World) {
    let bytes = world.snapshot("snapshot.db", 11 << 20);
    let script =
        format!(r#"{PUT}; s3_get(bucket("backup"), "{KEY}", folder("backup"), "deep/back.db").verified"#);
    assert_eq!(world.says(&script), "sha256");
    assert!(std::fs::read(world.path("backup/deep/back.db")).unwrap() == bytes);
}

fn an_object_that_is_not_what_it_says_of_itself_is_not_brought(world: &World) {
    let wrong = "0".repeat(64);
    world.write("backup/same.db", "snapshot");
    world.keep("demo.db", b"snapshot", Some(&wrong));
    let is = world.says(r#"folder_sha256(folder("backup"), "same.db")"#);
    let problem =
        world.run(r#"s3_get(bucket("backup"), "demo.db", folder("backup"), "back.db")"#).unwrap_err();
    assert_eq!(problem.kind, "corrupt");
    let says = "demo.db in bucket backup says that its SHA-256";
    assert_eq!(problem.message, format!("{says} is {wrong}, and {is} came"));
    assert!(problem.hint.unwrap().contains("take another copy"));
    assert!(!world.path("backup/back.db").exists());
}

fn a_bucket_that_is_only_read_can_be_downloaded_from_and_not_uploaded_to(world: &World) {
    world.snapshot("snapshot.db", 100);
    world.does(PUT);
    let lines = "credentials = { file = \"credentials\", profile = \"lab\" }\nmode = \"read-only\"\n";
    let environment = world.environment(lines);
    let get = format!(r#"s3_get(bucket("backup"), "{KEY}", folder("backup"), "back.db").size"#);
    assert_eq!(world.run_in(&environment, &get).unwrap().as_int(), Ok(100));
    assert_eq!(world.run_in(&environment, PUT).unwrap_err().kind, "refused");
}
