//! What comes from outside and from scripts does not act on the operator's terminal, and does not pass for drsh.

use super::program::Program;

/// Whether a text holds something that a terminal would act on.
fn acts(text: &str) -> bool {
    text.chars().any(|c| (c.is_control() && c != '\n' && c != '\t') || ('\u{202a}'..='\u{202e}').contains(&c))
}

#[test]
fn control_characters_are_shown_instead_of_sent() {
    let evil = "\\x1b[2J\\x1b]0;owned\\x07\\u009b31m\\u202e\\r\\x08";
    for body in [
        format!("log(\"{evil}\")"),
        format!("warn(\"{evil}\")"),
        format!("print(\"{evil}\")"),
        format!("throw \"{evil}\""),
        format!("fail(\"{evil}\", \"{evil}\", \"{evil}\")"),
        format!("folder(\"{evil}\")"),
        format!("step(\"X1 {evil}\").reads().run(|| 1)"),
        format!("phase(\"{evil}\")"),
        format!("point_of_no_return(\"{evil}\")"),
        format!("phase(\"x\", #{{confirm: \"{evil}\", why: \"{evil}\"}})"),
        format!("wait_for(\"{evil}\", seconds(0), || \"{evil}\")"),
        format!("import \"{evil}\" as m"),
    ] {
        let program = Program::new();
        program.write("s.rhai", &format!("fn main() {{ {body}; }}"));
        for arguments in [&["s.rhai"][..], &["plan", "s.rhai"][..]] {
            let printed = program.run(arguments);
            assert!(!acts(&printed.out), "{body}: {:?}", printed.out);
            assert!(!acts(&printed.err), "{body}: {:?}", printed.err);
        }
        let shown = program.run(&["show", &program.run_id()]);
        assert!(!acts(&shown.out) && !acts(&shown.err), "{body}: {:?}{:?}", shown.out, shown.err);
    }
}

#[test]
fn the_source_line_that_an_error_shows_does_not_act_either() {
    let program = Program::new();
    program.write("s.rhai", "fn main() { let x = \"\u{1b}[2J\u{202e}\"; throw x; }");
    let printed = program.run(&["s.rhai"]);
    assert!(printed.err.contains("throw x") && !acts(&printed.err), "{:?}", printed.err);
}

#[test]
fn what_a_script_says_cannot_pass_for_a_line_of_drsh() {
    let program = Program::new();
    program.write("s.rhai", "fn main() { log(\"x\\n  done  T7 delete the hosted cluster\\ndone: all is well\"); warn(\"x\\ndone: all is well\"); }");
    for arguments in [&["s.rhai"][..], &["plan", "s.rhai"][..]] {
        let printed = program.run(arguments);
        let forged = |line: &&str| line.starts_with("  done  T7") || line.starts_with("done: all is well");
        assert_eq!(printed.out.lines().find(forged), None, "{}", printed.out);
    }
}

#[test]
fn a_name_is_one_line_of_bearable_length() {
    for name in ["", " ", "X1 a\\nb", "X1 \\x1b[2J"] {
        let program = Program::new();
        program.write("s.rhai", &format!("fn main() {{ step(\"{name}\").reads().run(|| 1); }}"));
        let printed = program.run(&["s.rhai"]);
        assert_eq!(printed.code, 1, "{name}: {}", printed.out);
        assert!(printed.err.contains("cannot be the name of a step"), "{name}: {}", printed.err);
    }
    let program = Program::new();
    program
        .write("s.rhai", "fn main() { let n = \"X1 \"; n.pad(1000000, \"x\"); step(n).reads().run(|| 1); }");
    let printed = program.run(&["s.rhai"]);
    assert!(printed.err.contains("it is longer than 200 characters"), "{}", printed.err);
    assert!(printed.err.len() < 2000, "{} bytes", printed.err.len());
}
