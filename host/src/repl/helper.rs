//! What the line editor asks while a line is typed.

use std::borrow::Cow;

use rustyline::Context;
use rustyline::completion::{Completer, Pair};
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hint, Hinter};
use rustyline::validate::{ValidationContext, ValidationResult, Validator};

use super::complete::Completion;
use super::paint::painted;
use super::session::Session;

/// Answers the editor.
pub struct Helper {
    /// What can be typed next.
    pub completion: Completion,
    /// Whether colours are wanted.
    pub has_colours: bool,
    /// Whether changes go through now.
    pub is_armed: bool,
}

/// A signature, shown behind the cursor and never put into the line.
pub struct Signature(String);

impl Hint for Signature {
    fn display(&self) -> &str {
        &self.0
    }

    fn completion(&self) -> Option<&str> {
        None
    }
}

impl Completer for Helper {
    type Candidate = Pair;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let (from, offers) = self.completion.offers(line.get(..at).unwrap_or(line));
        let pairs = offers.into_iter().map(|offer| Pair { display: offer.shown, replacement: offer.put });
        Ok((from, pairs.collect()))
    }
}

impl Hinter for Helper {
    type Hint = Signature;

    fn hint(&self, line: &str, at: usize, _: &Context<'_>) -> Option<Signature> {
        if at < line.len() || line.contains('\n') {
            return None;
        }
        self.completion.foresee(line);
        self.completion.signature(line).map(|signature| Signature(format!("   {signature}")))
    }
}

impl Highlighter for Helper {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        if !self.has_colours || line.starts_with(':') {
            return Cow::Borrowed(line);
        }
        Cow::Owned(painted(line, |name| self.completion.is_known(name)))
    }

    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _: bool) -> Cow<'b, str> {
        if !self.has_colours {
            return Cow::Borrowed(prompt);
        }
        // Red where a line can change something.
        Cow::Owned(format!("\x1b[1;{}m{prompt}\x1b[0m", if self.is_armed { 31 } else { 36 }))
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        if self.has_colours { Cow::Owned(format!("\x1b[90m{hint}\x1b[0m")) } else { Cow::Borrowed(hint) }
    }

    fn highlight_char(&self, _: &str, _: usize, _: CmdKind) -> bool {
        self.has_colours
    }
}

impl Validator for Helper {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let text = context.input();
        let goes_on = !text.starts_with(':') && Session::is_incomplete(text);
        Ok(if goes_on { ValidationResult::Incomplete } else { ValidationResult::Valid(None) })
    }
}

impl rustyline::Helper for Helper {}
