//! The time axis of the pictures: the times between processes, which may last days, are drawn short.

use jiff::Timestamp;

use super::model::{Report, Span};

/// How wide a picture is.
pub const WIDTH: f64 = 1000.0;

/// How wide the time between two processes is drawn.
const GAP: f64 = 16.0;

/// Where times stand.
pub struct Axis {
    /// The times of the processes, each with where it begins and how wide it is.
    pieces: Vec<(Span, f64, f64)>,
}

impl Axis {
    /// Lays the processes of a run out side by side.
    pub fn of(report: &Report) -> Self {
        let spans: Vec<Span> =
            report.starts.iter().map(|start| Span { from: start.began, to: start.last }).collect();
        let gaps = spans.len().saturating_sub(1);
        #[allow(clippy::cast_precision_loss, reason = "a picture is not that fine")]
        let room = (WIDTH - GAP * gaps as f64).max(WIDTH / 4.0);
        let all: f64 = spans.iter().map(seconds).sum();
        let mut left = 0.0;
        let mut pieces = Vec::new();
        for span in spans {
            // A process that died at once is still seen.
            let width = (seconds(&span) / all.max(0.001) * room).max(2.0);
            pieces.push((span, left, width));
            left += width + GAP;
        }
        // The least widths may have made it too wide.
        let whole = (left - GAP).max(1.0);
        if whole > WIDTH {
            for (_, left, width) in &mut pieces {
                *left *= WIDTH / whole;
                *width *= WIDTH / whole;
            }
        }
        Self { pieces }
    }

    /// Where a time stands.
    pub fn at(&self, at: Timestamp) -> f64 {
        let mut place = 0.0;
        for (span, left, width) in &self.pieces {
            if at < span.from {
                return place;
            }
            let whole = seconds(span).max(0.001);
            let part = seconds(&Span { from: span.from, to: at.min(span.to) }) / whole;
            place = left + width * part.clamp(0.0, 1.0);
        }
        place
    }

    /// Where a span begins and how wide it is, at least a little.
    pub fn place(&self, from: Timestamp, to: Timestamp) -> (f64, f64) {
        let (from, to) = (self.at(from), self.at(to));
        let width = (to - from).max(4.0);
        (from.min(WIDTH - width), width)
    }
}

fn seconds(span: &Span) -> f64 {
    span.to.duration_since(span.from).as_secs_f64().max(0.0)
}
