//! A migration that stops: its variables are in scope where it is looked into, at once and by another process.

use drsh_lab::faults::Fault;
use rexpect::session::PtySession;

use super::kit::{World, complete, enter};

const JOB: &str = "\"B2 pause the hosted cluster\"";

/// What somebody looks at who knows the script and not its values.
fn look_around(terminal: &mut PtySession) {
    terminal.exp_string("`job`, `before` as that step saw them").unwrap();
    terminal.exp_string("(read-only)> ").unwrap();
    enter(terminal, "job.control_plane", "clusters-demo\r\n");
    complete(terminal, "job.contr", "control_plane");
    enter(terminal, ".len()", "\r\n13\r\n");
    complete(terminal, "befo", "before");
    enter(terminal, ".is_private", "\r\nfalse\r\n");
}

#[test]
fn a_migration_that_stops_is_looked_into_with_its_variables_even_while_the_api_is_away() {
    let world = World::start();
    world.strike("PATCH", "hostedclusters", Fault::Status(403));
    let mut terminal = world.open(&["scripts/migrate_hcp.rhai"]);
    terminal.exp_string("What now? [6] ").unwrap();
    terminal.send_line("repl").unwrap();
    terminal.exp_string(&format!("it stopped in {JOB}: ")).unwrap();
    look_around(&mut terminal);
    // Functions of the stdlib take them as the script gives them.
    enter(&mut terminal, "hcp::is_paused(job)", "false\r\n");
    enter(&mut terminal, ":save typed.rhai", "finds nothing in it");
    terminal.send_line(":quit").unwrap();
    terminal.exp_string("What now? [6] ").unwrap();
    terminal.send_line("stop").unwrap();
    terminal.exp_eof().unwrap();
    let saved = std::fs::read_to_string(world.path().join("typed.rhai")).unwrap();
    assert!(saved.contains("let job = job::from_environment();"), "{saved}");
    assert!(!saved.contains("clusters-demo"), "no value of the run is written: {saved}");

    let (id, journal) = (world.runs().remove(0), world.journal());
    let mut terminal = world.open(&["repl", "--run", &id]);
    look_around(&mut terminal);
    terminal.send_line(":quit").unwrap();
    terminal.exp_eof().unwrap();

    // What is done comes from the journal, and the script asks nothing of the source between its steps.
    world.strike("", "", Fault::Reset);
    let mut terminal = world.open(&["repl", "--run", &id[..6]]);
    look_around(&mut terminal);
    terminal.send_line(":quit").unwrap();
    terminal.exp_eof().unwrap();
    assert_eq!(world.journal(), journal, "a look leaves no record");
    assert_eq!(world.runs(), [id]);
}

#[test]
fn a_look_that_hangs_is_left_out_by_a_key_and_the_prompt_is_there() {
    let world = World::start();
    world.write(
        "stops.rhai",
        "fn main() {\n    let count = 3;\n    oc_list(cluster(\"source\"), \"nodes\");\n    step(\"B1 stop\").reads().run(|| fail(\"busy\", `busy ${count}`));\n}\n",
    );
    let id = world.stop("stops.rhai");
    world.strike("", "nodes", Fault::Hang);
    let mut terminal = world.open(&["repl", "--run", &id]);
    terminal.exp_string("Ctrl-C leaves that out").unwrap();
    terminal.send_control('c').unwrap();
    terminal.exp_string("the script's variables are not at hand: you did not wait for them").unwrap();
    terminal.exp_string("(read-only)> ").unwrap();
    enter(&mut terminal, "params.source_name", "\r\nsource\r\n");
    // The next key ends a line, as ever.
    terminal.send_line("wait_for(\"the end of time\", minutes(9), || \"not \" + \"yet\")").unwrap();
    terminal.exp_string("not yet").unwrap();
    terminal.send_control('c').unwrap();
    terminal.exp_string("interrupted by the operator").unwrap();
    terminal.exp_string("(read-only)> ").unwrap();
    terminal.send_control('d').unwrap();
    terminal.exp_eof().unwrap();
}
