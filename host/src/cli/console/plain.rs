//! What is printed while a script runs, as plain lines, and the summary at its end.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::out;
use super::visible::set_in;
use crate::run::{Event, Listener, spoken};

/// How wide the column of step names is.
const NAME_WIDTH: usize = 80;

/// A wait says what it sees when it begins, then no more often than this.
const PAUSE: Duration = Duration::from_secs(2);

/// How much of what a wait sees is printed; an error shows all of it.
const SEEN_WIDTH: usize = 150;

/// One phase, for the summary.
#[derive(Debug, Clone)]
struct Phase {
    name: String,
    steps: usize,
    replayed: usize,
    began: Instant,
    took: Duration,
}

/// Prints what happens, and keeps count for the summary.
#[derive(Debug, Default)]
pub struct Console {
    phases: Mutex<Vec<Phase>>,
    waiting: Mutex<Option<(String, Instant)>>,
}

impl Console {
    /// Writes the phases with their steps and times, one a line.
    #[must_use]
    pub fn summary(&self) -> Vec<String> {
        let phases = self.phases.lock().unwrap_or_else(PoisonError::into_inner);
        let line = |phase: &Phase| {
            let steps = if phase.steps == 1 { "step " } else { "steps" };
            let replayed = if phase.replayed == 0 {
                String::new()
            } else {
                format!("  ({} from the journal)", phase.replayed)
            };
            format!("  {:<12} {:>3} {steps} {:>8}{replayed}", phase.name, phase.steps, spoken(phase.took))
        };
        phases.iter().map(line).collect()
    }

    /// Says what a wait sees, unless it has just said something.
    fn wait(&self, what: &str, seen: &str) -> Option<String> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.as_ref().is_some_and(|(last, at)| last == what && at.elapsed() < PAUSE) {
            return None;
        }
        *waiting = Some((what.to_owned(), Instant::now()));
        let line = if seen.is_empty() { what.to_owned() } else { format!("{what}: {seen}") };
        let shown: String = line.chars().take(SEEN_WIDTH).collect();
        let more = if shown.len() < line.len() { " ..." } else { "" };
        Some(format!("        waiting for {shown}{more}"))
    }

    fn count(&self, replayed: bool) {
        let mut phases = self.phases.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(phase) = phases.last_mut() {
            phase.steps += 1;
            phase.replayed += usize::from(replayed);
            phase.took = phase.began.elapsed();
        }
    }

    /// The plain line of what happened, if it has one.
    fn line(&self, event: &Event) -> Option<String> {
        match event {
            Event::Phase(name) => {
                let began = Instant::now();
                let phase = Phase { name: name.clone(), steps: 0, replayed: 0, began, took: Duration::ZERO };
                self.phases.lock().unwrap_or_else(PoisonError::into_inner).push(phase);
                Some(format!("\n{name}"))
            }
            Event::StepDone { step, took, replayed } => {
                self.count(*replayed);
                let took = if *replayed { "before".to_owned() } else { spoken(*took) };
                Some(format!("  done  {step:<NAME_WIDTH$} {took:>7}"))
            }
            Event::StepSkipped { step, because } => {
                self.count(false);
                Some(format!("  skip  {step}: {because}"))
            }
            Event::StepFailed { step, took, .. } => {
                Some(format!("  stop  {step:<NAME_WIDTH$} {:>7}", spoken(*took)))
            }
            Event::Waiting { what, seen, .. } => self.wait(what, seen),
            Event::Streamed { host, line } => Some(format!("        {host}: {line}")),
            Event::Said(text) => Some(format!("        {}", set_in(text, "        "))),
            Event::Warned(text) => Some(format!("  note  {}", set_in(text, "        "))),
            // A plan has a listener of its own.
            Event::StepStarted(_)
            | Event::Called { .. }
            | Event::WaitBegan { .. }
            | Event::WaitEnded { .. }
            | Event::Planned(_) => None,
        }
    }
}

impl Listener for std::sync::Arc<Console> {
    fn hear(&self, event: &Event) {
        // Counted in any case: the summary is made of it.
        let line = self.line(event);
        if !out::tell_program(event) {
            out::hear(event, line);
        }
    }
}
