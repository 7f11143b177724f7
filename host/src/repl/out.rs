//! What the REPL prints; a closed pipe is no error of the operator's.

use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::problem::Problem;

/// Prints a line.
pub fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}");
    let _ = out.flush();
}

/// Prints what went wrong, its parts made already.
pub fn complain(problem: &Problem) {
    let mut error = std::io::stderr().lock();
    let begin = if problem.message.starts_with("error: ") { "" } else { "error: " };
    let _ = writeln!(error, "{begin}{}", problem.message.trim_end());
    if let Some(hint) = &problem.hint {
        let _ = writeln!(error, "hint: {hint}");
    }
}

/// Shows a text: through `less` where it is longer than the terminal's `rows`, which are given only for a terminal.
pub fn show(text: &str, rows: Option<usize>) {
    let text = text.trim_end_matches('\n');
    let is_long = rows.is_some_and(|rows| text.lines().count() + 2 > rows);
    if !is_long || !paged(text) {
        say(text);
    }
}

/// Whether `less` took it.
fn paged(text: &str) -> bool {
    let less = Command::new("less").args(["-R", "-F", "-X"]).stdin(Stdio::piped()).spawn();
    let Ok(mut less) = less else { return false };
    if let Some(mut pipe) = less.stdin.take() {
        // Whoever leaves before the end has seen enough.
        let _ = pipe.write_all(text.as_bytes());
    }
    less.wait().is_ok()
}
