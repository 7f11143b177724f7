//! The gate, seen from outside: modes, effects, and the record of every change.

use super::program::Program;

fn with_folder(mode: &str) -> Program {
    let program = Program::new();
    program.write(
        "environment.toml",
        &format!("name = \"here\"\n[folders.keep]\npath = \"kept\"\nmode = \"{mode}\"\n"),
    );
    program
}

#[test]
fn a_target_declared_read_only_refuses_every_change_with_exit_3() {
    let program = with_folder("read-only");
    program.write("s.rhai", "fn main() { folder_write_text(folder(\"keep\"), \"a\", \"x\"); }");
    let printed = program.run(&["s.rhai"]);
    assert_eq!(printed.code, 3);
    assert!(
        printed.err.contains("on folder keep: environment.toml declares it read-only"),
        "{}",
        printed.err
    );
    assert!(!program.path().join("kept").exists());
}

#[test]
fn what_cannot_be_undone_needs_an_approved_phase_or_a_step_that_can() {
    let program = with_folder("read-write");
    let remove = "folder_write_text(folder(\"keep\"), \"a\", \"x\"); folder_remove(folder(\"keep\"), \"a\");";
    program.write("plain.rhai", &format!("fn main() {{ phase(\"tidy\"); {remove} }}"));
    let printed = program.run(&["plain.rhai"]);
    assert_eq!(printed.code, 3, "{}", printed.err);
    assert!(
        printed.err.contains("it cannot be undone, and the phase `tidy` is not approved"),
        "{}",
        printed.err
    );
    assert!(program.path().join("kept/a").exists());
    assert_eq!(program.run(&["plain.rhai", "--approve", "tidy"]).code, 0);

    let undoable =
        format!("fn main() {{ step(\"X1 tidy\").undo(|was| log(\"back\")).run(|| {{ {remove} }}); }}");
    program.write("undoable.rhai", &undoable);
    assert_eq!(program.run(&["undoable.rhai"]).code, 0);
}

#[test]
fn a_change_is_on_record_before_and_after_it_and_a_read_is_not() {
    let program = with_folder("read-write");
    program.write(
        "s.rhai",
        "fn main() { let f = folder(\"keep\"); folder_write_text(f, \"a\", \"x\"); folder_read_text(f, \"a\"); }",
    );
    assert_eq!(program.run(&["s.rhai"]).code, 0);
    let journal = program.journal();
    let intents: Vec<&String> = journal.iter().filter(|line| line.contains("call-intended")).collect();
    assert_eq!(intents.len(), 1, "{journal:?}");
    assert!(intents[0].contains("folder_write_text") && intents[0].contains("folder keep"), "{}", intents[0]);
    assert_eq!(journal.iter().filter(|line| line.contains("call-ended")).count(), 1);
}

#[test]
fn a_target_that_the_environment_does_not_name_cannot_be_had() {
    let program = with_folder("read-write");
    program.write("s.rhai", "fn main() { folder(\"keeep\"); }");
    let printed = program.run(&["s.rhai"]);
    assert_ne!(printed.code, 0);
    assert!(printed.err.contains("keeep") && printed.err.contains("keep"), "{}", printed.err);
}

#[test]
fn state_is_private_to_the_user() {
    use std::os::unix::fs::PermissionsExt as _;
    let program = with_folder("read-write");
    program.write("s.rhai", "fn main() { log(\"x\"); }");
    program.run(&["s.rhai"]);
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let journal = program.journal_path();
    assert_eq!(mode(&journal), 0o600);
    assert_eq!(mode(journal.parent().unwrap()), 0o700);
}
