//! Mistakes in approving what destroys.

use rexpect::session::spawn_command;

use super::kit::Desk;

const DESTROYS: &str = "fn main() {
    step(\"T0 look\").reads().run(|| 1);
    phase(\"teardown\", #{ confirm: \"demo\", why: \"deletes demo from the source\" });
    log(\"deleted\");
}
";

/// The longest that the terminal may stay silent, in milliseconds.
const PATIENCE: u64 = 60_000;

#[test]
fn a_phase_that_does_not_exist_is_approved() {
    let desk = Desk::new();
    desk.write("s.rhai", DESTROYS);
    desk.said("approval_in_capitals", &desk.run(&["s.rhai", "--approve", "Teardown"]));
    desk.said("approval_by_the_clusters_name", &desk.run(&["s.rhai", "--approve", "demo"]));
    desk.said("approval_in_a_plan", &desk.run(&["plan", "s.rhai", "--approve", "tear-down"]));
    assert!(desk.runs().is_empty());
}

#[test]
fn a_phase_of_a_script_that_is_imported_is_known() {
    let desk = Desk::new();
    desk.said("approval_of_a_part", &desk.run(&["scripts/migrate_hcp.rhai", "--approve", "tear_down"]));
}

#[test]
fn nobody_is_there_to_approve() {
    let desk = Desk::new();
    desk.write("s.rhai", DESTROYS);
    desk.said("nobody_there_to_approve", &desk.run(&["s.rhai"]));
}

#[test]
fn another_name_is_typed() {
    let desk = Desk::new();
    desk.write("s.rhai", DESTROYS);
    let mut terminal = spawn_command(desk.command_at_a_terminal(&["s.rhai"]), Some(PATIENCE)).unwrap();
    terminal.exp_string("anything else to stop here: ").unwrap();
    terminal.send_line("Demo").unwrap();
    let printed = terminal.exp_string("What now? [6] ").unwrap().replace('\r', "");
    let printed = printed.trim_start_matches("Demo").trim();
    terminal.send_line("stop").unwrap();
    terminal.exp_eof().unwrap();
    desk.said_text("another_name_typed", &format!("$ drsh s.rhai\n(typed: Demo)\n{printed}\n"));
}

#[test]
fn a_blank_behind_the_typed_name_is_no_other_name() {
    let desk = Desk::new();
    desk.write("s.rhai", DESTROYS);
    let mut terminal = spawn_command(desk.command_at_a_terminal(&["s.rhai"]), Some(PATIENCE)).unwrap();
    terminal.exp_string("anything else to stop here: ").unwrap();
    terminal.send_line(" demo \t").unwrap();
    terminal.exp_string("deleted").unwrap();
    terminal.exp_string("done: ").unwrap();
    terminal.exp_eof().unwrap();
}
