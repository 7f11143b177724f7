//! One mistake, and where it stands.

use std::fmt;

use rhai::Position;
use serde_json::{Value, json};

/// A mistake in a script. The order is that of place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The file, or the name in the binary.
    pub file: String,
    /// The line, from 1; 0 where the whole file is meant.
    pub line: usize,
    /// The column, from 1; 0 where the whole line is meant.
    pub column: usize,
    /// The word for this sort of mistake, such as `unknown_function`.
    pub word: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub hint: String,
}

impl Finding {
    /// Makes one that points at `position` of `file`.
    pub fn new(
        file: &str,
        position: Position,
        word: &'static str,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self {
            file: file.to_owned(),
            line: position.line().unwrap_or(0),
            column: position.position().unwrap_or(0),
            word,
            message: message.into(),
            hint: hint.into(),
        }
    }

    /// As programs read it.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let Self { file, line, column, word, message, hint } = self;
        json!({
            "file": file, "line": line, "column": column, "word": word, "message": message, "hint": hint,
        })
    }
}

/// One line that editors and terminals can jump to, and the hint beneath it.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column, word, message, hint } = self;
        write!(f, "{file}:{line}:{column}: {word}: {message}\n    hint: {hint}")
    }
}
