//! Files to a host and back.

use std::os::unix::fs::PermissionsExt;

use crate::world::World;

#[test]
fn a_file_arrives_whole_with_its_mode_and_comes_back() {
    let Some(world) = World::new() else { return };
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|n| n.to_be_bytes()[2]).collect();
    std::fs::write(world.path("backup/snapshot.db"), &bytes).unwrap();
    let remote = world.path("remote/it's a copy.db");
    let script = format!(
        r#"let put = ssh_put(host("one"), folder("backup"), "snapshot.db", {0:?}, #{{mode: "0640"}});
        let got = ssh_get(host("read"), {0:?}, folder("backup"), "back.db");
        `${{put.size}} ${{put.sha256 == got.sha256}}`"#,
        remote.display().to_string()
    );
    assert_eq!(world.says(&script), "3000000 true");
    assert!(
        std::fs::read(&remote).unwrap() == bytes
            && std::fs::read(world.path("backup/back.db")).unwrap() == bytes
    );
    assert_eq!(remote.metadata().unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(std::fs::read_dir(world.path("remote")).unwrap().count(), 1);
}

#[test]
fn a_copy_that_fails_leaves_nothing_on_either_side() {
    let Some(world) = World::new() else { return };
    std::fs::write(world.path("backup/a.db"), "x").unwrap();
    let nowhere = world.path("remote/no/such/a.db").display().to_string();
    let put = format!(r#"ssh_put(host("one"), folder("backup"), "a.db", {nowhere:?})"#);
    assert_eq!(world.run(&put).unwrap_err().kind, "exit");
    let get = format!(r#"ssh_get(host("one"), {nowhere:?}, folder("backup"), "b.db")"#);
    let problem = world.run(&get).unwrap_err();
    assert!(problem.kind == "exit" && problem.message.contains("No such file"), "{problem}");
    assert!(!world.path("backup/b.db").exists());
    assert_eq!(std::fs::read_dir(world.path("backup")).unwrap().count(), 1);
    assert_eq!(std::fs::read_dir(world.path("remote")).unwrap().count(), 0);
}

#[test]
fn a_path_on_the_host_must_be_absolute() {
    let Some(world) = World::new() else { return };
    let problem = world.run(r#"ssh_get(host("one"), "-rf", folder("backup"), "b")"#).unwrap_err();
    assert_eq!(problem.kind, "bad_argument");
}
