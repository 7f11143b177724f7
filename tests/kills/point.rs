//! Where a run is killed: at which record of its journal, and when.

use std::fmt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

/// A moment at which the program is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// The number of the record, from 1.
    pub record: usize,
    /// When: before it is written, when half of it is, or after the disk has it.
    pub when: &'static str,
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.when {
            "torn" => write!(f, "in record {}", self.record),
            when => write!(f, "{when} record {}", self.record),
        }
    }
}

impl Point {
    /// What the program's process must be told to be killed there.
    pub fn environment(self) -> [(&'static str, String); 3] {
        [
            ("LD_PRELOAD", SHIM.display().to_string()),
            ("KILL_AT", self.record.to_string()),
            ("KILL_WHEN", self.when.to_owned()),
        ]
    }
}

/// The points to try of a run with so many records: `DRSH_KILL_POINTS` says `all`, or `40..80` of all, or how many of
/// them, spread evenly; a few where it is not set.
pub fn chosen(records: usize) -> Vec<Point> {
    let all: Vec<Point> = (1..=records)
        .flat_map(|record| {
            // Half a record is one kind of "before"; every second record is cut in two.
            let before = if record.is_multiple_of(2) { "torn" } else { "before" };
            [before, "after"].map(|when| Point { record, when })
        })
        .collect();
    let wanted = std::env::var("DRSH_KILL_POINTS").unwrap_or_else(|_| "6".to_owned());
    if wanted == "all" {
        return all;
    }
    if let Some((first, last)) = wanted.split_once("..") {
        let number = |text: &str| text.parse::<usize>().expect("DRSH_KILL_POINTS is like 40..80");
        return all.into_iter().skip(number(first)).take(number(last) - number(first)).collect();
    }
    let count: usize = wanted.parse().expect("DRSH_KILL_POINTS is `all`, a range or a count");
    (0..count).map(|number| all[(2 * number + 1) * all.len() / (2 * count)]).collect()
}

/// The library that ends a process at a record, compiled when first asked for.
static SHIM: LazyLock<PathBuf> = LazyLock::new(|| {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/kills/shim.c");
    let made = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("kill-at-{}.so", std::process::id()));
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"]).arg(&made).arg(source).arg("-ldl");
    assert!(compiler.status().expect("cc is needed, as for building").success());
    made
});

#[test]
fn a_count_spreads_over_the_whole_run() {
    // The variable is not set for this test's own sake; what is chosen without it is a few.
    if std::env::var_os("DRSH_KILL_POINTS").is_none() {
        let points = chosen(60);
        assert_eq!(points.len(), 6);
        assert!(points[0].record <= 10 && points[5].record >= 50, "{points:?}");
    }
}
