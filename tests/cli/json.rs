//! `--output json`: what a program reads, and what becomes of a run whose reader goes away.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::program::{Printed, Program};

const SCRIPT: &str = "fn main() {
    phase(\"look\");
    step(\"X1 say\").undo(|was| log(\"back\")).run(|| { log(\"says this\"); warn(\"look\"); 1 });
    step(\"X2 wait\").no_undo(\"an example\").run(|| { wait_for(\"it\", minutes(1), || {
        let keep = folder(\"keep\");
        if folder_exists(keep, \"asked\") { return true; }
        folder_write_text(keep, \"asked\", \"once\");
        \"asked once\" }); 1 });
    LAST
}";

fn program(last: &str) -> Program {
    Program::with_folder(&SCRIPT.replace("LAST", last))
}

/// The events on standard output, which holds nothing else.
fn events(printed: &Printed) -> Vec<Value> {
    let read = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"));
    let events: Vec<Value> = printed.out.lines().map(read).collect();
    for event in &events {
        assert_eq!(event["schema"], 1, "{event}");
        assert!(event["time"].as_str().unwrap().ends_with('Z'), "{event}");
    }
    events
}

fn names(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["event"].as_str().unwrap()).collect()
}

#[test]
fn a_run_is_told_as_one_event_a_line_and_the_last_says_how_it_ended() {
    let program = program("");
    let printed = program.run(&["s.rhai", "--output", "json"]);
    assert_eq!((printed.code, &*printed.err), (0, ""));
    let events = events(&printed);
    assert_eq!(
        names(&events),
        [
            "run_started",
            "phase",
            "step_started",
            "said",
            "warned",
            "step_done",
            "step_started",
            "wait_began",
            "call",
            "call",
            "waiting",
            "call",
            "wait_ended",
            "step_done",
            "run_ended",
            "ended",
        ]
    );
    let id = program.run_id();
    assert_eq!((&events[0]["run"], &events[0]["command"]), (&Value::from(&*id), &"run".into()));
    assert_eq!((&events[2]["id"], &events[2]["step"]), (&"X1".into(), &"X1 say".into()));
    assert_eq!(
        (&events[10]["seen"], &events[10]["limit_milliseconds"]),
        (&"asked once".into(), &60_000.into())
    );
    assert_eq!(events[10]["wait"], events[7]["wait"]);
    assert_eq!(
        (&events[9]["function"], &events[9]["effect"]),
        (&"folder_write_text".into(), &"change".into())
    );
    assert_eq!((&events[9]["target"], &events[9]["error"]), (&"folder keep".into(), &Value::Null));
    let last = &events[15];
    assert_eq!(
        (&last["exit_code"], &last["outcome"], &last["run"]),
        (&0.into(), &"done".into(), &Value::from(&*id))
    );
}

#[test]
fn the_last_line_of_a_run_that_stopped_holds_the_four_parts_and_the_way_on() {
    let program = program("step(\"X3 stop\").reads().run(|| fail(\"x\", \"broken\", \"mend it\"));");
    let printed = program.run(&["s.rhai", "--output", "json"]);
    assert_eq!(printed.code, 1);
    // A person who looks on reads it too.
    assert!(printed.err.contains("error: broken"), "{}", printed.err);
    let told = events(&printed);
    let (last, id) = (told.last().unwrap(), program.run_id());
    assert_eq!(
        (&last["event"], &last["exit_code"], &last["outcome"]),
        (&"ended".into(), &1.into(), &"failed".into())
    );
    assert_eq!(last["resume"], Value::from(format!("drsh resume {id}")));
    assert_eq!((&last["stopped_in"], &last["steps_done"]), (&"X3 stop".into(), &2.into()));
    let error = &last["error"];
    assert_eq!((&error["kind"], &error["message"]), (&"x".into(), &"broken".into()));
    assert_eq!((&error["at"][0]["file"], &error["at"][0]["line"]), (&"s.rhai".into(), &9.into()));
    assert_eq!(
        error["state"],
        Value::from(format!("2 steps done, stopped in \"X3 stop\", nothing undone; run {id} is saved"))
    );
    assert_eq!(error["hint"], Value::from(format!("mend it; then `drsh resume {id}`")));

    program.write("s.rhai", &SCRIPT.replace("LAST", ""));
    let resumed = events(&program.run(&["resume", &id, "--output", "json"]));
    let done = resumed.iter().filter(|event| event["event"] == "step_done" && event["replayed"] == true);
    assert_eq!(done.count(), 2);
    assert!(names(&resumed).contains(&"note"), "the edit is told: {resumed:?}");
    let undone = events(&program.run(&["undo", &id, "--output", "json"]));
    assert!(undone.iter().any(|event| event["event"] == "step_done" && event["step"] == "undo X1 say"));
    assert_eq!(undone.last().unwrap()["outcome"], "undone");
}

#[test]
fn what_is_wrong_before_a_run_begins_is_in_the_last_line_too() {
    let printed = program("").run(&["s.rhai", "--env", "absent.toml", "--output", "json"]);
    assert_eq!(printed.code, 2);
    let events = events(&printed);
    assert_eq!(names(&events), ["ended"]);
    assert_eq!((&events[0]["exit_code"], &events[0]["error"]["kind"]), (&2.into(), &"environment".into()));
    assert_eq!(events[0]["error"]["state"], "no run was begun, and nothing was touched");
}

#[test]
fn a_plan_is_told_change_by_change_and_summed_up_in_the_last_line() {
    let program = Program::with_folder(
        "fn main() { step(\"X1 write\").no_undo(\"an example\").run(|| {
            for n in 0..9 { folder_write_text(folder(\"keep\"), `a${n}`, \"x\"); } 1 }); }",
    );
    let printed = program.run(&["plan", "s.rhai", "--output", "json"]);
    assert_eq!((printed.code, &*printed.err), (0, ""));
    let events = events(&printed);
    let changes: Vec<&Value> = events.iter().filter(|event| event["event"] == "planned_change").collect();
    assert_eq!(changes.len(), 9, "those that are alike are all told: {events:?}");
    assert_eq!((&changes[0]["target"], &changes[0]["destroys"]), (&"folder keep".into(), &false.into()));
    assert!(!names(&events).contains(&"step_started"), "{events:?}");
    let last = events.last().unwrap();
    assert_eq!((&last["exit_code"], &last["steps"]), (&0.into(), &1.into()));
    assert_eq!(last["changes"]["folder keep"]["changes"], 9);
    assert!(!program.path().join("kept").exists());
}

#[test]
fn runs_and_journals_and_environments_are_told_to_programs_too() {
    let program = program("");
    assert_eq!(program.run(&["s.rhai"]).code, 0);
    let id = program.run_id();
    let runs = events(&program.run(&["runs", "--output", "json"]));
    assert_eq!(names(&runs), ["run", "ended"]);
    assert_eq!((&runs[0]["run"], &runs[0]["outcome"]), (&Value::from(&*id), &"done".into()));
    let shown = events(&program.run(&["show", &id, "--output", "json"]));
    assert_eq!(shown.len(), program.journal().len() + 1);
    assert_eq!((&shown[0]["event"], &shown[0]["seq"]), (&"record".into(), &0.into()));
    let checked = events(&program.run(&["env", "check", "--output", "json"]));
    assert!(
        checked.iter().any(|event| event["target"] == "folder keep" && event["error"].is_null()),
        "{checked:?}"
    );
}

#[test]
fn a_run_goes_on_to_its_end_when_its_reader_goes_away() {
    for form in ["json", "text"] {
        let program =
            program("wait_for(\"the word\", minutes(1), || folder_exists(folder(\"keep\"), \"go\"));");
        std::fs::create_dir(program.path().join("kept")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_drsh"));
        command.args(["s.rhai", "--output", form]).current_dir(program.path()).env_remove("DRSH_ENV");
        command.env("DRSH_STATE", program.path().join("state")).stdin(Stdio::null());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut String::new()).unwrap();
        drop(out);
        program.write("kept/go", "");
        let mut err = String::new();
        child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0), "{form}: {err}");
        assert!(!err.contains("panicked"), "{form}: {err}");
        assert_eq!(err.contains("note: nobody reads standard output any more"), form == "json", "{err}");
        assert!(program.journal().last().unwrap().contains("run-ended"), "{form}");
    }
}
