//! Many hosts at once: opened first, asked side by side, and each told for itself.

use std::fmt::Write as _;

use crate::world::World;

const HOSTS: [&str; 3] = ["master-0", "master-1", "master-2"];
const ALL: &str = r#"let all = ["master-0", "master-1", "master-2"].map(|name| host(name));"#;

#[test]
fn hosts_are_opened_once_and_serve_what_follows() {
    let Some(world) = World::of(&HOSTS) else { return };
    let script = format!(
        r#"{ALL}
        let open = ssh_open(all);
        ssh_all(all, ["true"], seconds(30));
        ssh(all[1], ["true"], seconds(30));
        open.map(|one| `${{one.host}} ${{one.ok}} ${{one.problem}}`).to_string()"#
    );
    let run = world.begin(&world.environment());
    let said = crate::world::carry_out(&run, &script).unwrap().to_string();
    assert_eq!(said, r#"["master-0 true ", "master-1 true ", "master-2 true "]"#);
    // While the run lasts, each host has the one connection.
    assert!(world.hosts.iter().all(|host| host.connections() == 1));
}

#[test]
fn a_host_that_is_not_reached_is_named_and_left_out_only_where_the_script_says_so() {
    let Some(mut world) = World::of(&HOSTS) else { return };
    let environment = world.environment();
    drop(world.hosts.remove(1));
    let open = |options: &str| {
        world.run_in(&environment, &format!("{ALL} ssh_open(all, {options}).map(|one| one.ok).to_string()"))
    };
    let problem = open("#{limit: seconds(5)}").unwrap_err();
    assert_eq!(problem.kind, "unreachable", "{problem}");
    assert!(problem.message.starts_with("1 of 3 hosts failed: master-1: host master-1"), "{problem}");
    assert_eq!(open("#{limit: seconds(5), at_least: 2}").unwrap().to_string(), "[true, false, true]");
    assert!(world.told().contains("host master-1 is left out"), "{}", world.told());
    let problem = open("#{limit: seconds(5), at_least: 4}").unwrap_err();
    assert!(problem.kind == "bad_argument" && problem.message.contains("from 1 to 3"), "{problem}");
}

#[test]
fn every_host_answers_for_itself_in_the_order_given() {
    let Some(world) = World::of(&HOSTS) else { return };
    let command =
        r#"["sh", "-c", `echo $DRSH_HOST; case $DRSH_HOST in master-1) echo why >&2; exit 4;; esac`]"#;
    let problem = world.run(&format!("{ALL} ssh_all(all, {command}, seconds(30))")).unwrap_err();
    assert_eq!(problem.kind, "exit", "{problem}");
    assert!(problem.message.contains("1 of 3 hosts failed: master-1: "), "{problem}");
    assert!(problem.message.ends_with("ended with status 4: why"), "{problem}");
    let script = format!(
        "{ALL} ssh_all(all, {command}, seconds(30), #{{at_least: 2, most: 1}}).map(|one| `${{one.host}}=${{one.stdout}}`).to_string()"
    );
    assert_eq!(world.says(&script), r#"["master-0=master-0", "master-1=", "master-2=master-2"]"#);
}

#[test]
fn different_reasons_are_told_together() {
    let Some(world) = World::new() else { return };
    let script = r#"ssh_all([host("stranger"), host("one"), host("changed")], ["false"], seconds(30))"#;
    let problem = world.run(script).unwrap_err();
    assert_eq!(problem.kind, "several");
    for part in ["3 of 3 hosts failed", "stranger: ", "lets nobody in", "one: ", "status 1", "changed: "] {
        assert!(problem.message.contains(part), "{part}: {problem}");
    }
}

#[test]
fn a_list_that_is_none_is_refused_before_anything_runs() {
    let Some(world) = World::new() else { return };
    for (hosts, says) in
        [("[]", "names no host"), ("[1]", "of type i64"), (r#"[host("one"), host("one")]"#, "stands twice")]
    {
        let problem = world.run(&format!(r#"ssh_all({hosts}, ["true"], seconds(9))"#)).unwrap_err();
        assert!(problem.kind == "bad_argument" && problem.message.contains(says), "{problem}");
    }
    let script = r#"ssh_all([host("one"), host("read")], ["touch", "READY"], seconds(30))"#;
    let problem = world.run(&script.replace("READY", &world.ready())).unwrap_err();
    assert!(problem.kind == "refused" && !world.path("remote/ready").exists(), "{problem}");
}

#[test]
fn an_interruption_ends_the_command_on_every_host() {
    let Some(world) = World::of(&HOSTS) else { return };
    let (sleep, ready) = (crate::world::own_sleep(), world.ready());
    let script = format!(
        r#"{ALL} ssh_all(all, ["sh", "-c", `case $DRSH_HOST in master-2) touch '{ready}';; esac; sleep {sleep}`], minutes(9), #{{most: 1}})"#
    );
    let run = world.begin(&world.environment());
    // One at a time, the third would come only after nine minutes each; so all at once.
    let script = script.replace("most: 1", "most: 3");
    let problem = world.run_and(&run, &script, || run.cancel().cancel()).unwrap_err();
    assert_eq!(problem.kind, "interrupted");
    crate::world::until("the commands to be gone", || crate::world::processes(&sleep) == 0);
}

#[test]
fn fifty_connections_are_held_at_once() {
    let Some(world) = World::new() else { return };
    let mut environment = world.environment();
    let entry = environment.split("[hosts.one]\n").nth(1).unwrap().split('[').next().unwrap().to_owned();
    for number in 0..50 {
        let _ = write!(environment, "[hosts.many-{number}]\n{entry}");
    }
    let script = r#"
        let all = [];
        for number in 0..50 { all.push(host(`many-${number}`)); }
        ssh_open(all, #{limit: minutes(2)});
        let done = ssh_all(all, ["sh", "-c", "set -- $SSH_CONNECTION; echo $2"], minutes(2), #{most: 50});
        let ports = #{};
        for one in done { ports[one.stdout] = true; }
        ports.len()
    "#;
    assert_eq!(world.run_in(&environment, script).unwrap().to_string(), "50");
}
