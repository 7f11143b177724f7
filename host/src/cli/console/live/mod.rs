//! The live part of the screen: what is under way, beneath the lines that stay, on a terminal.

mod paint;
#[cfg(test)]
mod tests;
mod view;

use std::io::{IsTerminal as _, Write as _};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use self::paint::{Painter, Size};
use self::view::View;
use super::out;
use crate::run::Event;

/// How often it is painted anew: times go on, and what came meanwhile is seen.
const PACE: Duration = Duration::from_millis(100);

/// How long nothing is painted after the terminal got another size: until it has put its own lines in order.
const SETTLING: Duration = Duration::from_millis(300);

/// A process that has not painted for so long was stopped meanwhile.
const STOPPED: Duration = Duration::from_secs(1);

/// The size of a terminal that does not tell.
const USUAL: Size = Size { columns: 80, rows: 24 };

/// The live part: what is under way, and what of it stands on the screen.
#[derive(Debug)]
pub struct Live {
    view: View,
    painter: Painter,
    /// How many questions are being asked: nothing is painted meanwhile.
    asking: usize,
    /// The lines that go up as soon as the terminal is at rest.
    above: Vec<String>,
    size: Size,
    at_rest: Instant,
    /// When it was painted anew last.
    refreshed: Instant,
}

impl Live {
    /// The live part of a run that is called `name`.
    fn new(name: &str) -> Self {
        let colours = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let now = Instant::now();
        let (view, painter) = (View::new(name, now), Painter::new(colours, wraps_anew()));
        Self { view, painter, asking: 0, above: Vec::new(), size: size(), at_rest: now, refreshed: now }
    }

    /// Takes an event, and the line that the plain form prints of it.
    pub fn hear(&mut self, event: &Event, line: Option<String>) {
        let above = self.view.hear(event, line, Instant::now());
        if !above.is_empty() {
            self.paint(above);
        }
    }

    /// Has a line stand above it.
    pub fn above(&mut self, line: String) {
        let above = self.view.above(line);
        self.paint(above);
    }

    /// Paints it anew.
    pub fn refresh(&mut self) {
        let now = Instant::now();
        if now.duration_since(self.refreshed) > STOPPED {
            // Whoever stopped the process with Ctrl-Z has typed beneath the live part since.
            self.painter.forget();
        }
        self.refreshed = now;
        if self.asking == 0 {
            self.paint(Vec::new());
        }
    }

    /// Takes it off the screen until [`Live::come_back`].
    pub fn step_aside(&mut self) {
        self.asking += 1;
        self.above.extend(self.view.unfold());
        self.paint_now(size());
    }

    /// Has it painted again.
    pub fn come_back(&mut self) {
        self.asking = self.asking.saturating_sub(1);
    }

    fn paint(&mut self, above: Vec<String>) {
        self.above.extend(above);
        let (size, now) = (size(), Instant::now());
        if size != self.size {
            (self.size, self.at_rest) = (size, now + SETTLING);
        }
        if now >= self.at_rest {
            self.paint_now(size);
        }
    }

    fn paint_now(&mut self, size: Size) {
        let lines = if self.asking == 0 { self.view.lines(size, Instant::now()) } else { Vec::new() };
        let text = self.painter.paint(&std::mem::take(&mut self.above), &lines, size);
        // In one piece, so that nothing is seen of the way there.
        let _ = std::io::stderr().lock().write_all(text.as_bytes());
    }
}

/// The size of the terminal, as it is now.
fn size() -> Size {
    match rustix::termios::tcgetwinsize(std::io::stderr()) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => {
            Size { columns: size.ws_col.into(), rows: size.ws_row.into() }
        }
        _ => USUAL,
    }
}

/// Whether the terminal wraps its lines anew when it becomes narrower; two that do not can be told.
fn wraps_anew() -> bool {
    ["XTERM_VERSION", "STY"].iter().all(|name| std::env::var_os(name).is_none())
}

/// Whether this is a terminal that can have a live part.
fn is_possible() -> bool {
    // Where standard output goes elsewhere, what reads it may write on the same terminal.
    let is_there = std::io::stdout().is_terminal() && std::io::stderr().is_terminal();
    is_there && std::env::var_os("TERM").is_some_and(|name| !name.is_empty() && name != "dumb")
}

/// Keeps the live part on the screen; when it is dropped, only plain lines are left.
#[derive(Debug)]
pub struct OnScreen {
    ending: Option<Sender<()>>,
    painter: Option<JoinHandle<()>>,
}

/// Shows the live part of a run where that can be and is wanted.
#[must_use]
pub fn show(name: &str) -> Option<OnScreen> {
    if !is_possible() || !out::take_up(Live::new(name)) {
        return None;
    }
    let (ending, ended) = channel();
    let paint = move || {
        while ended.recv_timeout(PACE) == Err(RecvTimeoutError::Timeout) {
            out::with_live(Live::refresh);
        }
    };
    // Without a thread it is painted with each line that stays, at least.
    let painter = std::thread::Builder::new().name("live view".to_owned()).spawn(paint).ok();
    Some(OnScreen { ending: Some(ending), painter })
}

impl Drop for OnScreen {
    fn drop(&mut self) {
        drop(self.ending.take());
        if let Some(painter) = self.painter.take() {
            let _ = painter.join();
        }
        out::leave();
    }
}
