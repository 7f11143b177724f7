//! A run with a hundred thousand records goes on.

use std::process::Stdio;

use crate::measure;
use crate::place::Place;
use crate::row::Row;

/// How many steps: each leaves two records.
const STEPS: u32 = 50_000;

pub fn rows() -> Vec<Row> {
    let place = Place::new("name = \"bench\"\n[folders.backup]\npath = \"backup\"\n");
    place.write(
        "long.rhai",
        &format!(
            "for number in 0..{STEPS} {{ step(`X${{number}} look`).reads().run(|| number); }}\n\
             assert(folder_exists(folder(\"backup\"), \"go\"), \"not yet\");\n"
        ),
    );
    let mut first = place.drsh(&["long.rhai"]);
    let ended = first.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    assert!(!ended.success(), "the run must stop before its end");
    let run = std::fs::read_dir(place.path().join("state/runs")).unwrap().next().unwrap().unwrap();
    let journal = std::fs::read_to_string(run.path().join("journal.jsonl")).unwrap();
    let records = journal.lines().count();
    place.write("backup/go", "");
    let id = run.file_name().into_string().unwrap();
    // Once only: afterwards the run is done.
    let (took, peak) = measure::run_and_weigh(&mut place.drsh(&["resume", &id]));
    let what = format!("resume of a run with {records} records ({} MiB at its peak)", peak / 1024);
    vec![Row::under(&what, took.as_secs_f64(), 1.0, "s")]
}
