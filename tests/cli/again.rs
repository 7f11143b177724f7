//! What a resume and an undo can be told: where to begin again, what to leave out, how far to go back.

use super::program::{Printed, Program};

/// Three steps that say when they act and when they are undone, and a failure after them.
const SCRIPT: &str = "fn main() {
    for n in 1..4 {
        step(`X${n} number ${n}`).undo(|was| log(`undoes ${was}`)).run(|| { log(`acts ${n}`); n });
    }
    LAST
}";

fn failed() -> Program {
    let program = Program::new();
    program.write("s.rhai", &SCRIPT.replace("LAST", "fail(\"x\", \"broken\");"));
    assert_eq!(program.run(&["s.rhai"]).code, 1);
    program.write("s.rhai", &SCRIPT.replace("LAST", "log(\"the end\");"));
    program
}

fn again(program: &Program, arguments: &[&str]) -> Printed {
    let id = program.run_id();
    let mut all = vec![arguments[0], id.as_str()];
    all.extend(&arguments[1..]);
    program.run(&all)
}

#[test]
fn a_resume_from_a_step_does_it_and_the_later_ones_again_and_records_that() {
    let program = failed();
    let printed = again(&program, &["resume", "--from", "X2"]);
    assert_eq!(printed.code, 0, "{}", printed.err);
    assert!(!printed.out.contains("acts 1"), "{}", printed.out);
    assert!(printed.out.contains("acts 2") && printed.out.contains("acts 3"), "{}", printed.out);
    assert!(printed.out.contains("note: what those steps recorded is recorded anew"), "{}", printed.out);
    assert!(again(&program, &["show"]).out.contains("to be done again from X2: X2, X3"));
}

#[test]
fn a_resume_from_a_step_that_never_began_names_those_that_did_and_leaves_the_run_as_it_was() {
    let program = failed();
    let before = program.journal();
    let printed = again(&program, &["resume", "--from", "X7"]);
    assert_eq!(printed.code, 2);
    assert!(printed.err.contains("error: the run has begun no step X7"), "{}", printed.err);
    assert!(printed.err.contains("the steps that it began are: X1, X2, X3"), "{}", printed.err);
    assert_eq!(program.journal(), before);
}

#[test]
fn a_resume_from_before_a_point_of_no_return_is_refused() {
    let program = Program::new();
    program.write(
        "s.rhai",
        "fn main() { step(\"X1 one\").reads().run(|| 1); point_of_no_return(\"it lives elsewhere\");
         step(\"X2 two\").reads().run(|| 2); fail(\"x\", \"broken\"); }",
    );
    assert_eq!(program.run(&["s.rhai"]).code, 1);
    let printed = again(&program, &["resume", "--from", "X1"]);
    assert_eq!(printed.code, 3);
    assert!(
        printed
            .err
            .contains("X1 is not done again: the run passed a point of no return since: it lives elsewhere"),
        "{}",
        printed.err
    );
    let printed = again(&program, &["resume", "--from", "X2"]);
    assert!(printed.err.contains("broken"), "{}", printed.err);
}

#[test]
fn a_step_is_skipped_with_a_reason_that_is_kept() {
    let program = Program::new();
    let script = "fn main() { step(\"X1 one\").reads().run(|| fail(\"x\", \"broken\")); log(\"the end\"); fail(\"x\", \"still broken\"); }";
    program.write("s.rhai", script);
    assert_eq!(program.run(&["s.rhai"]).code, 1);
    let printed = again(&program, &["resume", "--skip", "X1"]);
    assert_eq!(printed.code, 2, "a step was skipped without a reason");
    let printed = again(&program, &["resume", "--skip", "X1", "--because", "done by hand"]);
    assert!(printed.err.contains("error: still broken"), "{}", printed.err);
    assert!(printed.out.contains("skip  X1 one: done by hand"), "{}", printed.out);
    assert!(printed.out.contains("the end"));
    assert!(again(&program, &["show"]).out.contains("to be skipped: X1: done by hand"));
    // It stays skipped, and an undo says that it leaves it.
    assert!(again(&program, &["resume"]).out.contains("skip  X1 one: done by hand"));
    assert!(again(&program, &["undo"]).out.contains("stays: X1 one: it was skipped: done by hand"));
}

#[test]
fn a_step_that_is_done_is_not_skipped() {
    let program = failed();
    let printed = again(&program, &["resume", "--skip", "X1", "--because", "why not"]);
    assert_eq!(printed.code, 2);
    assert!(printed.err.contains("error: X1 is not skipped: the run has done it"), "{}", printed.err);
}

#[test]
fn a_step_to_be_skipped_that_does_not_come_up_is_told() {
    let program = failed();
    let printed = again(&program, &["resume", "--skip", "x9", "--because", "a slip of the finger"]);
    assert_eq!(printed.code, 0, "{}", printed.err);
    assert!(printed.out.contains("note: x9, which was to be skipped, did not come up"), "{}", printed.out);
}

#[test]
fn an_undo_goes_back_to_a_step_and_a_resume_does_what_was_undone_again() {
    let program = failed();
    let printed = again(&program, &["undo", "--to", "X2"]);
    assert_eq!(printed.code, 0, "{}", printed.err);
    assert!(printed.out.contains("undoes 3") && printed.out.contains("undoes 2"), "{}", printed.out);
    assert!(!printed.out.contains("undoes 1"), "{}", printed.out);
    let printed = again(&program, &["resume"]);
    assert!(!printed.out.contains("acts 1"), "{}", printed.out);
    assert!(printed.out.contains("acts 2") && printed.out.contains("the end"), "{}", printed.out);
}

#[test]
fn an_undo_to_a_step_that_is_not_there_undoes_nothing() {
    let program = failed();
    let printed = again(&program, &["undo", "--to", "X7"]);
    assert_eq!(printed.code, 2);
    assert!(printed.err.contains("error: the way back cannot end with X7"), "{}", printed.err);
    assert!(printed.err.contains("those that left something to undo are: X1, X2, X3"), "{}", printed.err);
    assert!(!printed.out.contains("undoes 3"), "{}", printed.out);
}

#[test]
fn what_was_edited_in_between_is_told_by_step() {
    let program = Program::new();
    program.write("nouns.rhai", "fn word() { step(\"Y1 say\").reads().run(|| 1) }");
    let script = "import \"nouns\" as nouns; fn main() { nouns::word(); step(\"X1 one\").reads().run(|| 1); fail(\"x\", \"y\"); }";
    program.write("s.rhai", script);
    assert_eq!(program.run(&["s.rhai"]).code, 1);
    program.write("nouns.rhai", "fn word() { step(\"Y1 say\").reads().run(|| 2) }");
    program.write("s.rhai", &script.replace("X1 one", "X2 two"));
    let printed = again(&program, &["resume"]);
    assert!(printed.out.contains("s.rhai: new X2; gone X1"), "{}", printed.out);
    assert!(printed.out.contains("nouns.rhai: changed Y1"), "{}", printed.out);
    assert!(!again(&program, &["resume"]).out.contains("edited in"), "told a second time");
}
