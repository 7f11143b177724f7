//! Going back: finished steps are undone newest first, up to the point of no return.

use super::program::Program;

const SCRIPT: &str = "import \"nouns\" as nouns;
fn main() {
    phase(\"change\", #{ confirm: \"x\", why: \"changes things\" });
    let before = step(\"X1 look\").reads().run(|| #{ count: 3 });
    for host in [\"a\", \"b\"] {
        step(`X2 set: ${host}`).undo(|was| log(`back on ${host} to ${was}`)).run(|| nouns::set(host));
    }
    step(\"X3 use up\").no_undo(\"it is gone\").run(|| log(\"used up\"));
    step(\"X4 scale\").undo(|was| nouns::scale(before.count)).run(|| 0);
    LAST
}";

fn run_with(last: &str) -> Program {
    let program = Program::new();
    let nouns =
        "fn set(host) { log(`set ${host}`); `old ${host}` } fn scale(count) { log(`scaled to ${count}`); }";
    program.write("nouns.rhai", nouns);
    program.write("s.rhai", &SCRIPT.replace("LAST", last));
    program.run(&["s.rhai", "--approve", "change"]);
    program
}

fn said(out: &str) -> Vec<&str> {
    out.lines().map(str::trim).filter(|line| line.starts_with("back") || line.starts_with("scaled")).collect()
}

#[test]
fn a_run_that_failed_is_undone_newest_first_with_what_each_step_recorded() {
    let program = run_with("step(\"X5 fail\").reads().run(|| fail(\"x\", \"broken\"));");
    let undone = program.run(&["undo", &program.run_id()]);
    assert_eq!(undone.code, 0, "{}", undone.err);
    assert_eq!(said(&undone.out), ["scaled to 3", "back on b to old b", "back on a to old a"]);
    assert!(undone.out.contains("stays: X3 use up: it is gone"), "{}", undone.out);
    assert!(
        !undone.out.contains("used up\n") && !undone.out.contains("set a"),
        "nothing acts again: {}",
        undone.out
    );
}

#[test]
fn a_run_that_ended_well_can_be_undone_too_and_only_once() {
    let program = run_with("log(\"the end\");");
    let id = program.run_id();
    assert_eq!(said(&program.run(&["undo", &id]).out).len(), 3);
    assert!(said(&program.run(&["undo", &id]).out).is_empty());
    assert!(program.run(&["runs"]).out.contains("undone"));
}

#[test]
fn nothing_before_the_point_of_no_return_is_undone() {
    let program = run_with(
        "point_of_no_return(\"the rest is gone\"); step(\"X6 after\").undo(|was| log(\"back after\")).run(|| 1);",
    );
    let undone = program.run(&["undo", &program.run_id()]);
    assert_eq!(said(&undone.out), ["back after"]);
    assert!(undone.out.contains("stays: X4 scale: the rest is gone"), "{}", undone.out);
}

#[test]
fn a_step_that_was_undone_acts_again_when_the_run_is_resumed() {
    let program = run_with("step(\"X5 fail\").reads().run(|| fail(\"x\", \"broken\"));");
    program.run(&["undo", &program.run_id()]);
    let resumed = program.run(&["resume", &program.run_id()]);
    assert!(resumed.out.contains("set a") && resumed.out.contains("set b"), "{}", resumed.out);
    assert!(!resumed.out.contains("used up"), "{}", resumed.out);
}

#[test]
fn nothing_is_undone_where_the_way_back_does_not_come_past_the_point_of_no_return() {
    let program = run_with("point_of_no_return(\"the rest is gone\");");
    let edited =
        SCRIPT.replace("LAST", "").replace("step(\"X4", "step(\"X9 new\").reads().run(|| 1); step(\"X4");
    program.write("s.rhai", &edited);
    let undone = program.run(&["undo", &program.run_id()]);
    assert_eq!(undone.code, 3, "{}", undone.out);
    assert!(
        undone.err.contains("error: the run passed a point of no return: the rest is gone"),
        "{}",
        undone.err
    );
    assert!(said(&undone.out).is_empty());
}

/// A script that is made of others, as `migrate_hcp` is: what its modules handed over is called where it was.
#[test]
fn steps_of_an_imported_script_are_undone_with_its_own_functions_and_imports() {
    let program = Program::new();
    program.write("nouns.rhai", "fn back(was) { log(`back from ${was}`); }");
    let part = "import \"nouns\" as nouns;
fn own(was) { nouns::back(was) }
fn steps() { let mark = 7; step(\"X1 set\").undo(|was| own(was + mark)).run(|| 1); }";
    program.write("part.rhai", part);
    program.write("s.rhai", "import \"part\" as part; fn main() { part::steps(); fail(\"x\", \"broken\"); }");
    assert_eq!(program.run(&["s.rhai"]).code, 1);
    let undone = program.run(&["undo", &program.run_id()]);
    assert_eq!(undone.code, 0, "{}", undone.err);
    assert!(undone.out.contains("back from 8"), "{}", undone.out);
}

#[test]
fn what_stops_the_script_on_the_way_back_is_told_in_its_own_words_and_nothing_is_undone() {
    let program = Program::new();
    let fails = "step(\"X2 fail\").reads().run(|| fail(\"x\", \"broken\"));";
    let acts = "step(\"X1 act\").undo(|was| log(\"back\")).run(|| 1);";
    program.write("s.rhai", &format!("fn main() {{ {acts} {fails} }}"));
    program.run(&["s.rhai"]);
    let looks = "try { step(\"X0 look\").reads().run(|| 1); } catch (error) { fail(\"early\", `no look: ${error.message}`); }";
    program.write("s.rhai", &format!("fn main() {{ {looks} {acts} }}"));
    let undone = program.run(&["undo", &program.run_id()]);
    assert_ne!(undone.code, 0, "{}", undone.out);
    let message = "error: the script does not come past X1 any more, which the run did; it ended with: no look: the run came no further\n";
    assert!(undone.err.contains(message), "{}", undone.err);
    assert!(!undone.out.contains("back"), "{}", undone.out);
}
