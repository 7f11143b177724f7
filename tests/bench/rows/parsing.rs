//! Long scripts: the parser against bare Rhai, and that twice the lines take twice the time, for `drsh check` too.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use drsh::check::check;
use drsh::engine::{Script, engine};
use rhai::Engine;

use crate::measure;
use crate::row::Row;

/// How many lines.
const LINES: usize = 10_000;

/// What twice the lines may take, times the time of half as many: two, and what noise adds.
const LINEAR: f64 = 2.3;

pub fn rows() -> Vec<Row> {
    let (short, long) = (script(LINES), script(2 * LINES));
    let library = Arc::new(short.library(None));
    let host = engine(None, &library);
    let bare = Engine::new();
    let compile = |script: &Script| measure::timed(|| drop(script.compile(&host).unwrap()));
    let read = |script: &Script| {
        measure::timed(|| {
            let findings = check(script, &library, None);
            assert!(findings.is_empty(), "{:?}", findings.first());
        })
    };
    let by_rhai = || measure::timed(|| drop(bare.compile(short.text()).unwrap()));
    let [own, rhai, twice] =
        measure::in_turns(9, [&mut || compile(&short), &mut || by_rhai(), &mut || compile(&long)]);
    let [checked, checked_twice] = measure::in_turns(5, [&mut || read(&short), &mut || read(&long)]);
    vec![
        Row::within(&format!("parse {LINES} lines"), own, ("bare Rhai", rhai), 1.5),
        twofold("parse", own, twice),
        twofold("check", checked, checked_twice),
    ]
}

fn twofold(what: &str, once: Duration, twice: Duration) -> Row {
    Row::within(&format!("{what} {} lines", 2 * LINES), twice, (&format!("{LINES} lines"), once), LINEAR)
}

/// A script of steps, functions and loops, as long as asked.
fn script(lines: usize) -> Script {
    let mut text = String::new();
    let mut number = 0;
    while text.lines().count() < lines {
        // Counting all of it each time would be the benchmark's own quadratic step.
        for _ in 0..200 {
            number += 1;
            writeln!(
                text,
                "fn of_{number}(value) {{\n    let sum = value + {number};\n    if sum > 10 {{ return `more ${{sum}}`; }}\n    sum\n}}\nstep(\"P{number} look at {number}\").reads().run(|| {{\n    let seen = of_{number}({number});\n    log(`${{seen}}`);\n    seen\n}});"
            )
            .unwrap();
        }
    }
    Script::from_text("long", &text)
}
