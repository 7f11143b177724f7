//! Mistakes in going on with a run, or back.

use super::kit::{Desk, ENDS, STOPS};

#[test]
fn a_run_that_does_not_exist_is_named() {
    let desk = Desk::new();
    desk.begun(STOPS);
    desk.said("run_unknown", &desk.run(&["resume", "zzzz"]));
    desk.said("repl_on_an_unknown_run", &desk.run(&["repl", "--run", "zzzz"]));
}

#[test]
fn the_beginning_of_an_id_fits_two_runs() {
    let desk = Desk::new();
    let run = desk.begun(STOPS);
    let (folder, runs) = (desk.path().join("state/runs"), ["aaaa0001", "aaaa0002"]);
    std::fs::rename(folder.join(run), folder.join(runs[0])).unwrap();
    std::fs::create_dir(folder.join(runs[1])).unwrap();
    desk.said("run_ambiguous", &desk.run(&["resume", "aaaa"]));
}

#[test]
fn a_run_that_is_done_is_resumed() {
    let desk = Desk::new();
    let run = desk.begun(ENDS);
    let before = std::fs::read(desk.journal(&run)).unwrap();
    desk.said("resume_of_a_done_run", &desk.run(&["resume", &run]));
    assert_eq!(std::fs::read(desk.journal(&run)).unwrap(), before);
}

#[test]
fn a_run_is_undone_twice() {
    let desk = Desk::new();
    let run = desk.begun(ENDS);
    desk.run(&["undo", &run]);
    desk.said("undone_twice", &desk.run(&["undo", &run]));
}

#[test]
fn a_run_is_undone_past_its_point_of_no_return() {
    let desk = Desk::new();
    let script = STOPS.replace("    fail", "    point_of_no_return(\"the source is gone\");\n    fail");
    let run = desk.begun(&script);
    desk.said("undo_past_the_point_of_no_return", &desk.run(&["undo", &run]));
    desk.said("again_from_before_the_point_of_no_return", &desk.run(&["resume", &run, "--from", "X1"]));
}

#[test]
fn steps_that_the_run_does_not_have_are_named() {
    let desk = Desk::new();
    let run = desk.begun(STOPS);
    desk.said("from_an_unknown_step", &desk.run(&["resume", &run, "--from", "X9"]));
    desk.said("back_to_an_unknown_step", &desk.run(&["undo", &run, "--to", "X9"]));
    desk.said(
        "skip_of_an_unknown_step",
        &desk.run(&["resume", &run, "--skip", "X9", "--because", "it is done"]),
    );
    desk.said("skip_of_a_done_step", &desk.run(&["resume", &run, "--skip", "X2", "--because", "it is done"]));
}

#[test]
fn the_environment_file_has_become_that_of_another_place() {
    let desk = Desk::new();
    let run = desk.begun(STOPS);
    let before = std::fs::read(desk.journal(&run)).unwrap();
    desk.write("environment.toml", "name = \"production\"\n");
    desk.said("resume_in_another_environment", &desk.run(&["resume", &run]));
    desk.said("undo_in_another_environment", &desk.run(&["undo", &run]));
    assert_eq!(std::fs::read(desk.journal(&run)).unwrap(), before);
}

#[test]
fn a_parameter_was_edited_since() {
    let desk = Desk::new();
    desk.write("environment.toml", "name = \"here\"\n[parameters]\nhosted_cluster_name = \"demo\"\n");
    let run = desk.begun(STOPS);
    desk.write("environment.toml", "name = \"here\"\n[parameters]\nhosted_cluster_name = \"demo-2\"\n");
    desk.said("resume_with_another_parameter", &desk.run(&["resume", &run]));
}

#[test]
fn the_script_or_the_environment_is_not_there_any_more() {
    let desk = Desk::new();
    let run = desk.begun(STOPS);
    let at = |name: &str| desk.path().join(name);
    std::fs::rename(at("s.rhai"), at("t.rhai")).unwrap();
    desk.said("resume_without_the_script", &desk.run(&["resume", &run]));
    std::fs::rename(at("t.rhai"), at("s.rhai")).unwrap();
    std::fs::rename(at("environment.toml"), at("e.toml")).unwrap();
    desk.said("resume_without_the_environment", &desk.run(&["resume", &run]));
}

#[test]
fn the_script_was_broken_by_an_edit_before_the_resume() {
    let desk = Desk::new();
    let run = desk.begun(STOPS);
    let before = std::fs::read(desk.journal(&run)).unwrap();
    desk.write("s.rhai", STOPS.replace("|| 2);", "|| 2;"));
    desk.said("resume_of_a_broken_script", &desk.run(&["resume", &run]));
    assert_eq!(std::fs::read(desk.journal(&run)).unwrap(), before, "the run is as it was");
}

#[test]
fn a_run_that_goes_on_elsewhere_is_resumed_and_undone() {
    use std::io::{BufRead as _, BufReader};

    let desk = Desk::new();
    desk.write(
        "s.rhai",
        "fn main() { step(\"X1 look\").reads().run(|| 1); wait_for(\"a word\", minutes(9), || false); }\n",
    );
    let mut running = desk.command(&["s.rhai"]).stdout(std::process::Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(running.stdout.take().unwrap()).lines();
    while !lines.next().unwrap().unwrap().contains("X1 look") {}
    let run = desk.run_id();
    desk.said("resume_of_a_running_run", &desk.run(&["resume", &run]));
    desk.said("undo_of_a_running_run", &desk.run(&["undo", &run]));
    desk.said("repl_on_a_running_run", &desk.run(&["repl", "--run", &run]));
    running.kill().unwrap();
    running.wait().unwrap();
}

#[test]
fn a_journal_was_edited_by_hand() {
    let desk = Desk::new();
    let run = desk.begun(STOPS);
    let text = std::fs::read_to_string(desk.journal(&run)).unwrap();
    std::fs::write(desk.journal(&run), text.replacen("X2 set", "X3 set", 1)).unwrap();
    desk.said("journal_edited", &desk.run(&["resume", &run]));
    std::fs::write(desk.journal(&run), "").unwrap();
    desk.said("journal_emptied", &desk.run(&["undo", &run]));
    std::fs::remove_file(desk.journal(&run)).unwrap();
    desk.said("journal_removed", &desk.run(&["show", &run]));
}

#[test]
fn the_script_was_edited_so_that_there_is_no_way_back() {
    let desk = Desk::new();
    let run = desk.begun(STOPS);
    desk.write("s.rhai", STOPS.replace("    step(\"X2 set\")", "    // step(\"X2 set\")"));
    desk.said("undo_of_a_step_that_is_gone", &desk.run(&["undo", &run]));
}

#[test]
fn a_script_without_main_is_undone() {
    let desk = Desk::new();
    let run = desk.begun(
        "step(\"X1 set\").undo(|was| log(\"back\")).run(|| 1);\nfail(\"busy\", \"it is busy\", \"wait\");\n",
    );
    desk.said("undo_without_main", &desk.run(&["undo", &run]));
}
