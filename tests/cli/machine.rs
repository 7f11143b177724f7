//! A machine that gives no more files, threads or folders: what was short is said, and nothing is begun.

use std::path::PathBuf;
use std::process::Command;

use super::program::{Printed, Program};

fn program() -> Program {
    let program = Program::new();
    program.write("s.rhai", "fn main() {}");
    program
}

/// Runs the program in a shell that has done something first.
fn after(program: &Program, first: &str, arguments: &[&str]) -> Printed {
    let mut command = Command::new("bash");
    command.arg("-c").arg(format!("{first}; exec \"$0\" \"$@\"")).arg(env!("CARGO_BIN_EXE_drsh"));
    command.args(arguments).current_dir(program.path()).env("DRSH_STATE", program.path().join("state"));
    let output = command.env_remove("DRSH_ENV").stdin(std::process::Stdio::null()).output().unwrap();
    Printed {
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
        code: output.status.code().unwrap_or(-1),
    }
}

/// What lets the program open so many files, whatever it inherits of tests beside this one.
fn files(most: u32) -> String {
    format!("exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-; ulimit -n {most}")
}

const SHORT: &str = "error: the machine has no threads or files left for the clients: ";

#[test]
fn without_free_files_no_command_begins_and_none_panics() {
    let program = program();
    for arguments in [
        &["s.rhai"][..],
        &["plan", "s.rhai"],
        &["env", "check"],
        &["rehearse", "s.rhai"],
        &["lab", "up", "--folder", "lab"],
        &["repl"],
    ] {
        let printed = after(&program, &files(7), arguments);
        let expected = format!("{SHORT}Too many open files\n");
        assert!(printed.err.starts_with(&expected), "{arguments:?}: {}", printed.err);
        assert!(printed.err.contains("hint: look at `ulimit -a`"), "{arguments:?}: {}", printed.err);
        assert_eq!(printed.code, 2, "{arguments:?}");
    }
    // Fewer are not enough to load the program.
    for most in 5..20 {
        let printed = after(&program, &files(most), &["s.rhai"]);
        assert!(printed.code == 0 || printed.err.starts_with(SHORT), "{most} files: {}", printed.err);
    }
}

#[test]
fn without_threads_nothing_is_begun_and_nothing_panics() {
    let program = program();
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/no_threads.c");
    let made: PathBuf = program.path().join("no_threads.so");
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-Wall", "-Werror", "-o"]).arg(&made).arg(source);
    assert!(compiler.status().unwrap().success(), "cc is needed, as for building");
    let first = format!("export LD_PRELOAD={}", made.display());
    let printed = after(&program, &first, &["s.rhai"]);
    let expected = format!("{SHORT}Resource temporarily unavailable\n");
    assert!(printed.err.starts_with(&expected), "{}{}", printed.out, printed.err);
    assert!(!program.path().join("state/runs").exists());
}

#[test]
fn where_there_is_no_home_a_folder_for_runs_is_asked_for() {
    // A home that is relative would be another one in each folder.
    let first = "unset DRSH_STATE XDG_STATE_HOME; export HOME=here";
    let printed = after(&program(), first, &["s.rhai"]);
    assert!(printed.err.starts_with("error: there is no home folder to keep runs in\n"), "{}", printed.err);
    assert!(printed.err.contains("hint: name a folder with --state DIR"), "{}", printed.err);
    assert_eq!(printed.code, 2);
}

#[test]
fn a_rehearsal_that_can_make_no_folder_asks_for_one() {
    let printed = after(&program(), "export TMPDIR=/proc/none", &["rehearse", "s.rhai"]);
    assert!(printed.err.starts_with("error: no folder for the lab: "), "{}", printed.err);
    assert!(printed.err.contains("hint: name one with --folder DIR"), "{}", printed.err);
    assert_eq!(printed.code, 2);
}

#[test]
fn a_lab_beside_an_operator_whose_own_folder_is_gone_is_nowhere() {
    let gone = "mkdir gone; cd gone; rmdir ../gone";
    let printed = after(&program(), gone, &["lab", "up", "--folder", "lab"]);
    let expected = "error: where the lab's folder lab lies cannot be told: No such file or directory\n";
    assert!(printed.err.starts_with(expected), "{}", printed.err);
    assert!(printed.err.contains("hint: the folder that you are in may be gone"), "{}", printed.err);
}

#[test]
fn a_report_that_has_no_place_names_its_run_and_asks_for_another() {
    let program = program();
    assert_eq!(program.run(&["s.rhai"]).code, 0);
    let journal = program.journal_path();
    let run = journal.parent().unwrap().file_name().unwrap().to_str().unwrap();
    let printed = program.run(&["report", run, "--output", "/proc/none/report.html"]);
    let expected = format!("error: the report of run {run} cannot be written to /proc/none/report.html: ");
    assert!(printed.err.starts_with(&expected), "{}", printed.err);
    assert!(printed.err.contains("hint: name another file with --output"), "{}", printed.err);
}
