//! Asks the operator, with the live part of the screen gone meanwhile.

use std::io::{IsTerminal as _, Write as _};

use super::live::Live;
use super::out::with_live;
use crate::run::Asker;
use crate::tame::tame;

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
        with_live(Live::step_aside);
        {
            let mut error = std::io::stderr().lock();
            let _ = write!(error, "\n{}", tame(question));
            let _ = error.flush();
        }
        let mut typed = String::new();
        let read = std::io::stdin().read_line(&mut typed);
        with_live(Live::come_back);
        read.ok().filter(|count| *count > 0).map(|_| typed)
    }
}
