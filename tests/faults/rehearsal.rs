//! `drsh rehearse --faults`: what it says, and what its exit code tells.

use std::path::Path;
use std::process::{Command, Stdio};

struct Said {
    out: String,
    code: Option<i32>,
}

/// Rehearses the recovery of certificates, the shortest of all scripts.
fn rehearse(folder: &Path, arguments: &[&str]) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_drsh"));
    command.args(["rehearse", "scripts/recover_certificates.rhai", "--speed", "600"]).args(arguments);
    let ended = command.current_dir(folder).stdin(Stdio::null()).output().unwrap();
    let both = [ended.stdout, ended.stderr].concat();
    Said { out: String::from_utf8(both).unwrap(), code: ended.status.code() }
}

fn with_faults(faults: &str, arguments: &[&str]) -> Said {
    let folder = tempfile::tempdir().unwrap();
    let scenario = format!(r#"{{"standalone": {{"workers": 1}}, "faults": {faults}}}"#);
    std::fs::write(folder.path().join("scenario.json"), scenario).unwrap();
    rehearse(folder.path(), &[&["--scenario", "scenario.json"], arguments].concat())
}

fn at(out: &str, words: &str) -> usize {
    out.find(words).unwrap_or_else(|| panic!("not said: {words}\n{out}"))
}

#[test]
fn a_run_that_faults_stop_is_resumed_once_they_are_over() {
    let fault =
        r#"[{"place": "cluster", "after": {"requests": 0}, "fault": {"forbidden": {"times": 1000}}}]"#;
    let said = with_faults(fault, &[]);
    let out = &said.out;
    assert_eq!(said.code, Some(0), "{out}");
    at(out, "  fault cluster at the first request: answers 403, the next 1000 requests");
    let told = ["the faults are over: 1 of 1 had begun", "drsh resumes", "done:", "nodes are Ready"];
    assert!(told.map(|words| at(out, words)).is_sorted(), "{out}");
}

#[test]
fn faults_that_stop_nothing_are_told_and_the_run_is_not_resumed() {
    let fault = r#"[{"place": "cluster", "after": {"requests": 2}, "fault": {"unavailable": {"times": 2}}}]"#;
    let said = with_faults(fault, &[]);
    assert_eq!(said.code, Some(0), "{}", said.out);
    at(&said.out, "the faults are over: 1 of 1 had begun");
    assert!(!said.out.contains("drsh resumes"), "{}", said.out);
}

#[test]
fn a_seed_is_told_and_draws_the_same_faults_again() {
    let faults = |out: &str| -> Vec<String> {
        out.lines().filter(|line| line.starts_with("  fault ")).map(str::to_owned).collect()
    };
    let drawn = with_faults("[]", &["--faults"]).out;
    let from = at(&drawn, "; `--faults ") + "; `--faults ".len();
    let seed: String = drawn[from..].chars().take_while(char::is_ascii_digit).collect();
    assert!(!faults(&drawn).is_empty(), "{drawn}");
    let again = with_faults("[]", &["--faults", &seed]).out;
    assert_eq!(faults(&again), faults(&drawn));
}
