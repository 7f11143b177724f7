//! The program itself is killed while a job runs, and carries the script out again.

use std::process::{Command, Stdio};

use crate::world::{World, until};

#[test]
fn a_job_of_a_drsh_that_was_killed_is_taken_up_by_the_next() {
    let Some(world) = World::new() else { return };
    std::fs::write(world.path("environment.toml"), world.environment()).unwrap();
    let (go, count) = (world.path("remote/go"), world.path("remote/count"));
    let script = format!(
        r#"phase("restore");
        let one = host("one");
        ssh_start(one, ["sh", "-c", `echo x >> '{}'; echo began; while [ ! -e '{}' ]; do :; done; echo went`], "restore");
        let said = ssh_attach(one, "restore", minutes(2)).stdout;
        log(`said ${{said.len}}`);"#,
        count.display(),
        go.display()
    );
    std::fs::write(world.path("restore.rhai"), script).unwrap();
    let program = || {
        let mut program = Command::new(env!("CARGO_BIN_EXE_drsh"));
        program.args(["run", "restore.rhai", "--env", "environment.toml"]).current_dir(world.path(""));
        program.env("DRSH_STATE", world.path("state")).env_remove("DRSH_ENV").stdin(Stdio::null());
        program
    };
    let first = world.path("first");
    let mut killed = program().stdout(std::fs::File::create(&first).unwrap()).spawn().unwrap();
    let said = || std::fs::read_to_string(&first).unwrap();
    until("the job's first line", || said().contains("one: began") || killed_by_itself(&first));
    killed.kill().unwrap();
    killed.wait().unwrap();
    std::fs::write(&go, "").unwrap();
    let output = program().output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("one: began") && said.contains("one: went") && said.contains("said 10"), "{said}");
    assert_eq!(std::fs::read_to_string(count).unwrap(), "x\n");
}

/// Whether the program stopped before it was killed.
fn killed_by_itself(printed: &std::path::Path) -> bool {
    std::fs::read_to_string(printed).unwrap().contains("state:")
}
