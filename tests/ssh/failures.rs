//! What the operator reads when a host does not do what was asked.

use std::os::unix::fs::PermissionsExt;

use crate::world::World;

fn problem(world: &World, host: &str, limit: &str) -> drsh::problem::Problem {
    world.run(&format!(r#"ssh(host("{host}"), ["true"], {limit})"#)).unwrap_err()
}

#[test]
fn each_reason_why_no_connection_comes_up_has_its_word() {
    let Some(world) = World::new() else { return };
    for (host, kind, message, hint) in [
        ("stranger", "denied", " lets nobody in: ", "identity_file"),
        ("unknown", "unknown_host_key", " shows a host key that is not known", "ssh-keyscan 127.0.0.1"),
        (
            "changed",
            "host_key_changed",
            " shows another host key than the one that is known",
            "known hosts file",
        ),
        ("replaced", "host_key_changed", " shows another host key than the environment pins", "host_key of"),
    ] {
        let problem = problem(&world, host, "seconds(30)");
        assert_eq!(problem.kind, kind, "{problem}");
        let begins = format!("host {host} (127.0.0.1){message}");
        assert!(problem.message.starts_with(&begins), "{problem}");
        assert!(problem.hint.clone().unwrap().contains(hint), "{problem:?}");
    }
}

#[test]
fn a_name_that_nobody_knows_is_no_address() {
    let Some(world) = World::new() else { return };
    // A label this long is asked of nobody.
    let name = "a".repeat(64);
    let environment = world.environment().replace("127.0.0.1", &name);
    let problem = world.run_in(&environment, r#"ssh(host("one"), ["true"], seconds(30))"#).unwrap_err();
    assert_eq!(problem.kind, "unreachable", "{problem}");
    let message = format!("host one ({name}) has no address: ");
    assert!(
        problem.message.starts_with(&message) && problem.message.contains("Could not resolve"),
        "{problem}"
    );
    assert_eq!(problem.hint.unwrap(), "look at its address");
}

#[test]
fn a_host_that_refuses_is_tried_until_the_limit_and_told() {
    let Some(world) = World::new() else { return };
    let problem = problem(&world, "down", "seconds(5)");
    assert_eq!(problem.kind, "unreachable", "{problem}");
    assert!(
        problem.message.starts_with("host down (127.0.0.1) cannot be connected: ")
            && problem.message.contains("Connection refused")
            && problem.message.contains("tried"),
        "{problem}"
    );
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
    let ready = world.ready();
    let script = format!(r#"ssh(host("one"), ["sh", "-c", `touch '{ready}'; sleep 600`], seconds(120))"#);
    let run = world.begin(&world.environment());
    let problem = world.run_and(&run, &script, || world.hosts[0].cut()).unwrap_err();
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

#[test]
fn a_host_that_hangs_is_noticed_within_the_limit() {
    let Some(world) = World::new() else { return };
    let ready = world.ready();
    let script = format!(r#"ssh(host("watched"), ["sh", "-c", `touch '{ready}'; sleep 600`], minutes(5))"#);
    let run = world.begin(&world.environment());
    let problem = world.run_and(&run, &script, || world.hosts[0].freeze()).unwrap_err();
    assert_eq!(problem.kind, "connection_lost", "{problem}");
}

#[test]
fn a_user_who_may_not_use_sudo_is_told_so() {
    let Some(world) = World::new() else { return };
    // What sudo says, in the place of it: whoever runs the tests may have no sudo, or more rights than the test needs.
    for (says, hint) in [
        ("sudo: a password is required", "without a password"),
        ("core is not in the sudoers file.", "may not use sudo"),
    ] {
        let program = world.hosts[0].folder().join("bin/sudo");
        std::fs::write(&program, format!("#!/bin/sh\necho '{says}' >&2\nexit 1\n")).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let problem = world.run(r#"ssh(host("one"), ["id"], seconds(30), #{sudo: true})"#).unwrap_err();
        assert!(
            problem.kind == "exit" && problem.message.ends_with(&format!("status 1: {says}")),
            "{problem}"
        );
        assert!(problem.hint.unwrap().contains(hint));
    }
}

#[test]
fn every_status_comes_back_as_it_is() {
    let Some(world) = World::new() else { return };
    let script = r#"
        let statuses = [];
        for status in 0..256 { statuses.push(status); }
        let ask = |status| {
            let said = "no error";
            try { ssh(host("one"), ["sh", "-c", `exit ${status}`], seconds(60)); }
            catch (problem) { said = `${problem.kind} ${problem.message}`; }
            said
        };
        let lines = "";
        for said in parallel(statuses, 8, ask) { lines += said + "\n"; }
        lines
    "#;
    let said = world.says(script);
    assert_eq!(said.lines().count(), 256);
    for (status, line) in said.lines().enumerate() {
        let expected = match status {
            0 => "no error".to_owned(),
            127 => "exit `sh -c 'exit 127'` on host one ended with status 127: no such program".to_owned(),
            129..=192 => format!(
                "exit `sh -c 'exit {status}'` on host one ended with status {status}, as after signal {}",
                status - 128
            ),
            _ => format!("exit `sh -c 'exit {status}'` on host one ended with status {status}"),
        };
        assert_eq!(line, expected);
    }
}
