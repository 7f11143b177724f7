//! An incident at a terminal: a look around, a change that is refused, armed, made, undone by hand, saved and checked.

use std::os::unix::fs::PermissionsExt as _;

use super::kit::{World, complete, enter};

#[test]
fn an_incident_is_looked_into_and_mended_by_hand() {
    let world = World::start();
    let mut terminal = world.open(&["repl"]);
    terminal.exp_string("read-only until you type :arm").unwrap();
    terminal.exp_string("drsh lab (read-only)> ").unwrap();

    // A look around, completed: a target by its name, then what only the cluster knows.
    complete(&mut terminal, "let source = cluster(\"so", "source\"");
    enter(&mut terminal, ")", "\r\n");
    complete(
        &mut terminal,
        "oc_get(source.namespace(\"clusters\"), \"hostedclu",
        "hostedclusters.hypershift.openshift.io/",
    );
    // Two begin so: both are listed, and the rest is typed.
    complete(&mut terminal, "de", "demo-2");
    enter(&mut terminal, "\").metadata.name.len()", "\r\n4\r\n");
    enter(&mut terminal, "oc_list(source, \"nodes\")", "Ready");
    enter(&mut terminal, "fn pausing(value) {\n  #{ spec: #{ pausedUntil: value } }\n}", "\r\n");
    enter(&mut terminal, "pausing(\"tr\" + \"ue\")", "pausedUntil: \"true\"");

    // A change is refused while nobody armed.
    let change = "oc_patch(source.namespace(\"clusters\"), \"hostedclusters/demo\", pausing(\"tr\" + \"ue\")).spec.pausedUntil";
    enter(&mut terminal, change, "this run only reads");

    // A call that would go on for ever is ended, the session is not.
    terminal.send_line("oc_wait(source, \"node/none\", \"to come\", minutes(9), |node| node != ())").unwrap();
    terminal.exp_string("waiting for").unwrap();
    terminal.send_control('c').unwrap();
    terminal.exp_string("interrupted by the operator").unwrap();
    terminal.exp_string("> ").unwrap();

    // Armed by the wrong name it stays as it is; by the right one it says so.
    terminal.send_line(":arm").unwrap();
    terminal.exp_string("anything else to keep looking: ").unwrap();
    terminal.send_line("production").unwrap();
    terminal.exp_string("still read-only").unwrap();
    terminal.exp_string("(read-only)> ").unwrap();
    terminal.send_line(":arm").unwrap();
    terminal.exp_string("anything else to keep looking: ").unwrap();
    terminal.send_line("lab").unwrap();
    terminal.exp_string("armed: changes go through").unwrap();
    terminal.exp_string("drsh lab (armed, run ").unwrap();
    terminal.exp_string("> ").unwrap();

    // The change, and its undoing by hand.
    enter(&mut terminal, change, "\r\ntrue\r\n");
    let back = "type_of(oc_patch(source.namespace(\"clusters\"), \"hostedclusters/demo\", pausing(())).spec.pausedUntil)";
    enter(&mut terminal, back, "\r\n()\r\n");
    enter(&mut terminal, "let password = \"canary-7f3c\"", "\r\n");
    enter(&mut terminal, ":save mended.rhai", "`drsh check` finds nothing in it");
    enter(&mut terminal, ":disarm", "read-only again");
    terminal.send_control('d').unwrap();
    terminal.exp_eof().unwrap();

    let checked = world.run(&["check", "mended.rhai"], "");
    assert_eq!(checked.code, Some(0), "{}", checked.out);
    let runs = world.runs();
    assert_eq!(runs.len(), 1, "looking around is no run");
    let shown = world.run(&["show", &runs[0]], "").out;
    assert_eq!(shown.matches("oc_patch on cluster source").count(), 2, "{shown}");
    assert!(shown.contains("note: typed: oc_patch("), "{shown}");
    assert!(world.run(&["runs"], "").out.contains("repl"), "the run says where it was typed");

    let history = world.state().join("history/lab");
    assert_eq!(std::fs::metadata(&history).unwrap().permissions().mode() & 0o777, 0o600);
    let kept = std::fs::read_to_string(history).unwrap();
    assert!(kept.contains("oc_list") && !kept.contains("canary-7f3c"), "{kept}");
    let saved = std::fs::read_to_string(world.path().join("mended.rhai")).unwrap();
    assert!(!saved.contains("canary-7f3c"), "{saved}");
}

#[test]
fn drsh_alone_on_a_terminal_is_the_repl_where_an_environment_is() {
    let world = World::start();
    let mut terminal = world.open(&[]);
    terminal.exp_string("drsh lab (read-only)> ").unwrap();
    enter(&mut terminal, "20 + 22", "\r\n42\r\n");
    enter(&mut terminal, ":targets", "cluster(\"destination\")");
    terminal.send_line(":quit").unwrap();
    terminal.exp_eof().unwrap();
}
