//! Jobs: commands on a host that need no connection.

use std::path::PathBuf;

use crate::world::{World, carry_out, own_sleep, processes, until};

/// A job that writes a line, waits until the file `go` is there, writes another and ends. It does not outlive the
/// folder of a test that failed.
fn job(world: &World, ending: &str) -> String {
    let (go, count) = (world.path("remote/go").display().to_string(), world.path("remote/count"));
    format!(
        r#"["sh", "-c", `echo began; echo x >> '{0}'; while [ -e '{0}' ] && [ ! -e '{go}' ]; do :; done; echo went; {ending}`]"#,
        count.display()
    )
}

fn go(world: &World) {
    std::fs::write(world.path("remote/go"), "").unwrap();
}

/// How often the job began.
fn begun(world: &World) -> usize {
    std::fs::read_to_string(world.path("remote/count")).unwrap_or_default().lines().count()
}

fn folder(world: &World) -> PathBuf {
    world.hosts[0].folder().join(".drsh/restore")
}

#[test]
fn a_job_runs_once_and_gives_its_output_to_whoever_attaches() {
    let Some(world) = World::new() else { return };
    let start = format!(r#"ssh_start(host("one"), {}, "restore")"#, job(&world, "echo why >&2"));
    assert_eq!(world.says(&start), "started");
    assert_eq!(world.says(&start), "running");
    go(&world);
    let attach = r#"let out = ssh_attach(host("one"), "restore", minutes(1)); `${out.stdout}|${out.stderr}`"#;
    assert_eq!(world.says(attach), "began\nwent|why");
    assert_eq!(world.says(&start), "ended");
    assert_eq!(world.says(attach), "began\nwent|why");
    assert_eq!(begun(&world), 1);
    assert!(world.told().contains("one: began") && world.told().contains("one: why"), "{}", world.told());
}

#[test]
fn started_from_many_sides_at_once_it_runs_once() {
    let Some(world) = World::new() else { return };
    go(&world);
    let script = format!(
        r#"let one = host("one"); let command = {};
        parallel([1, 2, 3, 4, 5, 6], 6, |n| ssh_start(one, command, "restore"));
        ssh_attach(one, "restore", minutes(1)).stdout"#,
        job(&world, "true")
    );
    assert_eq!(world.says(&script), "began\nwent");
    assert_eq!(begun(&world), 1);
}

#[test]
fn a_job_outlives_its_connection_and_is_followed_over_the_next() {
    let Some(world) = World::new() else { return };
    let script = format!(
        r#"ssh_start(host("one"), {}, "restore");
        ssh_attach(host("one"), "restore", minutes(2)).stdout"#,
        job(&world, "true")
    );
    let run = world.begin(&world.environment());
    let said = std::thread::scope(|scope| {
        let script = scope.spawn(|| carry_out(&run, &script));
        let told = || world.told().contains("one: began") || script.is_finished();
        until("the first line", told);
        world.hosts[0].cut();
        until("another connection", || world.hosts[0].connections() > 0 || script.is_finished());
        go(&world);
        script.join().unwrap().unwrap().to_string()
    });
    assert_eq!(said, "began\nwent");
    // Not told twice: it was followed from where it was.
    assert_eq!(world.told().matches("one: began").count(), 1, "{}", world.told());
}

#[test]
fn a_job_ends_with_its_own_status() {
    let Some(world) = World::new() else { return };
    go(&world);
    let start = |command: &str| world.says(&format!(r#"ssh_start(host("one"), {command}, "restore")"#));
    start(&job(&world, "echo why >&2; exit 5"));
    let attach = r#"ssh_attach(host("one"), "restore", minutes(1))"#;
    let problem = world.run(attach).unwrap_err();
    assert_eq!(problem.kind, "exit");
    assert_eq!(problem.message, "job restore on host one ended with status 5: why");
}

#[test]
fn a_job_goes_on_when_nobody_waits_any_more() {
    let Some(world) = World::new() else { return };
    let sleep = own_sleep();
    world.says(&format!(r#"ssh_start(host("one"), ["sleep", "{sleep}"], "restore")"#));
    let attach = r#"ssh_attach(host("one"), "restore", seconds(8))"#;
    let problem = world.run(attach).unwrap_err();
    assert!(
        problem.kind == "timeout" && problem.message.contains("job restore on host one was not done after")
    );
    assert!(problem.hint.unwrap().contains("attach to it again"));
    assert!(processes(&sleep) > 0);
    let forget = r#"ssh_forget(host("one"), "restore")"#;
    let problem = world.run(forget).unwrap_err();
    assert!(problem.kind == "conflict" && problem.message.contains("still runs"), "{problem}");
    let other = world.run(r#"ssh_start(host("one"), ["true"], "restore")"#).unwrap_err();
    assert!(other.kind == "conflict" && other.message.contains("is another command"), "{other}");
    // Killed as by a restart of the host: neither the job nor who kept its status is left.
    let leader = std::fs::read_to_string(folder(&world).join("pid")).unwrap();
    let killed =
        std::process::Command::new("kill").args(["-9", "--", &format!("-{}", leader.trim())]).status();
    assert!(killed.unwrap().success());
    until("the job to be gone", || processes(&sleep) == 0);
    let lost = world.run(attach).unwrap_err();
    assert_eq!(lost.kind, "job_lost");
    assert_eq!(lost.message, "job restore on host one ended without leaving its status");
    assert!(lost.hint.unwrap().contains("look at ~/.drsh/restore there"));
    let start = format!(r#"ssh_start(host("one"), ["sleep", "{sleep}"], "restore")"#);
    assert_eq!(world.run(&start).unwrap_err().kind, "job_lost");
    assert_eq!((world.says(forget), world.says(forget)), ("true".to_owned(), "false".to_owned()));
    let gone = world.run(attach).unwrap_err();
    assert_eq!((&*gone.kind, &*gone.message), ("not_found", "host one has no job restore of the user"));
    assert!(gone.hint.unwrap().contains("ssh_start"));
}

#[test]
fn what_a_job_leaves_on_its_host_is_private_and_holds_no_variable() {
    use std::os::unix::fs::PermissionsExt;
    let Some(world) = World::new() else { return };
    go(&world);
    let script = format!(
        r#"ssh_start(host("one"), {}, "restore", #{{environment: #{{"HTTPS_PROXY": "http://canary-7f3c"}}}});
        ssh_attach(host("one"), "restore", minutes(1), #{{stream: false}}).stdout"#,
        job(
            &world,
            r#"[ \"$HTTPS_PROXY\" = http://canary-7f3c ] && echo given; echo \"${DRSH_CALL-unmarked}\""#
        )
        .replace("${", "${\"$\"}{")
        .replace("\\\"", "\"")
    );
    let said = world.says(&script);
    assert!(said.ends_with("given\nunmarked"), "{said}");
    assert_eq!(folder(&world).metadata().unwrap().permissions().mode() & 0o777, 0o700);
    for file in std::fs::read_dir(folder(&world)).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o077, 0, "{file:?}");
    }
}

#[test]
fn a_name_that_could_be_a_path_is_refused() {
    let Some(world) = World::new() else { return };
    for name in ["", "..", "a/b", "-a", ".a", "A", &"x".repeat(65)] {
        let problem = world.run(&format!(r#"ssh_start(host("one"), ["true"], "{name}")"#)).unwrap_err();
        assert_eq!(problem.kind, "bad_argument", "{name}");
    }
}
