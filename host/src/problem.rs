//! What went wrong, in the words of the operator: the error of every function that scripts call.

use std::borrow::Cow;
use std::fmt;

use rhai::{Dynamic, EvalAltResult, Position};

/// What a script-facing function answers.
pub type Reply<T> = Result<T, Box<EvalAltResult>>;

/// One thing that went wrong: a word that a script can match, a sentence, and what to do next.
///
/// A script that catches one reads `kind`, `message` and `hint` as properties.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The word that a script can match, such as `not_found`, `conflict`, `timeout`, `unreachable`, `denied`.
    pub kind: Cow<'static, str>,
    /// What failed, where, with the values and the limit; a clause without "failed to" and without a final stop.
    pub message: String,
    /// The next thing to type or to look at.
    pub hint: Option<String>,
}

impl Problem {
    /// Makes a problem without a hint.
    pub fn new(kind: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self { kind: kind.into(), message: spoken(message.into()), hint: None }
    }

    /// Says that `what` panicked: what the operator did is no cause of it.
    #[must_use]
    pub fn fault(what: &str) -> Self {
        Self::new("internal", format!("{what} ended by a fault of drsh itself"))
            .hint("what was done stands in the journal; report what was printed above")
    }

    /// Adds what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Turns the problem into a script error that points at `position`.
    #[must_use]
    pub fn at(self, position: Position) -> Box<EvalAltResult> {
        Box::new(EvalAltResult::ErrorRuntime(Dynamic::from(self), position))
    }

    /// Finds the problem that a script error carries, through calls and modules.
    #[must_use]
    pub fn within(error: &EvalAltResult) -> Option<Problem> {
        match error {
            EvalAltResult::ErrorRuntime(value, _) => value.clone().try_cast::<Problem>(),
            EvalAltResult::ErrorInFunctionCall(_, _, inner, _)
            | EvalAltResult::ErrorInModule(_, inner, _) => Problem::within(inner),
            EvalAltResult::ErrorTerminated(..) => Some(Problem::interrupted()),
            _ => None,
        }
    }

    /// What stops a script whose operator does not want it to go on.
    #[must_use]
    pub fn interrupted() -> Self {
        Self::new("interrupted", "interrupted by the operator")
    }

    /// Whether the operator stopped it.
    #[must_use]
    pub fn is_interruption(&self) -> bool {
        self.kind == "interrupted"
    }
}

/// Leaves out what the system's own words have for programs: `(os error 2)` says nothing that the text does not.
fn spoken(mut message: String) -> String {
    while let Some(at) = message.find(" (os error ") {
        let Some(length) = message[at..].find(')') else { break };
        message.replace_range(at..=at + length, "");
    }
    message.replace("stream did not contain valid UTF-8", "it is no text in UTF-8")
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_words_stand_without_their_numbers() {
        let error = std::io::Error::from_raw_os_error(2);
        let problem = Problem::new("file", format!("a.toml cannot be read: {error}; nor can b: {error}"));
        assert_eq!(
            problem.message,
            "a.toml cannot be read: No such file or directory; nor can b: No such file or directory"
        );
        let cut = Problem::new("file", "it ends (os error 2");
        assert_eq!(cut.message, "it ends (os error 2");
    }
}
