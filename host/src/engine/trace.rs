//! Turns a script error into the four parts that the operator reads.

use std::fmt::Write as _;

use rhai::{EvalAltResult, Position};

use super::library::{Library, Origin};
use super::script::Script;
use crate::problem::Problem;

/// A place in a script or module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The file.
    pub source: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1; 0 where unknown.
    pub column: usize,
}

/// An error as the operator reads it, without the `state` part, which the run knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// What failed.
    pub problem: Problem,
    /// Where: the script's own line first, then the library's, innermost last.
    pub frames: Vec<Frame>,
}

impl Report {
    /// Reads a script error.
    #[must_use]
    pub fn of(error: &EvalAltResult, script: &Script) -> Self {
        let mut frames = Vec::new();
        let problem = walk(error, &script.name(), &mut frames);
        keep_innermost(&mut frames);
        Self { problem, frames }
    }

    /// Writes the `error:` and `-->` parts; the script's line is shown with a caret beneath the place.
    #[must_use]
    pub fn render(&self, script: &Script) -> String {
        let mut text = format!("error: {}\n", self.problem.message);
        let own = self.frames.iter().rposition(|frame| frame.source == script.name());
        for (number, frame) in self.frames.iter().enumerate() {
            let _ = writeln!(text, "  --> {}:{}", frame.source, frame.line);
            if Some(number) == own.or(Some(0))
                && let Some(line) = source_text(frame, script).lines().nth(frame.line.wrapping_sub(1))
            {
                let shown = line.trim_end();
                let indent = shown.len() - shown.trim_start().len();
                let _ = writeln!(text, "  {:>4} | {}", frame.line, shown.trim_start());
                // What the program added behind the script's end has no column in its text.
                if frame.column > indent && frame.column <= shown.chars().count() {
                    let before = " ".repeat(frame.column - 1 - indent);
                    let carets = "^".repeat(word_at(shown, frame.column));
                    let _ = writeln!(text, "       | {before}{carets}");
                }
            }
        }
        text
    }
}

/// Of several places on one line, the last is the innermost, and says most.
fn keep_innermost(frames: &mut Vec<Frame>) {
    frames.reverse();
    frames.dedup_by(|outer, inner| outer.source == inner.source && outer.line == inner.line);
    frames.reverse();
}

fn walk(error: &EvalAltResult, source: &str, frames: &mut Vec<Frame>) -> Problem {
    match error {
        EvalAltResult::ErrorInFunctionCall(_, inner_source, inner, position) => {
            push(frames, source, *position);
            let inner_source = if inner_source.is_empty() { source } else { inner_source };
            walk(inner, inner_source, frames)
        }
        EvalAltResult::ErrorInModule(path, inner, position) => {
            push(frames, source, *position);
            walk(inner, path, frames)
        }
        EvalAltResult::ErrorRuntime(value, position) => {
            push(frames, source, *position);
            thrown(value)
        }
        EvalAltResult::ErrorTerminated(_, position) => {
            push(frames, source, *position);
            Problem::interrupted()
        }
        EvalAltResult::ErrorFunctionNotFound(signature, position) => {
            push(frames, source, *position);
            super::unknown::function(signature)
        }
        EvalAltResult::ErrorVariableNotFound(name, position) => {
            push(frames, source, *position);
            Problem::new("script", format!("there is no variable `{name}`"))
                .hint("functions do not see variables outside of them: pass what they need as a parameter")
        }
        EvalAltResult::ErrorTooManyOperations(position) => {
            push(frames, source, *position);
            Problem::new("script", "the script went on and on: it took more operations than a script may take")
                .hint("look for a loop that does not end; what must be waited for is waited for with wait_for or oc_wait")
        }
        EvalAltResult::ErrorStackOverflow(position) => {
            push(frames, source, *position);
            Problem::new("script", "functions call one another too deep")
                .hint("look for a function that calls itself without end")
        }
        other => {
            push(frames, source, other.position());
            Problem::new("script", without_position(other)).hint("mend the script at this place")
        }
    }
}

/// What a script threw: a problem, one of the engine's own errors that it had caught, or a value of its own.
fn thrown(value: &rhai::Dynamic) -> Problem {
    if let Some(problem) = value.clone().try_cast::<Problem>() {
        return problem;
    }
    let caught = value.clone().try_cast::<rhai::Map>();
    let message = caught.and_then(|map| map.get("message")?.clone().into_string().ok());
    match message.as_deref().and_then(|message| message.lines().next()) {
        Some(first) => Problem::new("script", first),
        None => Problem::new("thrown", value.to_string()),
    }
}

/// The engine's own words, without the `(line .., position ..)` that the frames already show.
fn without_position(error: &EvalAltResult) -> String {
    let text = error.to_string();
    match text.rfind(" (line ") {
        Some(end) if text.ends_with(')') => text[..end].to_owned(),
        _ => text,
    }
}

fn push(frames: &mut Vec<Frame>, source: &str, position: Position) {
    if let Some(line) = position.line() {
        frames.push(Frame { source: source.to_owned(), line, column: position.position().unwrap_or(0) });
    }
}

/// How many characters the word at `column` takes, at least one.
fn word_at(line: &str, column: usize) -> usize {
    line.chars().skip(column - 1).take_while(|c| c.is_alphanumeric() || *c == '_' || *c == ':').count().max(1)
}

fn source_text(frame: &Frame, script: &Script) -> String {
    if frame.source == script.name() {
        return script.text().to_owned();
    }
    match Library::script(&frame.source) {
        Ok((Origin::File(_) | Origin::BuiltIn(_), text)) => text,
        Err(_) => {
            super::library::built_in::find(&frame.source).map(|(_, text)| text.to_owned()).unwrap_or_default()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::engine::engine;

    #[test]
    fn a_loop_without_an_end_is_told_as_one_with_its_place() {
        let mut engine = engine(None, &Arc::new(Library::default()));
        // Minutes of work are not waited for.
        engine.set_max_operations(1000);
        let script = Script::from_text("test", "let n = 0;\nloop { n += 1; }");
        let error = engine.eval::<()>(script.text()).unwrap_err();
        let report = Report::of(&error, &script);
        assert_eq!(
            report.problem.message,
            "the script went on and on: it took more operations than a script may take"
        );
        assert!(report.problem.hint.unwrap().contains("wait_for or oc_wait"));
        assert_eq!(report.frames.last().map(|frame| frame.line), Some(2));
    }
}
