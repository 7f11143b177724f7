//! What is printed while a script runs: plain lines, on a terminal and elsewhere.

use std::borrow::Cow;
use std::io::{IsTerminal as _, Write as _};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tracing_subscriber::EnvFilter;

use crate::problem::Problem;
use crate::run::{Asker, Event, Listener, spoken};

/// How wide the column of step names is.
const NAME_WIDTH: usize = 80;

/// A wait says what it sees when it begins, then no more often than this.
const PAUSE: Duration = Duration::from_secs(2);

/// How much of what a wait sees is printed; an error shows all of it.
const SEEN_WIDTH: usize = 150;

/// Prints a line on standard output; a closed pipe is no error of the procedure.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{}", visible(line));
}

/// Prints a line on standard error.
pub fn say_aside(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{}", visible(line));
}

/// Makes visible what would act on a terminal instead of standing on it: names and answers come from outside.
fn visible(text: &str) -> Cow<'_, str> {
    let acts = |c: char| {
        (c.is_control() && c != '\n' && c != '\t')
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(acts) {
        return Cow::Borrowed(text);
    }
    let shown = |c: char| if acts(c) { c.escape_default().to_string() } else { c.to_string() };
    Cow::Owned(text.chars().map(shown).collect())
}

/// Sets the lines after the first in, so that none of them passes for a line of drsh.
pub fn set_in(text: &str, by: &str) -> String {
    text.replace('\n', &format!("\n{by}"))
}

/// Prints a problem that came up before a run began.
pub fn complain(problem: &Problem) {
    complain_with(problem, None);
}

/// Does the same, with what stands where it is known.
pub fn complain_with(problem: &Problem, state: Option<&str>) {
    say_aside(&format!("error: {}", problem.message));
    if let Some(state) = state {
        say_aside(&format!("state: {state}"));
    }
    if let Some(hint) = &problem.hint {
        say_aside(&format!("hint: {hint}"));
    }
}

/// Sends traces to standard error, as many as `-v` asks for.
pub fn start_tracing(verbose: u8) {
    let level = match verbose {
        0 => "off",
        1 => "drsh=debug",
        _ => "debug",
    };
    let filter = EnvFilter::try_from_env("DRSH_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    let writer = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let _ = writer.with_ansi(std::io::stderr().is_terminal()).try_init();
}

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
    fn wait(&self, what: &str, seen: &str) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.as_ref().is_some_and(|(last, at)| last == what && at.elapsed() < PAUSE) {
            return;
        }
        *waiting = Some((what.to_owned(), Instant::now()));
        let line = if seen.is_empty() { what.to_owned() } else { format!("{what}: {seen}") };
        let shown: String = line.chars().take(SEEN_WIDTH).collect();
        let more = if shown.len() < line.len() { " ..." } else { "" };
        say(&format!("        waiting for {shown}{more}"));
    }

    fn count(&self, replayed: bool) {
        let mut phases = self.phases.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(phase) = phases.last_mut() {
            phase.steps += 1;
            phase.replayed += usize::from(replayed);
            phase.took = phase.began.elapsed();
        }
    }
}

impl Listener for std::sync::Arc<Console> {
    fn hear(&self, event: &Event) {
        match event {
            Event::Phase(name) => {
                let began = Instant::now();
                let phase = Phase { name: name.clone(), steps: 0, replayed: 0, began, took: Duration::ZERO };
                self.phases.lock().unwrap_or_else(PoisonError::into_inner).push(phase);
                say(&format!("\n{name}"));
            }
            // A plan has a listener of its own.
            Event::StepStarted(_) | Event::Planned(_) => {}
            Event::StepDone { step, took, replayed } => {
                self.count(*replayed);
                let took = if *replayed { "before".to_owned() } else { spoken(*took) };
                say(&format!("  done  {step:<NAME_WIDTH$} {took:>7}"));
            }
            Event::StepSkipped { step, because } => {
                self.count(false);
                say(&format!("  skip  {step}: {because}"));
            }
            Event::StepFailed { step, took, .. } => {
                say(&format!("  stop  {step:<NAME_WIDTH$} {:>7}", spoken(*took)));
            }
            Event::Waiting { what, seen } => self.wait(what, seen),
            Event::Said(text) => say(&format!("        {}", set_in(text, "        "))),
            Event::Warned(text) => say(&format!("  note  {}", set_in(text, "        "))),
        }
    }
}

/// Asks on the terminal; nobody is there if it is none.
#[derive(Debug, Clone, Copy)]
pub struct Terminal;

impl Terminal {
    /// The terminal, if standard input and error are one.
    #[must_use]
    pub fn present() -> Option<Box<dyn Asker>> {
        let there = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
        there.then(|| Box::new(Self) as Box<dyn Asker>)
    }
}

impl Asker for Terminal {
    fn ask(&self, question: &str) -> Option<String> {
        let mut error = std::io::stderr().lock();
        let _ = write!(error, "\n{}", visible(question));
        let _ = error.flush();
        let mut typed = String::new();
        std::io::stdin().read_line(&mut typed).ok().filter(|count| *count > 0).map(|_| typed)
    }
}
