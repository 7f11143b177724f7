//! Mistakes about where runs are kept.

use std::os::unix::fs::PermissionsExt as _;

use super::kit::{Desk, ENDS, STOPS};

fn kept_in(name: &str, folder: &str) {
    let desk = Desk::new();
    desk.write("s.rhai", ENDS);
    desk.said(name, &desk.run(&["s.rhai", "--state", folder]));
}

#[test]
fn the_folder_is_a_file_or_cannot_be_made() {
    kept_in("state_is_a_file", "environment.toml");
    kept_in("state_cannot_be_made", "/proc/drsh");
}

#[test]
fn there_are_no_runs_to_list() {
    let desk = Desk::new();
    desk.said("no_runs", &desk.run(&["runs"]));
}

#[test]
fn anybody_can_change_the_runs() {
    let desk = Desk::new();
    let run = desk.begun(STOPS);
    let open = std::fs::Permissions::from_mode(0o777);
    std::fs::set_permissions(desk.path().join("state/runs"), open).unwrap();
    let before = std::fs::read(desk.journal(&run)).unwrap();
    desk.said("state_open_to_all", &desk.run(&["undo", &run]));
    assert_eq!(std::fs::read(desk.journal(&run)).unwrap(), before);
}

#[test]
fn something_else_lies_among_the_runs() {
    let desk = Desk::new();
    let run = desk.begun(STOPS);
    desk.write("state/runs/notes.txt", "remember\n");
    desk.write(&format!("state/runs/{run}/notes.txt"), "remember\n");
    desk.said("notes_among_the_runs", &desk.run(&["show", "notes.txt"]));
}
