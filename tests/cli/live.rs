//! The live part of the screen, on a pseudo terminal: what stays is what the plain form prints, and nothing else does.

use std::process::Command;

use rexpect::session::PtySession;

use super::program::Program;

/// The longest that a terminal may stay silent, in milliseconds, before a test fails.
const PATIENCE: u64 = 60_000;

const SCRIPT: &str = "fn main() {
    phase(\"look\");
    step(\"X1 say\").reads().run(|| { log(\"says this\"); warn(\"look at \\u001b[2J\"); 1 });
    step(\"X2 a title that is wider than the terminal, 넓은 글자도 있는 아주 긴 제목\").no_undo(\"an example\").run(|| {
        parallel([1, 2, 3], 3, |n| { wait_for(`host ${n}`, minutes(1), || {
            let keep = folder(\"keep\");
            if folder_exists(keep, `${n}`) { return true; }
            folder_write_text(keep, `${n}`, \"asked\");
            `asked ${n}` }) });
        1
    });
    LAST
}";

/// A folder with the script, which ends with `last`.
fn program(last: &str) -> Program {
    Program::with_folder(&SCRIPT.replace("LAST", last))
}

/// Opens the program on a terminal of 40 columns and 20 rows.
fn open(program: &Program, arguments: &str, variables: &[(&str, &str)]) -> PtySession {
    let mut command = Command::new("sh");
    let drsh = env!("CARGO_BIN_EXE_drsh");
    command
        .args(["-c", &format!("stty cols 40 rows 20; exec {drsh} {arguments}")])
        .current_dir(program.path());
    command.env("DRSH_STATE", program.path().join("state")).env_remove("DRSH_ENV").env_remove("NO_COLOR");
    command.env("TERM", "xterm").envs(variables.iter().copied());
    rexpect::session::spawn_command(command, Some(PATIENCE)).unwrap()
}

/// What a terminal shows that was given these bytes, with what has gone off its upper edge.
fn screen(bytes: &str) -> String {
    let mut terminal = vt100::Parser::new(500, 40, 0);
    terminal.process(bytes.as_bytes());
    terminal.screen().contents().trim().to_owned()
}

/// The lines of a run with what differs from run to run left out: ids and times.
fn told(text: &str) -> Vec<String> {
    let changing = regex::Regex::new(r"run [0-9a-f]{8}|resume [0-9a-f]{8}|[0-9.]+s\b").unwrap();
    text.lines().map(|line| changing.replace_all(line, "_").trim_end().to_owned()).collect()
}

#[test]
fn what_stays_on_a_terminal_is_what_the_plain_form_prints() {
    let program = program("log(\"the end\");");
    let live = open(&program, "s.rhai", &[]).exp_eof().unwrap();
    let plain = open(&program, "s.rhai --plain", &[]).exp_eof().unwrap();
    assert!(live.contains("  now   X1 say") && live.contains("\u{1b}[J"), "{live:?}");
    assert!(!plain.contains('\u{1b}'), "{plain:?}");
    // Which of three branches is heard first is chance.
    let sorted = |text: &str| {
        let mut lines = told(&screen(text).replace("host 2", "host 1").replace("host 3", "host 1"));
        lines.retain(|line| !line.contains("asked"));
        lines
    };
    assert_eq!(sorted(&live), sorted(&plain));
    assert!(screen(&live).contains("look at \\u{1b}[2J"), "{}", screen(&live));
}

#[test]
fn colours_are_left_out_where_they_are_not_wanted_and_all_of_it_where_a_terminal_is_dumb() {
    let program = program("");
    assert!(open(&program, "s.rhai", &[]).exp_eof().unwrap().contains("\u{1b}[1m"));
    let colourless = open(&program, "s.rhai", &[("NO_COLOR", "1")]).exp_eof().unwrap();
    assert!(colourless.contains("\u{1b}[J"));
    assert!(!regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap().is_match(&colourless), "{colourless:?}");
    let dumb = open(&program, "s.rhai", &[("TERM", "dumb")]).exp_eof().unwrap();
    assert!(!dumb.contains('\u{1b}'), "{dumb:?}");
}

#[test]
fn a_question_is_asked_with_the_live_part_gone() {
    let phase = "phase(\"tidy\", #{ confirm: \"demo\", why: \"removes things\" }); log(\"tidied\");";
    let program = program(phase);
    let mut terminal = open(&program, "s.rhai", &[]);
    let before = terminal.exp_string("anything else to stop here: ").unwrap();
    let shown = screen(&before);
    assert!(shown.ends_with("phase tidy removes things.\nType demo to approve it,"), "{shown}");
    assert!(!shown.contains("now ") && !shown.contains("steps done"), "{shown}");
    terminal.send_line("demo").unwrap();
    let after = terminal.exp_eof().unwrap();
    assert!(screen(&after).contains("tidied") && screen(&after).contains("done: s.rhai"), "{after:?}");
}

#[test]
fn what_an_operator_is_offered_after_an_error_is_offered_with_the_live_part_gone() {
    let program = program("step(\"X3 stop\").reads().run(|| fail(\"x\", \"broken\"));");
    let mut terminal = open(&program, "s.rhai", &[]);
    let before = terminal.exp_string("What now? [6] ").unwrap();
    let shown = screen(&before);
    assert!(
        shown.contains("error: broken") && !shown.contains("  now ") && !shown.contains("look, 2 steps done"),
        "{shown}"
    );
    terminal.send_line("").unwrap();
    terminal.exp_eof().unwrap();
}

#[test]
fn an_interruption_leaves_a_sane_terminal_and_one_error() {
    let wait = "step(\"X3 wait\").reads().run(|| parallel([1, 2, 3], 3, |n| wait_for(`host ${n}`, minutes(5), || \"no\")));";
    let program = program(wait);
    let mut terminal = open(&program, "s.rhai", &[]);
    let before = terminal.exp_string("host 3\u{1b}").unwrap();
    terminal.send_control('c').unwrap();
    let all = format!("{before}{}", terminal.exp_eof().unwrap());
    let shown = screen(&all);
    assert!(shown.contains("error: interrupted by the operator\n"), "{shown}");
    assert!(!shown.contains("  now ") && !shown.contains("What now?"), "{shown}");
    assert!(shown.contains("goes on from") && !shown.contains("look, 2 steps done"), "{shown}");
    // Neither the cursor nor the terminal's modes were ever touched.
    assert!(!all.contains("\u{1b}[?"), "{all:?}");
}
