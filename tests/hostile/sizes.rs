//! What a script may use up.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use super::program::Program;

/// Runs the body of a `main`, which stops; gives what was printed as an error.
fn refused(body: &str) -> String {
    stopped(body, 1)
}

/// Does the same with a body that does not even compile, and is not begun.
fn not_begun(body: &str) -> String {
    stopped(body, 2)
}

fn stopped(body: &str, code: i32) -> String {
    let program = Program::new();
    program.write("s.rhai", &format!("fn main() {{ {body} }}"));
    let printed = program.run(&["s.rhai"]);
    assert_eq!(printed.code, code, "{}\n{}", printed.out, printed.err);
    assert!(
        printed.err.trim_start().starts_with("error: ") && printed.err.contains("\nhint: "),
        "{}",
        printed.err
    );
    printed.err
}

#[test]
fn a_loop_without_an_end_is_ended_by_the_operator_and_its_run_is_saved() {
    let program = Program::new();
    program.write("s.rhai", "fn main() { log(\"round and round\"); loop { } }");
    let mut child = Command::new(env!("CARGO_BIN_EXE_drsh"))
        .arg("s.rhai")
        .current_dir(program.path())
        .env("DRSH_STATE", program.path().join("state"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.map_while(Result::ok).any(|line| line.contains("round and round")));
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(program.journal().last().unwrap().contains("interrupted"));
}

#[test]
fn a_function_that_calls_itself_without_an_end_is_an_error_and_no_crash() {
    let program = Program::new();
    program.write("s.rhai", "fn again(n) { let f = |x| again(x + 1); f.call(n) } fn main() { again(0); }");
    let printed = program.run(&["s.rhai"]);
    assert_eq!(printed.code, 1, "{}", printed.err);
    assert!(printed.err.contains("functions call one another too deep"), "{}", printed.err);
}

#[test]
fn a_script_that_nests_deeper_than_the_parser_goes_is_refused() {
    for (open, close) in [("(", ")"), ("[", "]"), ("{", "}"), ("!", ""), ("- ", "")] {
        let text = not_begun(&format!("let x = {}1{};", open.repeat(5000), close.repeat(5000)));
        assert!(text.contains("exceeds") || text.contains("too"), "{text}");
    }
}

#[test]
fn text_lists_and_maps_that_double_are_stopped_before_they_fill_the_memory() {
    for body in [
        "let s = \"xxxxxxxx\"; loop { s += s; }",
        "let s = \"xxxxxxxx\"; loop { s = `${s}${s}`; }",
        "let a = [1]; loop { a += a; }",
        "let a = [1]; loop { a = [a, a]; }",
        "let m = #{a: 1}; loop { m = #{a: m, b: m}; }",
        "let s = \"x\"; s.pad(1000000000, \"y\");",
        "let a = []; a.pad(1000000000, 1);",
        "blob(1000000000);",
        "let s = \"xxxxxxxx\"; for i in 0..40 { s.replace(\"x\", \"xxxxxxxx\"); }",
        "let s = \"x\"; for i in 0..60 { s = [s, s, s, s].reduce(|sum, x| sum + x, \"\"); }",
    ] {
        let text = refused(body);
        assert!(text.contains("too large") || text.contains("Length of"), "{body}: {text}");
    }
}

#[test]
fn a_script_has_no_way_to_sleep() {
    assert!(refused("sleep(3600);").contains("nothing sleeps in a script"));
    assert!(refused("sleep(0.5);").contains("nothing sleeps in a script"));
}
