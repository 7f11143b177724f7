//! The program itself, at an operator's hands: interrupted, killed, started again.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::world::{World, own_sleep, processes, until};

/// A script in the world, and the program that runs it.
pub struct Program<'a> {
    world: &'a World,
    printed: PathBuf,
}

impl<'a> Program<'a> {
    pub fn new(world: &'a World, script: &str) -> Self {
        std::fs::write(world.path("environment.toml"), world.environment()).unwrap();
        std::fs::write(world.path("script.rhai"), script).unwrap();
        Self { world, printed: world.path("printed") }
    }

    /// The program, to be started in the world.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut program = Command::new(env!("CARGO_BIN_EXE_drsh"));
        program.args(arguments).args(["--env", "environment.toml"]).current_dir(self.world.path(""));
        program.env("DRSH_STATE", self.world.path("state")).env_remove("DRSH_ENV").stdin(Stdio::null());
        program
    }

    /// Starts it, and waits until it has printed a text.
    fn start_until(&self, text: &str) -> Child {
        let (out, err) = (std::fs::File::create(&self.printed).unwrap(), self.world.path("complaints"));
        let mut command = self.command(&["run", "script.rhai"]);
        let child = command.stdout(out).stderr(std::fs::File::create(err).unwrap()).spawn().unwrap();
        until(text, || {
            assert_eq!(std::fs::read_to_string(self.world.path("complaints")).unwrap(), "");
            std::fs::read_to_string(&self.printed).unwrap().contains(text)
        });
        child
    }

    /// The journals of all its runs.
    fn journals(&self) -> String {
        let runs = std::fs::read_dir(self.world.path("state/runs")).unwrap();
        let journals = runs.map(|run| std::fs::read_to_string(run.unwrap().path().join("journal.jsonl")));
        journals.map(Result::unwrap).collect()
    }
}

#[test]
fn a_job_of_a_drsh_that_was_killed_is_taken_up_by_the_next() {
    let Some(world) = World::new() else { return };
    let (go, count) = (world.path("remote/go"), world.path("remote/count"));
    let script = format!(
        r#"phase("restore");
        let one = host("one");
        ssh_start(one, ["sh", "-c", `echo x >> '{0}'; echo began; while [ -e '{0}' ] && [ ! -e '{1}' ]; do :; done; echo went`], "restore");
        let said = ssh_attach(one, "restore", minutes(2)).stdout;
        log(`said ${{said.len}}`);"#,
        count.display(),
        go.display()
    );
    let program = Program::new(&world, &script);
    let mut killed = program.start_until("one: began");
    killed.kill().unwrap();
    killed.wait().unwrap();
    std::fs::write(&go, "").unwrap();
    let output = program.command(&["run", "script.rhai"]).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("one: began") && said.contains("one: went") && said.contains("said 10"), "{said}");
    assert_eq!(std::fs::read_to_string(count).unwrap(), "x\n");
    // The connection of the killed one is not left to itself.
    until("every connection to be closed", || world.hosts[0].connections() == 0);
    // What was told is kept too.
    let kept = program.journals();
    assert!(kept.contains(r#""text":"one: began"#) && kept.contains("went"), "{kept}");
}

#[test]
fn control_c_ends_the_command_on_its_host_before_the_program_ends() {
    let Some(world) = World::new() else { return };
    let sleep = own_sleep();
    let script = format!(
        r#"phase("look"); ssh(host("one"), ["sh", "-c", "echo began; sleep {sleep}"], minutes(9), #{{stream: true}});"#
    );
    let program = Program::new(&world, &script);
    let mut interrupted = program.start_until("one: began");
    until("the command to run", || processes(&sleep) > 0);
    let sent = Command::new("kill").args(["-INT", &interrupted.id().to_string()]).status();
    assert!(sent.unwrap().success());
    assert_eq!(interrupted.wait().unwrap().code(), Some(130));
    assert_eq!(processes(&sleep), 0);
    assert!(program.journals().contains("interrupted"));
}

#[test]
fn the_check_of_an_environment_asks_its_hosts_and_changes_nothing() {
    let Some(world) = World::new() else { return };
    let program = Program::new(&world, "");
    let only = world.environment().split("[hosts.read]").next().unwrap().to_owned();
    std::fs::write(world.path("environment.toml"), only).unwrap();
    let output = program.command(&["env", "check"]).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && said.contains("host one") && said.contains("hostname "), "{said}");
}
