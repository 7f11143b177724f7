//! Runs without an end: under way, killed, resumed three times, undone.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::program::Program;

fn report(program: &Program) -> Value {
    let printed = program.run(&["report", &program.run_id(), "--format", "json"]);
    assert_eq!(printed.code, 0, "{}", printed.err);
    serde_json::from_str(&printed.out).unwrap()
}

#[test]
fn a_run_under_way_is_told_as_such_and_one_that_was_killed_can_be_resumed() {
    let program = Program::new();
    program.write(
        "s.rhai",
        "fn main() {
            step(\"X1 look\").reads().run(|| 1);
            step(\"X2 wait\").reads().run(|| wait_for(\"what never comes\", hours(1), || \"it is not there\"));
        }",
    );
    let mut child = Command::new(env!("CARGO_BIN_EXE_drsh"))
        .args(["s.rhai"])
        .current_dir(program.path())
        .env("DRSH_STATE", program.path().join("state"))
        .env_remove("DRSH_ENV")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.contains("waiting for what never comes")), "it ended early");
    let under_way = report(&program);
    assert_eq!(under_way["state"], "running");
    assert_eq!(
        (&under_way["steps"][1]["fate"], &under_way["steps"][1]["ended"]),
        (&"running".into(), &Value::Null)
    );
    child.kill().unwrap();
    child.wait().unwrap();
    let killed = report(&program);
    assert_eq!((&killed["state"], &killed["steps"][1]["fate"]), (&"died".into(), &"interrupted".into()));
    let page = program.run(&["report", &program.run_id()]).out;
    assert!(page.contains("its process died; it can be resumed"), "{page}");
    assert!(page.contains(&format!("drsh resume {}", program.run_id())), "{page}");
}

#[test]
fn a_page_is_not_poured_into_a_terminal() {
    let program = Program::new();
    program.write("s.rhai", "fn main() { step(\"X1 look\").reads().run(|| 1); }");
    assert_eq!(program.run(&["s.rhai"]).code, 0);
    let mut command = Command::new(env!("CARGO_BIN_EXE_drsh"));
    command.args(["report", &program.run_id()]).current_dir(program.path());
    command.env("DRSH_STATE", program.path().join("state")).env_remove("DRSH_ENV");
    let mut terminal = rexpect::session::spawn_command(command, Some(60_000)).unwrap();
    let said = terminal.exp_eof().unwrap();
    assert!(said.starts_with("error: a page is nothing to read in a terminal"), "{said}");
    assert!(said.contains("--output report.html` keeps it, `--format markdown` prints text"), "{said}");
}

#[test]
fn a_run_that_was_resumed_three_times_and_undone_shows_each_start() {
    let program = Program::new();
    let script = "fn main() {
        step(\"X1 set\").undo(|was| log(`back to ${was}`)).run(|| 7);
        step(\"X2 try\").reads().run(|| fail(\"broken\", \"not yet\"));
    }";
    program.write("s.rhai", script);
    assert_eq!(program.run(&["s.rhai"]).code, 1);
    let run = program.run_id();
    program.write("s.rhai", &format!("// mended\n{script}"));
    for _ in 0..3 {
        assert_eq!(program.run(&["resume", &run]).code, 1);
    }
    assert_eq!(program.run(&["undo", &run]).code, 0);
    let report = report(&program);
    let ways: Vec<_> =
        report["starts"].as_array().unwrap().iter().map(|one| one["way"].as_str().unwrap()).collect();
    assert_eq!(ways, ["first", "resume", "resume", "resume", "undo"]);
    assert_eq!(report["state"], "undone");
    let fates: Vec<_> =
        report["steps"].as_array().unwrap().iter().map(|one| one["fate"].as_str().unwrap()).collect();
    assert_eq!(fates, ["done", "failed", "failed", "failed", "failed", "undone"]);
    assert_eq!(report["steps"][0]["superseded"], "undone");
    let found: Vec<_> = report["starts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["from_journal"].as_u64().unwrap())
        .collect();
    assert_eq!(found, [0, 1, 1, 1, 1]);
    let page = program.run(&["report", &run]).out;
    assert_eq!(page.matches("the script was edited before").count(), 4, "{page}");
    assert_eq!(page.matches("<strong>error: </strong>not yet").count(), 4, "{page}");
}

#[test]
fn a_step_that_was_skipped_is_told_with_the_reason() {
    let program = Program::new();
    program.write(
        "s.rhai",
        "fn main() { step(\"X1 try\").no_undo(\"x\").run(|| fail(\"broken\", \"not yet\")); }",
    );
    assert_eq!(program.run(&["s.rhai"]).code, 1);
    let run = program.run_id();
    assert_eq!(program.run(&["resume", &run, "--skip", "X1", "--because", "done by hand"]).code, 0);
    let page = program.run(&["report", &run, "--format", "markdown"]).out;
    assert!(page.contains("| X1 try | skipped: done by hand |"), "{page}");
}

#[test]
fn a_report_goes_into_a_file_that_only_the_operator_reads() {
    use std::os::unix::fs::PermissionsExt as _;
    let program = Program::new();
    program.write("s.rhai", "fn main() {}");
    assert_eq!(program.run(&["s.rhai"]).code, 0);
    let run = program.run_id();
    let printed = program.run(&["report", &run, "--out", "r.html"]);
    assert!(printed.out.contains(&format!("the report of run {run} is in r.html")), "{}", printed.out);
    let mode = std::fs::metadata(program.path().join("r.html")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let refused = program.run(&["report", &run, "--output", "no-such-folder/r.html"]);
    assert_eq!(refused.code, 2);
    let message = format!("the report of run {run} cannot be written to no-such-folder/r.html: ");
    assert!(refused.err.contains(&message), "{}", refused.err);
    assert!(refused.err.contains("hint: name another file with --output"), "{}", refused.err);
    assert!(program.run(&["report", "ffff"]).err.contains("there is no run ffff"));
}
