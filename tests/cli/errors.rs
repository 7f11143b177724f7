//! Errors as the operator reads them: four parts, the right place, the right exit code.

use super::program::Program;

#[test]
fn a_failed_step_is_told_in_four_parts() {
    let program = Program::new();
    program.write("nouns.rhai", "fn stop(host) {\n    fail(\"busy\", `etcd still runs on ${host} after 5m`, `look at crictl ps on ${host}`);\n}\n");
    program.write(
        "stop.rhai",
        "import \"nouns\" as nouns;\nfn main() {\n    step(\"E3 look\").reads().run(|| 1);\n    step(\"E4 etcd stopped\").no_undo(\"an example\").run(|| nouns::stop(\"master-2\"));\n}\n",
    );
    let printed = program.run(&["stop.rhai"]);
    let id = program.run_id();
    assert_eq!(
        printed.err,
        format!(
            "\nerror: etcd still runs on master-2 after 5m\n  \
             --> stop.rhai:4\n     \
             4 | step(\"E4 etcd stopped\").no_undo(\"an example\").run(|| nouns::stop(\"master-2\"));\n       \
             |                                                             ^^^^\n  \
             --> ./nouns.rhai:2\n\
             state: 1 step done, stopped in \"E4 etcd stopped\", nothing undone; run {id} is saved\n\
             hint: look at crictl ps on master-2; then `drsh resume {id}`\n"
        )
    );
    assert_eq!(printed.code, 1);
}

#[test]
fn many_branches_that_stop_tell_each_reason_once_and_not_hundreds() {
    let program = Program::new();
    program.write(
        "s.rhai",
        "fn main() { let items = []; for n in 0..40 { items.push(n); } parallel(items, 4, |n| fail(\"x\", if n % 2 == 0 { \"it is away\" } else { `${n} is broken` })); }",
    );
    let printed = program.run(&["s.rhai"]);
    let expected = "error: 40 branches stopped: it is away (20 times); 1 is broken; 3 is broken; 5 is broken; 7 is broken; \
                    9 is broken; 11 is broken; 13 is broken; and 13 more\n";
    assert!(printed.err.contains(expected), "{}", printed.err);
}

#[test]
fn a_misspelt_function_and_a_wrong_argument_are_told_with_the_right_signature() {
    let program = Program::new();
    program.write("a.rhai", "fn main() { wait_fro(\"x\", seconds(1), || true); }");
    let printed = program.run(&["a.rhai"]);
    assert!(printed.err.contains("error: there is no function `wait_fro`"), "{}", printed.err);
    assert!(
        printed.err.contains("did you mean wait_for(what: string, limit: Duration, check: Fn) -> Duration?")
    );
    program.write("b.rhai", "fn main() { wait_for(\"x\", 5, || true); }");
    let printed = program.run(&["b.rhai"]);
    assert!(printed.err.contains("error: `wait_for` does not take (string, integer, Fn)"), "{}", printed.err);
}

#[test]
fn a_destructive_phase_without_approval_is_refused_with_exit_3_and_can_be_resumed() {
    let program = Program::new();
    program.write(
        "t.rhai",
        "fn main() {\n    step(\"T0 look\").reads().run(|| 1);\n    phase(\"teardown\", #{ confirm: \"demo\", why: \"deletes demo\" });\n    log(\"deleted\");\n}",
    );
    let refused = program.run(&["t.rhai"]);
    assert_eq!(refused.code, 3);
    assert!(
        refused
            .err
            .contains("error: phase teardown is not approved: nobody is there to ask; it deletes demo"),
        "{}",
        refused.err
    );
    assert!(!refused.out.contains("deleted"));
    let resumed = program.run(&["resume", &program.run_id(), "--approve", "teardown"]);
    assert_eq!(resumed.code, 0, "{}", resumed.err);
    assert!(resumed.out.contains("deleted"));
}

#[test]
fn a_script_cannot_reach_the_machine() {
    let program = Program::new();
    for text in [
        "eval(\"1\")",
        "sleep(1)",
        "sleep(0.1)",
        "open(\"/etc/passwd\")",
        "import \"/etc/passwd\" as x; log(1);",
    ] {
        program.write("s.rhai", text);
        let printed = program.run(&["s.rhai"]);
        // What does not even compile is not begun.
        let expected = if text.starts_with("eval") { 2 } else { 1 };
        assert_eq!(printed.code, expected, "{text}: {}", printed.err);
    }
}

#[test]
fn a_step_that_does_not_say_how_it_is_undone_is_refused() {
    let program = Program::new();
    program.write("s.rhai", "fn main() { step(\"X1 act\").run(|| log(\"acted\")); }");
    let printed = program.run(&["s.rhai"]);
    assert!(
        printed.err.contains("error: the step `X1 act` does not say how it is undone"),
        "{}",
        printed.err
    );
    assert!(!printed.out.contains("acted"));
}

#[test]
fn an_id_that_stands_twice_is_refused_before_the_second_acts() {
    let program = Program::new();
    program.write(
        "s.rhai",
        "fn main() { for host in [\"a\", \"b\"] { step(\"X1 act\").reads().run(|| log(host)); } }",
    );
    let printed = program.run(&["s.rhai"]);
    assert!(printed.err.contains("error: the step id `X1` is used twice in this run"), "{}", printed.err);
    assert!(!printed.out.contains("        b"));
}

#[test]
fn an_unknown_script_is_refused_with_those_that_there_are() {
    let program = Program::new();
    let printed = program.run(&["scripts/migrate_hpc.rhai"]);
    assert_eq!(printed.code, 2);
    assert!(printed.err.starts_with("error: there is no script scripts/migrate_hpc.rhai"), "{}", printed.err);
}
