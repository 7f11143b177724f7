//! The journal on the disk: an older one goes on, a newer one is left alone, a full disk and a second process stop.

use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::program::Program;

/// Written by the first version, by a run of [`SCRIPT`] that failed in X2.
const FORMAT_1: &str = include_str!("journals/format-1.jsonl");

const SCRIPT: &str = "fn main() {
    phase(\"change\", #{ confirm: \"x\", why: \"changes things\" });
    let first = step(\"X1 first\").undo(|was| log(`back to ${was.revision}`)).run(|| #{ revision: 0 });
    point_of_no_return(\"an example\");
    step(\"X2 second\").done_when(|| false).no_undo(\"an example\").run(|| { log(\"acts second\"); 1 });
    log(`revision ${first.revision}, ${first.limit == seconds(90)}`);
}";

/// The lines with other records in the place of theirs, chained anew as the format says: the hash is the SHA-256 over
/// the JSON list of number, time, record and the hash before.
fn chained(text: &str, change: impl Fn(&mut Value)) -> String {
    let (mut prev, mut chained) = (String::new(), String::new());
    for line in text.lines() {
        let mut line: Value = serde_json::from_str(line).unwrap();
        change(&mut line["record"]);
        line["prev"] = prev.into();
        let body = serde_json::to_vec(&(&line["seq"], &line["at"], &line["record"], &line["prev"])).unwrap();
        prev = Sha256::digest(body).iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
        line["hash"] = prev.clone().into();
        chained.push_str(&line.to_string());
        chained.push('\n');
    }
    chained
}

/// Puts the journal into the state of a program that has the script.
fn with_journal(change: impl Fn(&mut Value)) -> Program {
    let program = Program::new();
    program.write("s.rhai", SCRIPT);
    let run = program.path().join("state/runs/e87f07f4");
    std::fs::create_dir_all(&run).unwrap();
    let place = |name: &str| Value::from(program.path().join(name).display().to_string());
    let text = chained(FORMAT_1, |record| {
        if record["type"] == "run-started" {
            (record["script"], record["environment"]) = (place("s.rhai"), place("environment.toml"));
        }
        change(record);
    });
    std::fs::write(run.join("journal.jsonl"), text).unwrap();
    program
}

#[test]
fn a_run_that_the_first_version_recorded_is_resumed() {
    let program = with_journal(|_| {});
    let printed = program.run(&["resume", "e87f"]);
    assert_eq!(printed.code, 0, "{}", printed.err);
    assert!(
        printed.out.contains("acts second") && printed.out.contains("revision 7, true"),
        "{}",
        printed.out
    );
    assert!(program.run(&["show", "e87f"]).out.contains("  stop  X2 second: broken"));
}

#[test]
fn the_file_that_the_first_version_wrote_is_sound_as_it_stands() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("journal.jsonl");
    std::fs::write(&file, FORMAT_1).unwrap();
    assert_eq!(drsh::journal::read(&file).unwrap().lines.len(), 9);
}

#[test]
fn a_journal_of_a_newer_version_is_left_alone() {
    let program = with_journal(|record| {
        if record["type"] == "run-started" {
            record["format"] = 99.into();
        }
    });
    let before = program.journal();
    let printed = program.run(&["resume", "e87f"]);
    assert_eq!(printed.code, 2);
    assert!(printed.err.contains("was written by a newer drsh"), "{}", printed.err);
    assert_eq!(program.journal(), before);
}

#[test]
fn a_record_that_this_version_does_not_know_is_not_called_damage() {
    let program = with_journal(|record| {
        if record["type"] == "phase" {
            record["type"] = "epoch".into();
        }
    });
    let printed = program.run(&["resume", "e87f"]);
    assert_eq!(printed.code, 2);
    assert!(
        printed.err.contains(
            "was written by a newer drsh: line 2 holds a record of a kind that this one does not know"
        ),
        "{}",
        printed.err
    );
}

#[test]
fn only_the_operator_can_read_a_run() {
    let program = Program::new();
    program.write("s.rhai", "fn main() {}");
    assert_eq!(program.run(&["s.rhai"]).code, 0);
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let journal = program.journal_path();
    let run = journal.parent().unwrap();
    assert_eq!((mode(run), mode(&journal)), (0o700, 0o600));
    assert_eq!((mode(&run.join("texts")), mode(&run.join("texts/script itself.rhai"))), (0o700, 0o600));
}

/// A limit on the size of files stands for the full disk: both take a part of a record and then refuse.
#[test]
fn a_full_disk_stops_the_run_before_the_effect_and_the_journal_stays_whole() {
    let program = Program::new();
    let script = "fn main() {
        for n in 0..100 { step(`X${n} act`).no_undo(\"an example\").run(|| { log(`acts ${n}`); `did ${n}` }); }
    }";
    program.write("s.rhai", script);
    let limited = |blocks: &str| {
        let line = format!("ulimit -f {blocks}; trap '' XFSZ; exec \"$0\" s.rhai --state state");
        let mut command = Command::new("bash");
        command.arg("-c").arg(line).arg(env!("CARGO_BIN_EXE_drsh")).current_dir(program.path());
        command.env_remove("DRSH_ENV").arg0("bash").output().unwrap()
    };
    let printed = limited("8");
    let (out, err) = (String::from_utf8_lossy(&printed.stdout), String::from_utf8_lossy(&printed.stderr));
    assert_eq!(printed.status.code(), Some(1), "{err}");
    assert!(err.contains("cannot be written: File too large"), "{err}");
    assert!(
        err.contains("nothing was done after the last record: make room for it; then `drsh resume"),
        "{err}"
    );
    let lines = drsh::journal::read(&program.journal_path()).unwrap();
    assert_eq!(lines.torn_bytes, 0, "a part of a record was left");
    // Whatever acted had its intent on the disk before.
    let begun = program.journal().iter().filter(|line| line.contains("step-started")).count();
    assert_eq!(out.matches("acts ").count(), begun, "{out}");
    // The disk may have been full for the begin of a step or for its end.
    let done = program.journal().iter().filter(|line| line.contains("step-done")).count();
    let (run, last) = (program.run_id(), format!("X{}", begun - 1));
    let mut arguments = vec!["resume", &run];
    if done < begun {
        arguments.extend(["--skip", &last, "--because", "seen"]);
    }
    let resumed = program.run(&arguments);
    assert_eq!(resumed.code, 0, "{}", resumed.err);
    assert!(resumed.out.contains("acts 99"), "{}", resumed.out);
}
