//! One line of the table: what was measured, against what, and whether that is as far as it should reach.

use std::fmt;
use std::time::Duration;

/// The table's head.
pub const HEAD: &str = "| what | drsh | against | ratio | reach | met |\n|---|---|---|---|---|---|";

/// One line of the table.
pub struct Row {
    what: String,
    own: String,
    against: String,
    ratio: String,
    reach: String,
    met: String,
}

impl Row {
    /// `own` must be faster than the other by `reach` times.
    pub fn ahead(what: &str, own: Duration, other: (&str, Duration), reach: f64) -> Self {
        let ratio = other.1.as_secs_f64() / own.as_secs_f64();
        let met = if ratio >= reach { yes() } else { format!("no: {:.2} times too slow", reach / ratio) };
        Self::of(what, &time(own), &format!("{}: {}", other.0, time(other.1))).judged(
            &format!("{ratio:.1} times faster"),
            &format!("{reach} times"),
            met,
        )
    }

    /// `own` must take at most `reach` times as long as the other.
    pub fn within(what: &str, own: Duration, other: (&str, Duration), reach: f64) -> Self {
        let against = format!("{}: {}", other.0, time(other.1));
        let ratio = own.as_secs_f64() / other.1.as_secs_f64();
        Self::of(what, &time(own), &against).judged(
            &format!("{ratio:.2}"),
            &format!("within {reach}"),
            bounded(ratio, reach),
        )
    }

    /// The figure must stay at or below `most`.
    pub fn under(what: &str, figure: f64, most: f64, unit: &str) -> Self {
        Self::of(what, &format!("{figure:.2} {unit}"), "itself").judged(
            "",
            &format!("under {most} {unit}"),
            bounded(figure, most),
        )
    }

    /// A count must stay within `reach` times of the least possible.
    pub fn counted(what: &str, own: u64, other: (&str, u64), reach: f64) -> Self {
        let ratio = own as f64 / other.1 as f64;
        let against = format!("{}: {}", other.0, other.1);
        Self::of(what, &own.to_string(), &against).judged(
            &format!("{ratio:.2}"),
            &format!("within {reach}"),
            bounded(ratio, reach),
        )
    }

    /// A figure without a reach of its own.
    pub fn told(what: &str, own: &str, against: &str) -> Self {
        Self::of(what, own, against).judged("", "", "told".to_owned())
    }

    /// A row that could not be measured here.
    pub fn absent(what: &str, why: &str) -> Self {
        Self::of(what, "", "").judged("", "", format!("not measured: {why}"))
    }

    fn of(what: &str, own: &str, against: &str) -> Self {
        let empty = String::new;
        let (what, own, against) = (what.to_owned(), own.to_owned(), against.to_owned());
        Self { what, own, against, ratio: empty(), reach: empty(), met: empty() }
    }

    fn judged(self, ratio: &str, reach: &str, met: String) -> Self {
        Self { ratio: ratio.to_owned(), reach: reach.to_owned(), met, ..self }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, own, against, ratio, reach, met } = self;
        write!(f, "| {what} | {own} | {against} | {ratio} | {reach} | {met} |")
    }
}

fn yes() -> String {
    "yes".to_owned()
}

fn bounded(figure: f64, most: f64) -> String {
    if figure <= most { yes() } else { format!("no: {:.2} times too much", figure / most) }
}

/// A duration with three digits or so.
pub fn time(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    match seconds {
        s if s >= 1.0 => format!("{s:.2} s"),
        s if s >= 1e-3 => format!("{:.2} ms", s * 1e3),
        s if s >= 1e-6 => format!("{:.2} us", s * 1e6),
        s => format!("{:.1} ns", s * 1e9),
    }
}
