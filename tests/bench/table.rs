//! Prints the table of speed in Markdown: `cargo bench --bench table -- [ROW...]`.
//!
//! Each row holds two things against each other that were measured in the same run, one after the other in turns, on
//! the same machine; README.md beside this file explains them. What a row needs and is not there is said in its place.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark ends where it cannot go on, and what it prints is a few digits of a large number"
)]

mod inside;
mod measure;
mod place;
mod row;
mod rows;

use std::io::Write as _;

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let unknown: Vec<&String> =
        wanted.iter().filter(|name| !rows::ALL.iter().any(|row| rows::is_of(row.0, name))).collect();
    if !unknown.is_empty() {
        let names: Vec<&str> = rows::ALL.iter().map(|row| row.0).collect();
        println!("no such rows: {unknown:?}; there are: {}", names.join(", "));
        std::process::exit(2);
    }
    println!("{}", row::HEAD);
    for (name, takes) in rows::ALL {
        let is_wanted = wanted.iter().any(|one| rows::is_of(name, one));
        if is_wanted || (wanted.is_empty() && !rows::ON_REQUEST.contains(name)) {
            // What one row stumbles over, the next ones need not.
            let rows = std::panic::catch_unwind(takes)
                .unwrap_or_else(|_| vec![row::Row::absent(name, "it could not be measured, as told above")]);
            for row in rows {
                println!("{row}");
                // A row that took minutes is not lost with the next one.
                let _ = std::io::stdout().flush();
            }
        }
    }
}
