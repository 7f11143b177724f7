//! The one way to the operator's screen, or to the program that reads along: whoever prints goes through here.

use std::io::{self, Write as _};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use super::json;
use super::live::Live;
use crate::cli::args::{Form, Showing};
use crate::problem::Problem;
use crate::run::Event;
use crate::tame::tame;

static OUT: Mutex<Out> =
    Mutex::new(Out { form: Form::Text, plain: false, live: None, deaf: false, last: Value::Null });

/// How things are printed.
#[derive(Debug)]
struct Out {
    form: Form,
    plain: bool,
    live: Option<Live>,
    /// Whether nobody reads standard output any more.
    deaf: bool,
    /// How the last run ended, for the last line that programs read.
    last: Value,
}

fn out() -> MutexGuard<'static, Out> {
    OUT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Chooses how everything is printed from now on.
pub fn choose(showing: &Showing) {
    let mut out = out();
    (out.form, out.plain) = (showing.output, showing.plain);
}

/// Whether a program reads standard output.
pub fn is_json() -> bool {
    out().form == Form::Json
}

impl Out {
    /// Writes a line on standard output. A run goes on where nobody reads it any more, which is said once.
    fn write(&mut self, line: &str) {
        if self.deaf {
            return;
        }
        let mut pipe = io::stdout().lock();
        let written = writeln!(pipe, "{line}").and_then(|()| pipe.flush());
        if written.is_err_and(|error| error.kind() == io::ErrorKind::BrokenPipe) {
            self.deaf = true;
            if self.form == Form::Json {
                let _ = writeln!(
                    io::stderr().lock(),
                    "note: nobody reads standard output any more: drsh goes on, and the journal keeps all of it"
                );
            }
        }
    }

    fn write_event(&mut self, event: &str, fields: Value) {
        let line = json::line(event, fields);
        self.write(&line);
    }

    fn say(&mut self, line: &str) {
        match &mut self.live {
            Some(part) => part.above(tame(line).into_owned()),
            None => self.write(&tame(line)),
        }
    }
}

/// Prints a line; a closed pipe is no error of the procedure. For programs it is a `note`.
pub fn say(line: &str) {
    let mut out = out();
    match out.form {
        Form::Text => out.say(line),
        Form::Json if line.trim().is_empty() => {}
        Form::Json => {
            let text = line.trim();
            let text = text.strip_prefix("note: ").unwrap_or(text);
            out.write_event("note", json!({ "text": text }));
        }
    }
}

/// Prints lines for people, and an event for programs that says the same.
pub fn tell(event: &str, fields: impl FnOnce() -> Value, text: &[String]) {
    let mut out = out();
    match out.form {
        Form::Text => text.iter().for_each(|line| out.say(line)),
        Form::Json => out.write_event(event, fields()),
    }
}

/// Does as [`tell`] for the end of a run or of a plan; the last line of all repeats its fields.
pub fn tell_end(event: &str, fields: Value, text: &[String]) {
    out().last = fields.clone();
    tell(event, || fields, text);
}

/// Prints the last line that programs read: how it ended, and the problem that came up before a run began.
pub fn end(exit_code: u8, problem: Option<(&Problem, Option<&str>)>) {
    let mut out = out();
    if out.form == Form::Text {
        return;
    }
    let mut fields = match std::mem::take(&mut out.last) {
        Value::Object(fields) => fields,
        _ => serde_json::Map::new(),
    };
    fields.insert("exit_code".to_owned(), exit_code.into());
    if let Some((problem, state)) = problem {
        let mut error = json::problem(problem);
        error["state"] = state.into();
        fields.insert("error".to_owned(), error);
    }
    out.write_event("ended", Value::Object(fields));
}

/// Prints an event for programs; returns whether that is what is printed.
pub fn tell_program(event: &Event) -> bool {
    let mut out = out();
    if out.form == Form::Text {
        return false;
    }
    let (name, fields) = json::event(event);
    out.write_event(name, fields);
    true
}

/// Prints what happened in a run, of which the plain form has this line.
pub fn hear(event: &Event, line: Option<String>) {
    let mut out = out();
    match (&mut out.live, line) {
        (Some(part), line) => part.hear(event, line.map(|line| tame(&line).into_owned())),
        (None, Some(line)) => out.say(&line),
        (None, None) => {}
    }
}

/// Prints a line on standard error.
pub fn say_aside(line: &str) {
    let mut out = out();
    match &mut out.live {
        Some(part) => part.above(tame(line).into_owned()),
        None => {
            let _ = writeln!(io::stderr().lock(), "{}", tame(line));
        }
    }
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

/// Shows `live` from now on, unless plain lines or JSON are wanted; returns whether it is shown.
pub(super) fn take_up(live: Live) -> bool {
    let mut out = out();
    if out.plain || out.form == Form::Json {
        return false;
    }
    out.live = Some(live);
    true
}

/// Does something with the live part, if there is one.
pub fn with_live(act: impl FnOnce(&mut Live)) {
    if let Some(live) = &mut out().live {
        act(live);
    }
}

/// Takes the live part off the screen for good: only lines that stay are left.
pub fn leave() {
    if let Some(mut live) = out().live.take() {
        live.step_aside();
    }
}

/// Takes the live part off the screen, if nobody is printing: for when the process ends at once.
pub fn leave_at_once() {
    if let Ok(mut out) = OUT.try_lock()
        && let Some(mut live) = out.live.take()
    {
        live.step_aside();
    }
}

/// Where traces go: above the live part.
#[derive(Debug, Clone, Copy)]
pub struct Traces;

impl io::Write for Traces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut out = out();
        let Some(live) = &mut out.live else { return io::stderr().lock().write(bytes) };
        live.above(String::from_utf8_lossy(bytes).trim_end().to_owned());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().lock().flush()
    }
}
