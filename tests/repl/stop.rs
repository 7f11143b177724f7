//! A script that stops at a terminal: looked into, mended from the REPL, retried to its end.

use super::kit::World;

const SCRIPT: &str = "fn main() {\n    step(\"B1 count\").reads().run(|| 7);\n    step(\"B2 look\").reads().run(|| {\n        if !folder_exists(folder(\"backup\"), \"mended.txt\") { fail(\"busy\", \"it is not mended\"); }\n    });\n}\n";

#[test]
fn the_cause_is_mended_from_the_repl_and_the_run_goes_on_to_its_end() {
    let world = World::start();
    std::fs::write(world.path().join("stops.rhai"), SCRIPT).unwrap();
    let mut terminal = world.open(&["stops.rhai"]);
    terminal.exp_string("error: it is not mended").unwrap();
    terminal.exp_string("What now? [6] ").unwrap();
    terminal.send_line("show").unwrap();
    terminal.exp_string("stop  B2 look: it is not mended").unwrap();
    terminal.exp_string("What now? [6] ").unwrap();
    terminal.send_line("3").unwrap();
    terminal.exp_string("it stopped in \"B2 look\"").unwrap();
    terminal.exp_string("(read-only)> ").unwrap();
    terminal.send_line("steps[\"B1\"] * 6").unwrap();
    terminal.exp_string("\r\n42\r\n").unwrap();
    terminal.exp_string("(read-only)> ").unwrap();
    terminal.send_line(":arm lab").unwrap();
    terminal.exp_string("armed: changes go through").unwrap();
    terminal.exp_string("> ").unwrap();
    terminal.send_line("folder_write_text(folder(\"backup\"), \"mended.txt\", \"by hand\")").unwrap();
    terminal.exp_string("> ").unwrap();
    terminal.send_line(":save mended.rhai").unwrap();
    terminal.exp_string("finds nothing in it").unwrap();
    terminal.exp_string("> ").unwrap();
    terminal.send_line(":quit").unwrap();
    terminal.exp_string("What now? [6] ").unwrap();
    terminal.send_line("2").unwrap();
    terminal.exp_string("done: ").unwrap();
    terminal.exp_eof().unwrap();
    assert_eq!(world.run(&["check", "mended.rhai"], "").code, Some(0));
    assert_eq!(world.runs().len(), 2, "the script's run, and what was typed");
}

#[test]
fn a_step_is_left_out_only_for_a_reason_and_nothing_is_offered_to_a_pipe() {
    let world = World::start();
    std::fs::write(world.path().join("stops.rhai"), SCRIPT).unwrap();
    let mut terminal = world.open(&["stops.rhai"]);
    terminal.exp_string("What now? [6] ").unwrap();
    terminal.send_line("skip").unwrap();
    terminal.exp_string("nothing leaves it in: ").unwrap();
    terminal.send_line("").unwrap();
    terminal.exp_string("What now? [6] ").unwrap();
    terminal.send_line("4").unwrap();
    terminal.exp_string("nothing leaves it in: ").unwrap();
    terminal.send_line("seen by eye").unwrap();
    terminal.exp_string("done: ").unwrap();
    terminal.exp_eof().unwrap();
    assert!(world.run(&["show", &world.runs()[0]], "").out.contains("seen by eye"));
    let piped = world.run(&["stops.rhai"], "");
    assert!(!piped.err.contains("What now?"), "{}", piped.err);
    assert_eq!(piped.code, Some(1));
}

#[test]
fn between_steps_there_is_none_to_skip() {
    let world = World::start();
    std::fs::write(world.path().join("stops.rhai"), "fn main() { fail(\"busy\", \"it is not mended\"); }\n")
        .unwrap();
    let mut terminal = world.open(&["stops.rhai"]);
    terminal.exp_string("What now? [6] ").unwrap();
    terminal.send_line("skip").unwrap();
    terminal.exp_string("error: it stopped between steps: there is none to skip").unwrap();
    terminal.exp_string("hint: retry it, or stop").unwrap();
    terminal.exp_string("What now? [6] ").unwrap();
    terminal.send_line("stop").unwrap();
    terminal.exp_eof().unwrap();
}

#[test]
fn a_rehearsal_that_stops_offers_the_ways_on_while_its_lab_lives() {
    let world = World::start();
    std::fs::write(world.path().join("stops.rhai"), SCRIPT).unwrap();
    let mut terminal = world.open(&["rehearse", "stops.rhai", "--folder", "rehearsed"]);
    terminal.exp_string("error: it is not mended").unwrap();
    terminal.exp_string("What now? [6] ").unwrap();
    terminal.send_line("repl").unwrap();
    terminal.exp_string("(read-only)> ").unwrap();
    terminal.send_line("oc_list(cluster(\"source\"), \"nodes\").len > 0").unwrap();
    terminal.exp_string("\r\ntrue\r\n").unwrap();
    terminal.exp_string("> ").unwrap();
    terminal.send_line(":quit").unwrap();
    terminal.exp_string("What now? [6] ").unwrap();
    std::fs::create_dir_all(world.path().join("rehearsed/backup")).unwrap();
    std::fs::write(world.path().join("rehearsed/backup/mended.txt"), "by hand").unwrap();
    terminal.send_line("retry").unwrap();
    terminal.exp_string("done: ").unwrap();
    terminal.exp_string("the lab says: ").unwrap();
    terminal.exp_eof().unwrap();
}
