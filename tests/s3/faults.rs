//! What only the lab can be told to do: answer late, wrongly, in part or not at all.

use std::time::Duration;

use drsh_lab::faults::Fault;

use crate::world::{Lab, SECRET_KEY};

const HEAD: &str = r#"s3_head(bucket("backup"), "demo.db")"#;
const PUT: &str =
    r#"s3_put(bucket("backup"), "demo.db", file_source(folder("backup"), "snapshot.db"), #{part_mib: 5})"#;

#[test]
fn a_server_that_answers_nothing_does_not_hang_the_call() {
    let world = Lab::new();
    world.arm("HEAD", "", Fault::Hang, None);
    let environment = world
        .environment("credentials = { file = \"credentials\", profile = \"lab\" }\n")
        .replace("call_seconds = 60", "call_seconds = 2")
        .replace("attempt_seconds = 20", "attempt_seconds = 1");
    let problem = world.run_in(&environment, HEAD).unwrap_err();
    assert_eq!(problem.kind, "timeout");
    let begins = "bucket backup did not head demo.db: no answer within ";
    assert!(problem.message.starts_with(begins), "{problem}");
}

#[test]
fn the_secret_key_is_in_no_event_and_no_error() {
    let world = Lab::new();
    world.arm("HEAD", "", Fault::Status(500), Some(3));
    let problem = world.run(HEAD).unwrap_err();
    let seen = format!("{} {:?} {}", problem.message, problem.hint, world.told());
    assert!(!seen.contains(SECRET_KEY), "{seen}");
    assert_eq!(problem.kind, "not_found");
}

#[test]
fn requests_that_are_cut_or_refused_for_a_while_are_made_again() {
    let world = Lab::new();
    let bytes = world.snapshot("snapshot.db", 12 << 20);
    world.arm("PUT", "/etcd-snapshots/demo.db", Fault::Reset, Some(1));
    world.arm("PUT", "/etcd-snapshots/demo.db", Fault::Status(503), Some(2));
    world.arm("POST", "/etcd-snapshots/demo.db", Fault::Status(500), Some(1));
    assert_eq!(world.says(&format!("{PUT}.size")), (12 << 20).to_string());
    assert!(world.read("demo.db") == bytes);
    let told = world.told();
    assert!(told.contains("Waiting") && told.contains("503"), "{told}");
}

/// Many stores copy the parts when they make one object of them: of a large snapshot that takes longer than any answer else.
#[test]
fn a_store_that_takes_its_time_to_join_the_parts_is_not_asked_again_meanwhile() {
    let world = Lab::new();
    world.snapshot("snapshot.db", 48 << 20);
    // One second for an answer, and three more for 48 MiB; the store takes two, 2000 of its own.
    world.arm("POST", "uploadId=", Fault::Slow(Duration::from_secs(2000)), None);
    let environment = world
        .environment("credentials = { file = \"credentials\", profile = \"lab\" }\n")
        .replace("attempt_seconds = 20", "attempt_seconds = 1");
    let size = world.run_in(&environment, &format!("{PUT}.size")).unwrap();
    assert_eq!(size.as_int().unwrap(), 48 << 20);
    assert!(!world.told().contains("complete demo.db"), "{}", world.told());
}

#[test]
fn an_upload_that_is_refused_leaves_nothing_behind() {
    let world = Lab::new();
    world.snapshot("snapshot.db", 12 << 20);
    world.arm("PUT", "/etcd-snapshots/demo.db", Fault::Status(403), None);
    let problem = world.run(PUT).unwrap_err();
    assert_eq!(problem.kind, "denied");
    assert!(problem.message.contains("403 AccessDenied"), "{problem}");
    assert!(world.facts("demo.db").is_none());
    assert_eq!(world.open_uploads(), 0);
}

#[test]
fn a_byte_that_turned_on_the_disk_of_the_store_is_found_without_a_hash_too() {
    let world = Lab::new();
    world.keep("demo.db", b"snapshot", None);
    let body = std::fs::read_dir(world.path("bodies")).unwrap().next().unwrap().unwrap().path();
    std::fs::write(body, "snapshut").unwrap();
    let script = r#"s3_get(bucket("backup"), "demo.db", folder("backup"), "back.db")"#;
    let problem = world.run(script).unwrap_err();
    assert_eq!(problem.kind, "corrupt");
    assert!(problem.message.starts_with("demo.db in bucket backup says that its checksum is "), "{problem}");
    assert!(!world.path("backup/back.db").exists());
}

#[test]
fn a_fault_of_drsh_in_a_part_of_an_upload_is_an_error_and_takes_the_upload_back() {
    let world = Lab::new();
    world.snapshot("snapshot.db", 12 << 20);
    world.arm("PUT", "/etcd-snapshots/demo.db", Fault::Status(503), Some(1));
    world.break_at("S3: put part ");
    let problem = world.run(PUT).unwrap_err();
    assert_eq!(problem.kind, "internal");
    assert_eq!(problem.message, "a part of the upload ended by a fault of drsh itself");
    assert!(problem.hint.unwrap().contains("report what was printed"));
    assert_eq!(world.open_uploads(), 0);
}

#[test]
fn a_download_that_breaks_off_begins_again_and_is_not_seen_in_between() {
    let world = Lab::new();
    let bytes = world.snapshot("snapshot.db", 1 << 20);
    world.does(PUT);
    world.arm("GET", "", Fault::CutAfter(5000), Some(1));
    let script = r#"s3_get(bucket("backup"), "demo.db", folder("backup"), "back.db").size"#;
    assert_eq!(world.says(script), (1 << 20).to_string());
    assert!(std::fs::read(world.path("backup/back.db")).unwrap() == bytes);
    assert!(world.told().contains("broke off after"), "{}", world.told());
}
