//! What is typed wrong.

use super::kit::{Desk, ENDS, STOPS};

fn typed(name: &str, arguments: &[&str]) {
    let desk = Desk::new();
    desk.write("s.rhai", ENDS);
    desk.said(name, &desk.run(arguments));
    assert!(desk.runs().is_empty(), "a run was begun");
}

#[test]
fn the_script_is_forgotten() {
    typed("script_forgotten", &["run"]);
}

#[test]
fn the_script_is_named_twice() {
    typed("script_twice", &["s.rhai", "s.rhai"]);
}

#[test]
fn the_script_is_named_without_its_folder_and_ending() {
    typed("script_by_its_bare_name", &["run", "migrate_hcp"]);
}

#[test]
fn the_script_stands_where_a_command_should() {
    typed("script_as_a_command", &["migrate_hcp", "--env", "environment.toml"]);
}

#[test]
fn the_script_is_a_folder() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path().join("scripts")).unwrap();
    desk.said("script_is_a_folder", &desk.run(&["run", "scripts"]));
}

#[test]
fn the_script_is_misspelt() {
    typed("script_misspelt", &["scripts/restore_hpc.rhai"]);
}

#[test]
fn a_path_with_a_blank_stands_without_quotes() {
    typed("path_without_quotes", &["my", "restore.rhai"]);
}

#[test]
fn an_option_is_misspelt() {
    typed("option_misspelt", &["s.rhai", "--aprove", "teardown"]);
}

#[test]
fn a_parameter_is_given_on_the_command_line() {
    typed("parameter_on_the_command_line", &["s.rhai", "--param", "hosted_cluster_name=demo=1"]);
}

#[test]
fn a_resume_names_an_environment() {
    let desk = Desk::new();
    let run = desk.begun(STOPS);
    desk.said("resume_with_an_environment", &desk.run(&["resume", &run, "--env", "other.toml"]));
}

#[test]
fn a_resume_names_no_run() {
    typed("resume_of_nothing", &["resume"]);
}

#[test]
fn a_run_is_named_by_a_variable_of_the_shell_that_is_empty() {
    let desk = Desk::new();
    let run = desk.begun(STOPS);
    let before = std::fs::read(desk.journal(&run)).unwrap();
    desk.said("run_is_empty", &desk.run(&["undo", ""]));
    assert_eq!(std::fs::read(desk.journal(&run)).unwrap(), before, "the only run was taken for it");
}

#[test]
fn a_step_is_skipped_without_a_reason() {
    let desk = Desk::new();
    let run = desk.begun(STOPS);
    desk.said("skip_without_a_reason", &desk.run(&["resume", &run, "--skip", "X3"]));
    desk.said("skip_with_a_blank_reason", &desk.run(&["resume", &run, "--skip", "X3", "--because", " "]));
}

#[test]
fn a_rehearsal_is_told_nonsense() {
    typed("speed_is_a_word", &["rehearse", "s.rhai", "--speed", "fast"]);
    typed("speed_is_nothing", &["rehearse", "s.rhai", "--speed", "0"]);
    typed("faults_are_a_word", &["rehearse", "s.rhai", "--faults", "some"]);
}

#[test]
fn a_scenario_is_misspelt() {
    let desk = Desk::new();
    desk.write("s.rhai", ENDS);
    desk.write("world.json", "{\"speeed\": 20}\n");
    desk.said("scenario_misspelt", &desk.run(&["rehearse", "s.rhai", "--scenario", "world.json"]));
    desk.write("world.json", "speed = 20\n");
    desk.said("scenario_in_toml", &desk.run(&["rehearse", "s.rhai", "--scenario", "world.json"]));
}

#[test]
fn a_labs_folder_is_a_file() {
    let desk = Desk::new();
    desk.said("lab_in_a_file", &desk.run(&["lab", "up", "--folder", "environment.toml"]));
}

#[test]
fn an_environment_file_is_imported_as_if_it_were_the_shells() {
    typed("import_of_an_environment", &["env", "import", "environment.toml"]);
}

#[test]
fn an_env_file_lacks_most_of_what_is_documented() {
    let desk = Desk::new();
    desk.write("migration.env", "HC_CLUSTER_NAME=demo\nBUCKET_NAME=\n");
    desk.said("import_of_an_incomplete_file", &desk.run(&["env", "import", "migration.env"]));
}
