//! Tells and keeps a command's lines as they come: whole ones, secrets cut out, within bounds.

use std::sync::Arc;

use crate::environment::{Host, Target};
use crate::gate::Permitted;
use crate::journal::Record;
use crate::problem::Problem;
use crate::run::{Event, Run};

/// How many lines of a stream are told; the count of the others is.
const MOST: usize = 2000;

/// How much of a line is told, in characters.
const WIDEST: usize = 400;

/// How much of a line without an end is kept until its end comes, in bytes.
const LONGEST: usize = 64 << 10;

/// One stream of a command, on its way into the run's record.
pub(super) struct Live {
    run: Arc<Run>,
    host: String,
    half: Vec<u8>,
    told: usize,
    untold: usize,
}

impl Live {
    pub(super) fn of(permitted: &Permitted<Host>) -> Self {
        let (run, host) = (permitted.run().clone(), permitted.name().to_owned());
        Self { run, host, half: Vec::new(), told: 0, untold: 0 }
    }

    /// Takes what was read; the lines that it makes whole are told, and kept in one record. Errors: `journal`.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        let mut lines = Vec::new();
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            let room = LONGEST.saturating_sub(self.half.len());
            self.half.extend_from_slice(&part[..part.len().min(room)]);
            if part.ends_with(b"\n") {
                let line = std::mem::take(&mut self.half);
                self.say(&line, &mut lines);
            }
        }
        self.keep(&lines)
    }

    /// Tells the line that had no end, and how many lines were too many. Errors: `journal`.
    pub(super) fn finish(&mut self) -> Result<(), Problem> {
        let (line, mut lines) = (std::mem::take(&mut self.half), Vec::new());
        if !line.is_empty() {
            self.say(&line, &mut lines);
        }
        if self.untold > 0 {
            let rest = format!("{} more lines are not shown", self.untold);
            self.run.tell(Event::Streamed { host: self.host.clone(), line: rest.clone() });
            lines.push(rest);
        }
        self.keep(&lines)
    }

    fn say(&mut self, line: &[u8], lines: &mut Vec<String>) {
        if self.told == MOST {
            self.untold += 1;
            return;
        }
        self.told += 1;
        let text = String::from_utf8_lossy(line);
        // Cut first what is secret, then what is too long: half a secret would not be found.
        let clean = self.run.redactor().clean(text.trim_end_matches(['\r', '\n']));
        let line = shown(&clean);
        self.run.tell(Event::Streamed { host: self.host.clone(), line: line.clone() });
        lines.push(line);
    }

    fn keep(&self, lines: &[String]) -> Result<(), Problem> {
        if lines.is_empty() {
            return Ok(());
        }
        let text = format!("{}: {}", self.host, lines.join("\n"));
        self.run.record(Record::note(text)).map(drop)
    }
}

/// A line as a terminal may have it: short, and without anything that would steer the terminal.
fn shown(line: &str) -> String {
    let tame = |c: char| if c.is_control() && c != '\t' { '\u{fffd}' } else { c };
    let mut shown: String = line.chars().take(WIDEST).map(tame).collect();
    if line.chars().nth(WIDEST).is_some() {
        shown.push_str("...");
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_cannot_steer_the_terminal_and_is_not_long() {
        assert_eq!(shown("a\tb\u{1b}[2Jc"), "a\tb\u{fffd}[2Jc");
        assert_eq!(shown(&"x".repeat(WIDEST + 1)), "x".repeat(WIDEST) + "...");
    }
}
