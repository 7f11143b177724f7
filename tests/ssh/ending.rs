//! Commands that nobody waits for any more are gone from the host, with all that they started.

use crate::world::{World, own_sleep, processes, until};

/// A command that starts another in a session of its own, says that it is ready and stays.
fn stubborn(world: &World, sleep: &str) -> String {
    let ready = world.ready();
    format!(
        r#"["sh", "-c", `trap '' TERM; setsid sleep {sleep} & touch '{ready}'; sleep {sleep}; sleep {sleep}`]"#
    )
}

#[test]
fn an_interruption_ends_the_command_on_its_host() {
    let Some(world) = World::new() else { return };
    let sleep = own_sleep();
    let script = format!(r#"ssh(host("one"), {}, minutes(10))"#, stubborn(&world, &sleep));
    let run = world.begin(&world.environment());
    let problem = world
        .run_and(&run, &script, || {
            until("the command to run", || processes(&sleep) >= 1);
            run.cancel().cancel();
        })
        .unwrap_err();
    assert_eq!(problem.kind, "interrupted", "{problem}");
    until("the command to be gone", || processes(&sleep) == 0);
}

#[test]
fn the_limit_ends_the_command_on_its_host() {
    let Some(world) = World::new() else { return };
    let sleep = own_sleep();
    let script = format!(r#"ssh(host("one"), {}, seconds(8))"#, stubborn(&world, &sleep));
    let problem = world.run(&script).unwrap_err();
    assert!(problem.kind == "timeout" && world.path("remote/ready").exists(), "{problem}");
    until("the command to be gone", || processes(&sleep) == 0);
}

#[test]
fn a_command_that_prints_too_much_is_ended_on_its_host() {
    let Some(world) = World::new() else { return };
    let sleep = own_sleep();
    let script = format!(
        r#"ssh(host("one"), ["sh", "-c", "trap '' PIPE; yes 2>/dev/null | head -c 17825792; sleep {sleep}"], minutes(5))"#
    );
    let problem = world.run(&script).unwrap_err();
    assert!(problem.kind == "output" && problem.message.ends_with("printed more than 16 MiB"), "{problem}");
    assert!(problem.hint.unwrap().contains("ssh_get"));
    until("the command to be gone", || processes(&sleep) == 0);
}

#[test]
fn output_that_is_no_text_is_refused() {
    let Some(world) = World::new() else { return };
    let problem = world.run(r#"ssh(host("one"), ["printf", "\\377\\376"], seconds(30))"#).unwrap_err();
    assert_eq!(problem.kind, "output");
    assert!(problem.message.ends_with(" on host one printed what is no text in UTF-8"), "{problem}");
    assert!(problem.hint.unwrap().contains("ssh_get"));
}
