//! What the operator reads when a host does not do what was asked.

use std::time::{Duration, Instant};

use crate::world::World;

fn problem(world: &World, host: &str, limit: &str) -> drsh::problem::Problem {
    world.run(&format!(r#"ssh(host("{host}"), ["true"], {limit})"#)).unwrap_err()
}

#[test]
fn each_reason_why_no_connection_comes_up_has_its_word() {
    let Some(world) = World::new() else { return };
    for (host, kind) in
        [("stranger", "denied"), ("unknown", "unknown_host_key"), ("changed", "host_key_changed")]
    {
        let problem = problem(&world, host, "seconds(30)");
        assert_eq!(problem.kind, kind, "{problem}");
        assert!(problem.hint.is_some(), "{problem}");
    }
}

#[test]
fn a_host_that_refuses_is_tried_until_the_limit_and_told() {
    let Some(world) = World::new() else { return };
    let problem = problem(&world, "down", "seconds(1)");
    assert_eq!(problem.kind, "unreachable", "{problem}");
    assert!(problem.message.contains("Connection refused") && problem.message.contains("tried"), "{problem}");
    assert!(world.told().contains("Waiting"));
}

#[test]
fn a_command_that_outlives_its_limit_is_an_error_in_time() {
    let Some(world) = World::new() else { return };
    let problem = world.run(r#"ssh(host("one"), ["sleep", "600"], seconds(1))"#).unwrap_err();
    assert_eq!(problem.kind, "timeout", "{problem}");
}

#[test]
fn a_connection_that_breaks_is_told_apart_from_a_command_that_failed() {
    let Some(world) = World::new() else { return };
    let ready = world.path("remote/ready").display().to_string();
    let script = format!(r#"ssh(host("one"), ["sh", "-c", `touch '{ready}'; sleep 600`], seconds(120))"#);
    let problem = std::thread::scope(|scope| {
        let command = scope.spawn(|| world.run(&script).unwrap_err());
        let patience = Instant::now() + Duration::from_mins(1);
        while !world.path("remote/ready").exists() && Instant::now() < patience {
            std::thread::yield_now();
        }
        world.hosts[0].cut();
        command.join().unwrap()
    });
    assert_eq!(problem.kind, "connection_lost", "{problem}");
    assert!(problem.hint.unwrap().contains("look on one"));
}

#[test]
fn a_connection_that_broke_is_made_again_for_the_next_command() {
    let Some(world) = World::new() else { return };
    let script = r#"
        let one = host("one");
        let port = || ssh(one, ["sh", "-c", `set -- $SSH_CONNECTION; echo $2`], seconds(30)).stdout;
        let before = port.call();
        try { ssh(one, ["sh", "-c", "kill -9 $(ps -o ppid= -p $PPID) $PPID"], seconds(30)); } catch {}
        let after = port.call();
        before.len() > 0 && after.len() > 0
    "#;
    assert_eq!(world.says(script), "true");
}
