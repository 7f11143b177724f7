//! Programs of a host that do not do what they should, and what the operator reads then.

use std::os::unix::fs::PermissionsExt;

use drsh::problem::Problem;

use crate::world::{World, own_sleep};

/// Puts a program in the place of the host's own.
fn put(world: &World, name: &str, text: &str) {
    let program = world.hosts[0].folder().join("bin").join(name);
    std::fs::write(&program, format!("#!/bin/sh\n{text}\n")).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// What a program does that goes wrong the first time it is called, and is the host's own after that.
fn once(name: &str, wrong: &str) -> String {
    let mark = format!("\"$DRSH_HOST_FOLDER/{name} was called\"");
    format!("[ -e {mark} ] || {{ : > {mark}; {wrong}; }}\nPATH=${{PATH#*:}} exec {name} \"$@\"")
}

fn problem(world: &World, script: &str) -> Problem {
    world.run(script).unwrap_err()
}

fn remote(world: &World) -> String {
    world.path("remote/snapshot.db").display().to_string()
}

#[test]
fn a_copy_whose_hash_is_another_on_the_host_is_corrupt_and_nothing_is_left_of_it() {
    let Some(world) = World::new() else { return };
    let (remote, zeros) = (remote(&world), "0".repeat(64));
    std::fs::write(world.path("backup/a.db"), "snapshot").unwrap();
    let here = world.says(r#"folder_sha256(folder("backup"), "a.db")"#);
    put(&world, "sha256sum", &format!("echo '{zeros}  file'"));
    let message = format!("{remote} has the SHA-256 {zeros} on host one, and {here} here");
    let put = problem(&world, &format!(r#"ssh_put(host("one"), folder("backup"), "a.db", "{remote}")"#));
    assert_eq!((&*put.kind, &put.message), ("corrupt", &message));
    assert!(put.hint.unwrap().contains("copy it again"));
    assert_eq!(std::fs::read_dir(world.path("remote")).unwrap().count(), 0);
    std::fs::write(&remote, "snapshot").unwrap();
    let get = problem(&world, &format!(r#"ssh_get(host("one"), "{remote}", folder("backup"), "b.db")"#));
    assert_eq!((&*get.kind, &get.message), ("corrupt", &message));
    assert!(!world.path("backup/b.db").exists());
}

#[test]
fn permissions_that_the_host_does_not_tell_are_asked_of_the_operator() {
    let Some(world) = World::new() else { return };
    let remote = remote(&world);
    std::fs::write(&remote, "snapshot").unwrap();
    put(&world, "stat", "echo 'no such option: c'");
    let get = format!(r#"ssh_get(host("one"), "{remote}", folder("backup"), "b.db", #{{mode: "keep"}})"#);
    let problem = problem(&world, &get);
    assert_eq!(problem.kind, "output");
    let message = format!("stat on host one said no permissions of {remote}: no such option: c");
    assert_eq!(problem.message, message);
    assert!(problem.hint.unwrap().contains("mode: \"0600\""));
    world.says(&get.replace("keep", "0640"));
}

#[test]
fn a_copy_that_stands_still_is_told_and_begun_again_from_where_it_is() {
    let Some(world) = World::new() else { return };
    let remote = remote(&world);
    std::fs::write(&remote, "snapshot").unwrap();
    put(&world, "tail", &once("tail", &format!("exec sleep {}", own_sleep())));
    let environment = world.environment().replace("attempt_seconds = 20", "attempt_seconds = 1");
    let get = format!(r#"ssh_get(host("one"), "{remote}", folder("backup"), "b.db").size"#);
    assert_eq!(world.run_in(&environment, &get).unwrap().to_string(), "8");
    let told = world.told();
    assert!(told.contains(&format!("the copy of {remote} on host one stood still for 4s")), "{told}");
}

#[test]
fn a_copy_that_the_host_stops_reading_is_told_and_begun_again() {
    let Some(world) = World::new() else { return };
    // More than all that stands between here and there can hold.
    std::fs::write(world.path("backup/a.db"), vec![7; 16 << 20]).unwrap();
    let remote = remote(&world);
    put(&world, "dd", &once("dd", "exit 0"));
    let put = format!(r#"ssh_put(host("one"), folder("backup"), "a.db", "{remote}").size"#);
    assert_eq!(world.says(&put), (16 << 20).to_string());
    let told = world.told();
    assert!(told.contains(&format!("the copy of {remote} was cut off: Broken pipe")), "{told}");
}

#[test]
fn a_job_that_no_session_of_its_own_can_be_made_for_does_not_start() {
    let Some(world) = World::new() else { return };
    put(&world, "setsid", "exit 1");
    let problem = problem(&world, r#"ssh_start(host("one"), ["true"], "restore")"#);
    assert_eq!((&*problem.kind, &*problem.message), ("exit", "job restore did not start on host one"));
    assert!(problem.hint.unwrap().contains("setsid and flock"));
}
