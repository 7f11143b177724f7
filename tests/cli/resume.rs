//! Going on with a run: what is done is not repeated, what was interrupted is decided by its check.

use super::program::Program;

/// Two steps that each leave a line in the output when they act.
const SCRIPT: &str = "fn main() {
    let first = step(\"X1 first\").no_undo(\"an example\").run(|| { log(\"acts first\"); #{ revision: 7 } });
    let second = step(\"X2 second\").done_when(|| WAS_DONE).no_undo(\"an example\").run(|| { log(\"acts second\"); 1 });
    log(`revision ${first.revision}`);
}";

fn killed_in_second_step(was_done: &str) -> Program {
    let program = Program::new();
    program.write("s.rhai", &SCRIPT.replace("WAS_DONE", was_done));
    assert_eq!(program.run(&["s.rhai"]).code, 0);
    let lines = program.journal();
    let began = lines.iter().position(|line| line.contains("step-started") && line.contains("X2")).unwrap();
    std::fs::write(program.journal_path(), lines[..=began].join("\n") + "\n{\"seq\":").unwrap();
    program
}

#[test]
fn a_finished_step_gives_back_its_recorded_value_and_does_not_act_again() {
    let program = killed_in_second_step("false");
    let printed = program.run(&["resume", &program.run_id()]);
    assert_eq!(printed.code, 0, "{}", printed.err);
    assert!(!printed.out.contains("acts first"));
    assert!(printed.out.contains("acts second"));
    assert!(printed.out.contains("revision 7"));
    assert!(printed.out.contains("note: the journal's last record was torn by a crash and is left out"));
}

#[test]
fn an_interrupted_step_whose_effect_happened_does_not_act_again() {
    let program = killed_in_second_step("true");
    let printed = program.run(&["resume", &program.run_id()]);
    assert_eq!(printed.code, 0, "{}", printed.err);
    assert!(!printed.out.contains("acts second"));
}

/// A step that changes something, without a check, whose journal ends with the record that holds this text.
fn killed_after(text: &str) -> Program {
    let act = "log(\"acts\"); folder_write_text(folder(\"keep\"), \"a.txt\", \"a\"); 1";
    let program = Program::with_folder(&format!(
        "fn main() {{ step(\"X1 act\").no_undo(\"an example\").run(|| {{ {act} }}); }}"
    ));
    std::fs::create_dir(program.path().join("kept")).unwrap();
    let printed = program.run(&["s.rhai"]);
    assert_eq!(printed.code, 0, "{}", printed.err);
    let lines = program.journal();
    let began = lines.iter().position(|line| line.contains(text)).unwrap();
    std::fs::write(program.journal_path(), lines[..=began].join("\n") + "\n").unwrap();
    program
}

/// Nobody needs to be asked whether the effect happened of a step that stopped before its first change.
#[test]
fn a_step_that_was_interrupted_before_it_changed_anything_is_done_again() {
    let program = killed_after("step-started");
    let printed = program.run(&["resume", &program.run_id()]);
    assert_eq!((printed.code, printed.out.contains("acts")), (0, true), "{}", printed.err);
}

#[test]
fn an_interrupted_step_without_a_check_stops_with_the_question() {
    let program = killed_after("call-intended");
    let printed = program.run(&["resume", &program.run_id()]);
    assert_eq!(printed.code, 1);
    assert!(!printed.out.contains("acts"));
    assert!(
        printed.err.contains("error: the step `X1 act` was interrupted, and it has no check that tells whether its effect happened"),
        "{}",
        printed.err
    );
    let id = program.run_id();
    let hint = printed.err.lines().find(|line| line.starts_with("hint: ")).unwrap();
    assert!(hint.contains(&format!("`drsh resume {id} --skip X1 --because \"it happened\"`")), "{hint}");
    assert!(hint.ends_with(&format!("`drsh resume {id} --from X1` does it again")), "{hint}");
    let printed = program.run(&["resume", &program.run_id(), "--from", "X1"]);
    assert_eq!((printed.code, printed.out.contains("acts")), (0, true), "{}", printed.err);
}

#[test]
fn a_script_that_was_mended_in_between_goes_on_with_a_notice() {
    let program = Program::new();
    program.write("s.rhai", "fn main() { step(\"X1 one\").reads().run(|| 1); fail(\"x\", \"broken\"); }");
    assert_eq!(program.run(&["s.rhai"]).code, 1);
    program.write(
        "s.rhai",
        "fn main() { step(\"X1 one, retitled\").reads().run(|| fail(\"x\", \"acts again\")); }",
    );
    let printed = program.run(&["resume", &program.run_id()]);
    assert_eq!(printed.code, 0, "{}", printed.err);
    assert!(printed.out.contains("was edited since run"));
}

/// Recorded again at each start, approvals doubled each time: after twenty resumes the journal was beyond reading.
#[test]
fn however_often_a_run_is_resumed_each_approval_is_recorded_once() {
    let program = Program::new();
    program.write("s.rhai", "fn main() { fail(\"x\", \"broken\"); phase(\"teardown\"); phase(\"clear\"); }");
    assert_eq!(program.run(&["s.rhai", "--approve", "teardown", "--approve", "clear"]).code, 1);
    for _ in 0..4 {
        assert_eq!(program.run(&["resume", &program.run_id(), "--approve", "teardown"]).code, 1);
    }
    let started: Vec<String> =
        program.journal().into_iter().filter(|line| line.contains("\"run-started\"")).collect();
    assert_eq!(started.len(), 5);
    for line in &started[1..] {
        assert!(line.contains("\"approved\":[\"clear\",\"teardown\"]"), "{line}");
    }
}

#[test]
fn an_altered_journal_is_refused_with_its_line() {
    let program = killed_in_second_step("true");
    let lines = program.journal();
    std::fs::write(
        program.journal_path(),
        lines.join("\n").replace("\"revision\":7", "\"revision\":8") + "\n",
    )
    .unwrap();
    let printed = program.run(&["resume", &program.run_id()]);
    assert_eq!(printed.code, 2);
    assert!(printed.err.contains("is damaged at line"), "{}", printed.err);
}

#[test]
fn an_undo_registered_in_a_loop_keeps_its_own_item() {
    let program = Program::new();
    program.write(
        "s.rhai",
        "fn main() { let fs = []; for host in [\"a\", \"b\"] { fs.push(host); } \
         let seen = parallel([1, 2], 2, |n| { fs[n - 1] }); assert_eq(seen, [\"a\", \"b\"]); }",
    );
    let printed = program.run(&["s.rhai"]);
    assert_eq!(printed.code, 0, "{}", printed.err);
}

#[test]
fn a_resumed_run_takes_its_stdlib_from_where_it_first_did() {
    let program = Program::new();
    std::fs::create_dir(program.path().join("mine")).unwrap();
    program.write("mine/nouns.rhai", "fn word() { \"mine\" }");
    program.write("s.rhai", "import \"nouns\" as nouns; fn main() { phase(\"p\", #{ confirm: \"x\", why: \"acts\" }); log(nouns::word()); }");
    assert_eq!(program.run(&["s.rhai", "--stdlib", "mine"]).code, 3);
    let printed = program.run(&["resume", &program.run_id(), "--approve", "p"]);
    assert_eq!(printed.code, 0, "{}", printed.err);
    assert!(printed.out.contains("mine"), "{}", printed.out);
}
