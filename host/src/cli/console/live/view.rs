//! What is under way: the phase, the step, what is awaited, and what commands print.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::super::visible::cut;
use super::paint::{Look, Size};
use crate::run::{Event, spoken};

/// How many lines of what commands print are shown.
const TAIL: usize = 5;

/// How many lines waits take at most; those without one are counted.
const WAITS: usize = 10;

/// Terminals with fewer columns have them for better things than indentation.
const NARROW: usize = 60;

/// How many lines wait for the end of their step before they go up to those that stay.
const MOST: usize = 5000;

/// A wait under way.
#[derive(Debug)]
struct Wait {
    number: u64,
    what: String,
    seen: String,
    began: Instant,
    limit: Duration,
}

/// What is under way.
#[derive(Debug)]
pub struct View {
    name: String,
    began: Instant,
    phase: Option<String>,
    done: usize,
    step: Option<(String, Instant)>,
    waits: Vec<Wait>,
    /// The plain lines of the step under way that wait for its end.
    folded: Vec<String>,
    /// The last lines that commands printed.
    tail: VecDeque<String>,
    printed: usize,
}

impl View {
    /// The view of a run that begins; `name` is what the operator calls it by.
    #[must_use]
    pub fn new(name: &str, now: Instant) -> Self {
        Self {
            name: name.to_owned(),
            began: now,
            phase: None,
            done: 0,
            step: None,
            waits: Vec::new(),
            folded: Vec::new(),
            tail: VecDeque::new(),
            printed: 0,
        }
    }

    /// Takes an event, and `line`, which the plain form prints of it; returns the lines that go up now.
    ///
    /// What goes up in all is what the plain form prints, in the same order: a step's output and waits only come later,
    /// with its end.
    pub fn hear(&mut self, event: &Event, line: Option<String>, now: Instant) -> Vec<String> {
        match event {
            Event::Phase(name) => {
                self.end_step();
                self.phase = Some(name.clone());
            }
            Event::StepStarted(step) => {
                self.end_step();
                self.step = Some((step.clone(), now));
            }
            Event::StepDone { .. } | Event::StepSkipped { .. } => {
                self.end_step();
                self.done += 1;
            }
            Event::StepFailed { .. } => self.end_step(),
            Event::WaitBegan { number, what, limit } => {
                self.wait(*number, what, "", Duration::ZERO, *limit, now);
            }
            Event::Waiting { number, what, seen, waited, limit } => {
                self.wait(*number, what, seen, *waited, *limit, now);
                return self.fold(line);
            }
            Event::WaitEnded { number, .. } => self.waits.retain(|wait| wait.number != *number),
            Event::Streamed { host, line: printed } => {
                self.printed += 1;
                if self.tail.len() == TAIL {
                    self.tail.pop_front();
                }
                self.tail.push_back(format!("{host}: {printed}"));
                return self.fold(line);
            }
            Event::Called { .. } | Event::Planned(_) | Event::Said(_) | Event::Warned(_) => {}
        }
        line.map(|line| self.above(line)).unwrap_or_default()
    }

    /// The lines that go up where `line` does: those that came before it first.
    pub fn above(&mut self, line: String) -> Vec<String> {
        let mut lines = self.unfold();
        lines.push(line);
        lines
    }

    /// The lines that have not gone up yet.
    pub fn unfold(&mut self) -> Vec<String> {
        std::mem::take(&mut self.folded)
    }

    /// Writes what is under way, for a screen of this size.
    #[must_use]
    pub fn lines(&self, size: Size, now: Instant) -> Vec<(Look, String)> {
        // The other half is for the lines that stay; the run's own line always has a place.
        let room = (size.rows / 2).max(2) - 1;
        let mut lines = Vec::new();
        if let Some((step, began)) = &self.step {
            lines.push((Look::Bold, format!("  now   {}", timed(step, now - *began, size.columns))));
        }
        // A wait comes before what commands print, of which there is more elsewhere.
        let tail = self.tail.len().min(room.saturating_sub(lines.len()) / 2);
        self.write_waits(room.saturating_sub(lines.len() + tail), size.columns, now, &mut lines);
        let tail = self.tail.len().min(room.saturating_sub(lines.len()));
        let indent = indent(size.columns);
        let last = self.tail.iter().skip(self.tail.len() - tail);
        lines.extend(last.map(|line| (Look::Dim, format!("{indent}{line}"))));
        lines.truncate(room);
        lines.push((Look::Plain, self.foot(now)));
        lines
    }

    fn write_waits(&self, room: usize, columns: usize, now: Instant, lines: &mut Vec<(Look, String)>) {
        let room = room.min(WAITS);
        let shown = if self.waits.len() > room { room.saturating_sub(1) } else { self.waits.len() };
        // What a wait sees has a line of its own where there are lines enough.
        let is_roomy = self.waits.len() * 2 <= room;
        let indent = indent(columns);
        for wait in self.waits.iter().take(shown) {
            let (took, limit) = (whole(now - wait.began), spoken(wait.limit));
            let head = format!("{indent}{took} of {limit}  waiting for {}", wait.what);
            match wait.seen.as_str() {
                "" => lines.push((Look::Plain, head)),
                seen if is_roomy => {
                    lines.push((Look::Plain, head));
                    lines.push((Look::Dim, format!("{indent}  {seen}")));
                }
                seen => lines.push((Look::Plain, format!("{}: {seen}", cut(&head, columns * 2 / 3)))),
            }
        }
        match self.waits.len() - shown {
            0 => {}
            more if room > 0 => lines.push((Look::Plain, format!("{indent}and {more} more waits"))),
            _ => {}
        }
    }

    /// The run's own line.
    fn foot(&self, now: Instant) -> String {
        let steps = if self.done == 1 { "step" } else { "steps" };
        let phase = self.phase.as_deref().map(|phase| format!("{phase}, ")).unwrap_or_default();
        let printed = match self.printed {
            0 => String::new(),
            1 => ", 1 line printed".to_owned(),
            count => format!(", {count} lines printed"),
        };
        let took = whole(now - self.began);
        format!("  {phase}{} {steps} done, {took}{printed}; {}", self.done, self.name)
    }

    fn wait(&mut self, number: u64, what: &str, seen: &str, waited: Duration, limit: Duration, now: Instant) {
        if let Some(wait) = self.waits.iter_mut().find(|wait| wait.number == number) {
            seen.clone_into(&mut wait.seen);
            return;
        }
        let began = now.checked_sub(waited).unwrap_or(now);
        self.waits.push(Wait { number, what: what.to_owned(), seen: seen.to_owned(), began, limit });
    }

    /// Keeps a line for the end of the step; one that belongs to no step goes up at once, and so do too many.
    fn fold(&mut self, line: Option<String>) -> Vec<String> {
        self.folded.extend(line);
        if self.step.is_none() || self.folded.len() > MOST { self.unfold() } else { Vec::new() }
    }

    fn end_step(&mut self) {
        self.step = None;
        self.waits.clear();
        self.tail.clear();
        self.printed = 0;
    }
}

/// What stands before the lines beneath a step.
fn indent(columns: usize) -> &'static str {
    if columns < NARROW { "    " } else { "        " }
}

/// A duration in whole seconds: what changes ten times a second cannot be read.
fn whole(time: Duration) -> String {
    spoken(Duration::from_secs(time.as_secs()))
}

/// A step and its time, which is seen however long the title is.
fn timed(step: &str, took: Duration, columns: usize) -> String {
    let took = whole(took);
    let room = columns.saturating_sub("  now     ".len() + took.len() + 1);
    let title = cut(step, room);
    format!("{title}  {took}")
}
