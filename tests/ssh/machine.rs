//! What the machine that the operator sits at lacks: `ssh` itself, a place for sockets, free files.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use drsh_real::programs;

use crate::program::Program;
use crate::world::World;

const SCRIPT: &str = r#"fn main() { ssh(host("one"), ["true"], seconds(30)); }"#;

/// Puts a program `ssh` into a folder of the world that PATH then begins with.
fn with_ssh(world: &World, command: &mut Command, text: &str) {
    let folder = world.path("programs");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("ssh"), format!("#!/bin/sh\n{text}\n")).unwrap();
    std::fs::set_permissions(folder.join("ssh"), std::fs::Permissions::from_mode(0o755)).unwrap();
    command.env("PATH", &folder);
}

/// What is printed of an error by a run that must fail.
fn printed(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(!output.status.success(), "{out}{err}");
    err.trim_start().to_owned()
}

#[test]
fn where_no_ssh_is_installed_it_is_said_to_be() {
    let Some(world) = World::new() else { return };
    let program = Program::new(&world, SCRIPT);
    let err = printed(program.command(&["run", "script.rhai"]).env("PATH", world.path("remote")));
    assert!(err.starts_with("error: the program ssh is not installed here\n"), "{err}");
    assert!(err.contains("hint: install the OpenSSH client"), "{err}");
}

#[test]
fn an_ssh_that_ends_without_a_word_is_not_taken_for_one_that_is_not_there() {
    let Some(world) = World::new() else { return };
    let program = Program::new(&world, SCRIPT);
    let mut command = program.command(&["run", "script.rhai"]);
    with_ssh(&world, &mut command, "exit 1");
    let err = printed(&mut command);
    let file = world.path("programs/ssh");
    assert!(err.starts_with(&format!("error: {} ended without saying why\n", file.display())), "{err}");
    assert!(err.contains("try `ssh -V`"), "{err}");
}

#[test]
fn where_no_folder_can_be_made_for_the_socket_another_place_is_asked_for() {
    let Some(world) = World::new() else { return };
    let program = Program::new(&world, SCRIPT);
    let err = printed(program.command(&["run", "script.rhai"]).env("XDG_RUNTIME_DIR", "/proc"));
    assert!(err.starts_with("error: no folder for the connection's socket can be made in /proc: "), "{err}");
    assert!(err.contains("name another folder in XDG_RUNTIME_DIR"), "{err}");
}

#[test]
fn forwards_beyond_what_the_machine_can_hold_are_refused_and_told() {
    let Some(world) = World::new() else { return };
    let script = r#"fn main() { let one = host("one"); for n in 0..64 { ssh_forward(one, 80); } }"#;
    let program = Program::new(&world, script);
    let mut command = program.command(&["run", "script.rhai"]);
    let ssh = programs::find("ssh").unwrap();
    with_ssh(&world, &mut command, &format!("ulimit -n 24; exec {} \"$@\"", ssh.display()));
    let err = printed(&mut command);
    assert!(err.starts_with("error: port 80 of host one cannot be forwarded: "), "{err}");
    assert!(err.contains("look at `ulimit -n`"), "{err}");
}
