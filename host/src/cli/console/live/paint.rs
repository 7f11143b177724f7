//! Paints the part of the screen that changes, beneath the lines that stay.

use std::fmt::Write as _;

use super::super::visible::{cut, width};

/// How a line of the changing part looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// As it is.
    Plain,
    /// Brighter.
    Bold,
    /// Darker.
    Dim,
}

/// The size of a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// How many columns it has.
    pub columns: usize,
    /// How many rows it has.
    pub rows: usize,
}

/// What stands on the screen of the changing part.
///
/// It never hides the cursor nor changes the terminal's mode: wherever the process ends, the terminal is as it was.
#[derive(Debug, Default)]
pub struct Painter {
    /// How wide each line is that was painted.
    drawn: Vec<usize>,
    shown: Vec<(Look, String)>,
    columns: usize,
    colours: bool,
    wraps_anew: bool,
}

impl Painter {
    /// A painter of a screen that has nothing yet, of a terminal that wraps its lines anew when its size changes or not.
    #[must_use]
    pub fn new(colours: bool, wraps_anew: bool) -> Self {
        Self { colours, wraps_anew, ..Self::default() }
    }

    /// What to write so that `above` stands on the screen for good, and `lines` beneath it until the next call.
    ///
    /// What would act on the terminal is cut out of `lines` here; `above` must have none of it.
    ///
    /// Empty where all is there already.
    pub fn paint(&mut self, above: &[String], lines: &[(Look, String)], size: Size) -> String {
        // The last column stays free: a terminal that is about to wrap does so at different moments.
        let room = size.columns.saturating_sub(1);
        let lines: Vec<(Look, String)> = lines.iter().map(|(look, line)| (*look, cut(line, room))).collect();
        if above.is_empty() && lines == self.shown && self.columns == size.columns {
            return String::new();
        }
        let mut text = self.back(size);
        // A row that was wrapped counts as wrapped until it is cleared as a whole.
        if !text.is_empty() && (!above.is_empty() || self.columns != size.columns) {
            text.push_str("\x1b[J");
        }
        for line in above {
            text.push_str(line);
            text.push('\n');
        }
        for (look, line) in &lines {
            let (on, off) = match look {
                _ if !self.colours => ("", ""),
                Look::Plain => ("", ""),
                Look::Bold => ("\x1b[1m", "\x1b[0m"),
                Look::Dim => ("\x1b[2m", "\x1b[0m"),
            };
            let _ = writeln!(text, "{on}{line}{off}\x1b[K");
        }
        text.push_str("\x1b[J");
        self.drawn = lines.iter().map(|(_, line)| width(line)).collect();
        self.shown = lines;
        self.columns = size.columns;
        text
    }

    /// Takes the screen for empty: someone else has written on it.
    pub fn forget(&mut self) {
        self.drawn.clear();
        self.shown.clear();
    }

    /// Goes back to where the changing part begins, which a narrower terminal has broken into more rows.
    fn back(&self, size: Size) -> String {
        let columns = if self.wraps_anew { size.columns.max(1) } else { usize::MAX };
        let rows: usize = self.drawn.iter().map(|width| width.div_ceil(columns).max(1)).sum();
        if rows == 0 { String::new() } else { format!("\r\x1b[{rows}A") }
    }
}
