//! The rows of the table, one idea a file.

mod backup;
mod calls;
mod growth;
mod hosts;
mod journal;
mod migration;
mod parsing;
mod reaction;
mod read;
mod resume;
mod size;
mod snapshot;
mod start;

use crate::row::Row;

/// What measures a row, or a few that belong together.
type Takes = fn() -> Vec<Row>;

/// Every row by the name that the command line knows it by.
pub const ALL: &[(&str, Takes)] = &[
    ("backup-60", || backup::sized(60, 50.0)),
    ("backup-300", || backup::sized(300, 200.0)),
    ("backup-3000", || backup::sized(3000, 200.0)),
    ("read", read::rows),
    ("start", start::rows),
    ("reaction", reaction::rows),
    ("snapshot", snapshot::rows),
    ("large-snapshot", snapshot::large),
    ("hosts-1", || hosts::sized(1)),
    ("hosts-10", || hosts::sized(10)),
    ("hosts-50", || hosts::sized(50)),
    ("hosts-work", hosts::slowest),
    ("calls", calls::rows),
    ("parsing", parsing::rows),
    ("journal", journal::rows),
    ("resume", resume::rows),
    ("migration", migration::rows),
    ("growth-pools", growth::of_pools),
    ("growth-objects", growth::of_objects),
    ("size", size::rows),
];

/// What is taken only when it is named: it needs much room on the disk.
pub const ON_REQUEST: &[&str] = &["large-snapshot"];

/// Whether a row is meant by a word: its name, or the family that its name begins with.
pub fn is_of(row: &str, word: &str) -> bool {
    row.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}
