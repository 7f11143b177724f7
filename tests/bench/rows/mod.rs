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
    ("backup", backup::rows),
    ("read", read::rows),
    ("start", start::rows),
    ("reaction", reaction::rows),
    ("snapshot", snapshot::rows),
    ("snapshot-8", snapshot::large),
    ("hosts", hosts::rows),
    ("calls", calls::rows),
    ("parsing", parsing::rows),
    ("journal", journal::rows),
    ("resume", resume::rows),
    ("migration", migration::rows),
    ("growth", growth::rows),
    ("size", size::rows),
];

/// What is taken only when it is named: it needs much room on the disk.
pub const ON_REQUEST: &[&str] = &["snapshot-8"];
