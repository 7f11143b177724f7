//! Interruptions: a signal ends the present call and saves; the run is resumable whatever the signal was.

use std::io::{BufRead, BufReader, Read as _};
use std::process::{Child, Command, Stdio};

use super::program::Program;

const SCRIPT: &str = "fn main() {
    step(\"X1 act\").no_undo(\"an example\").run(|| log(\"acts\"));
    step(\"X2 wait\").reads().run(|| { wait_for(\"the signal\", minutes(5), || \"not yet\"); 1 });
}";

/// Starts the script, and waits until it waits.
fn waiting(program: &Program, script: &str) -> (Child, impl BufRead) {
    program.write("s.rhai", script);
    let mut command = Command::new(env!("CARGO_BIN_EXE_drsh"));
    command.arg("s.rhai").current_dir(program.path()).env_remove("DRSH_ENV");
    command.env("DRSH_STATE", program.path().join("state"));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains("waiting for the signal") {
        line.clear();
        assert!(out.read_line(&mut line).unwrap() > 0, "it ended without waiting");
    }
    (child, out)
}

fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
}

/// Waits for the end; what it said on standard error, and its exit code.
fn ended((mut child, mut out): (Child, impl BufRead)) -> (String, i32) {
    let (mut rest, mut err) = (String::new(), String::new());
    out.read_to_string(&mut rest).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    (err, child.wait().unwrap().code().unwrap_or(-1))
}

#[test]
fn each_signal_that_asks_to_end_saves_the_run_and_names_the_way_on() {
    for name in ["-INT", "-TERM", "-HUP"] {
        let program = Program::new();
        let started = waiting(&program, SCRIPT);
        signal(&started.0, name);
        let (err, code) = ended(started);
        assert_eq!(code, 130, "{name}: {err}");
        assert!(err.contains("error: interrupted by the operator"), "{name}: {err}");
        let id = program.run_id();
        assert!(err.contains(&format!(
            "state: 1 step done, stopped in \"X2 wait\", nothing undone; run {id} is saved"
        )));
        assert!(err.contains(&format!("hint: `drsh resume {id}` goes on from here")), "{name}: {err}");
        assert!(program.run(&["runs"]).out.contains("interrupted, resumable"));
        program.write("s.rhai", &SCRIPT.replace("\"not yet\"", "true"));
        let resumed = program.run(&["resume", &id]);
        assert_eq!(resumed.code, 0, "{name}: {}", resumed.err);
        assert!(!resumed.out.contains("acts"), "{name}: {}", resumed.out);
    }
}

#[test]
fn whoever_interrupts_twice_loses_nothing_that_was_done() {
    let program = Program::new();
    let started = waiting(&program, SCRIPT);
    signal(&started.0, "-INT");
    // It may be at its end by itself by now.
    let _ = Command::new("kill").args(["-INT", &started.0.id().to_string()]).stderr(Stdio::null()).status();
    let (err, code) = ended(started);
    assert_eq!(code, 130, "{err}");
    program.write("s.rhai", &SCRIPT.replace("\"not yet\"", "true"));
    let resumed = program.run(&["resume", &program.run_id()]);
    assert_eq!(resumed.code, 0, "{}", resumed.err);
    assert!(!resumed.out.contains("acts"), "{}", resumed.out);
}

#[test]
fn an_interruption_is_told_once_however_many_branches_there_are() {
    let branches = |most: usize, first: &str| {
        format!(
            "fn main() {{ step(\"X1 wait\").reads().run(|| {{ let items = []; for n in 0..300 {{ items.push(n); }} \
             parallel(items, {most}, |n| {{ if n == 0 {{ {first} }} wait_for(\"the signal\", minutes(5), || \"not yet\") }}) }}); }}"
        )
    };
    for (most, first, expected) in [
        (8, "", "error: interrupted by the operator\n"),
        // One after the other: the first has failed when the second waits.
        (
            1,
            "fail(\"x\", \"it is broken\")",
            "error: interrupted by the operator; before that, 1 branch stopped: it is broken\n",
        ),
    ] {
        let program = Program::new();
        let script = branches(most, first);
        let started = waiting(&program, &script);
        signal(&started.0, "-INT");
        let (err, code) = ended(started);
        assert_eq!(code, 130, "{err}");
        assert!(err.contains(expected), "{err}");
        assert!(!err.contains("terminated"), "{err}");
    }
}
