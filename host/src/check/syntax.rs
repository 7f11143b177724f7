//! What the compiler refuses, said as the operator would say it.

use std::collections::BTreeSet;

use rhai::{LexError, ParseError, ParseErrorType, Position};

use super::Finding;
use crate::engine::nearest;

/// Words the compiler's complaint anew.
pub fn finding(file: &str, text: &str, error: &ParseError) -> Finding {
    let at =
        |position, word, message: String, hint: String| Finding::new(file, position, word, message, hint);
    let position = if error.position().is_none() { end_of(text) } else { error.position() };
    match error.err_type() {
        ParseErrorType::VariableUndefined(name) => {
            let hint = nearest(name, words(text, name).into_iter()).map_or_else(
                || {
                    "functions do not see variables outside of them: pass what they need as a parameter"
                        .into()
                },
                |near| format!("did you mean `{near}`?"),
            );
            at(position, "unknown_variable", format!("there is no variable `{name}`"), hint)
        }
        ParseErrorType::ModuleUndefined(name) => at(
            position,
            "unknown_module",
            format!("`{name}` is not imported"),
            format!("write `import \"{name}\" as {name};` at the top, or mend the name"),
        ),
        ParseErrorType::UnexpectedEOF => at(
            position,
            "syntax",
            "the script ends in the middle of something".into(),
            "look for a bracket or a quote that is not closed".into(),
        ),
        ParseErrorType::BadInput(LexError::UnterminatedString) => at(
            position,
            "syntax",
            "a text is not closed".into(),
            "close the quote; a text over several lines stands between backticks".into(),
        ),
        ParseErrorType::Reserved(name) | ParseErrorType::BadInput(LexError::ImproperSymbol(name, _))
            if name.chars().all(|c| c.is_ascii_alphabetic() || c == '_') =>
        {
            at(
                position,
                "syntax",
                format!("`{name}` is a word that the language keeps for itself"),
                if name == "eval" {
                    "text is never carried out: write what it should do as a function".into()
                } else {
                    "take another name".into()
                },
            )
        }
        other => at(
            position,
            "syntax",
            lowered(&other.to_string()),
            "look at what stands just before this place".into(),
        ),
    }
}

/// The engine's sentence, begun as ours are.
fn lowered(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// The words of a text that may be names, but for one.
fn words<'a>(text: &'a str, but: &str) -> BTreeSet<&'a str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| *word != but && word.starts_with(|c: char| c.is_alphabetic() || c == '_'))
        .collect()
}

fn end_of(text: &str) -> Position {
    let line = u16::try_from(text.lines().count().max(1)).unwrap_or(u16::MAX);
    Position::new(line, 1)
}
