//! How much memory the program holds at its peak while bytes pass through it.

use std::process::{Child, Stdio};

use crate::kit::{World, started};

/// What more bytes may add to the peak, in KiB: what the allocator keeps, and no part of the object.
const SLACK: u64 = 16 << 10;

/// The peak of a child in KiB, as last seen before it ended.
fn peak(mut child: Child) -> u64 {
    // What it prints is read at its end: that is a few lines, which a pipe holds.
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    while child.try_wait().unwrap().is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let now = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
        most = most.max(now.unwrap_or_default());
        std::thread::yield_now();
    }
    let ended = child.wait_with_output().unwrap();
    let said = [ended.stdout, ended.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    assert!(ended.status.success(), "{}{}", said[0], said[1]);
    most
}

#[test]
fn an_upload_holds_no_more_of_a_large_file_than_of_a_small_one() {
    let world = World::small();
    let place = world.lab().folder();
    let environment = world.write_environment();
    let kept = place.join("backup");
    std::fs::create_dir_all(&kept).unwrap();
    std::fs::write(
        place.join("upload.rhai"),
        r#"step("X1 upload").done_when(|| false).no_undo("kept").run(|| {
            s3_put(bucket("backup"), "large", file_source(folder("backup"), "large"), #{limit: minutes(10)}).size
        });"#,
    )
    .unwrap();
    let of_size = |mib: u64| {
        let file = std::fs::File::create(kept.join("large")).unwrap();
        // A file without blocks: what it holds does not matter.
        file.set_len(mib << 20).unwrap();
        let arguments = ["upload.rhai", "--env", &environment];
        peak(started(&arguments, place, &world.state()))
    };
    let (small, large) = (of_size(40), of_size(104));
    assert!(large <= small + SLACK, "40 MiB take {small} KiB, and 104 MiB take {large} KiB");
}
