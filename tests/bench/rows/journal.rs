//! The journal's append, against a bare append and fsync of the same bytes.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::time::Duration;

use drsh::journal::{Journal, Record};
use serde_json::json;

use crate::measure;
use crate::row::Row;

/// How many records make one turn.
const RECORDS: u32 = 100;

pub fn rows() -> Vec<Row> {
    let folder = tempfile::tempdir_in(".").unwrap();
    let journal = Journal::create(&folder.path().join("run")).unwrap();
    let record = || Record::StepDone {
        step: "B7 upload each snapshot and check what the bucket holds".to_owned(),
        value: json!([{"pod": "etcd-0", "key": "snapshots/demo-etcd-0.db", "size": 1 << 30}]),
        milliseconds: 1234,
        found_done: false,
    };
    for _ in 0..RECORDS {
        journal.append(record()).unwrap();
    }
    let text = std::fs::read(journal.path()).unwrap();
    let lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
    let mut file = OpenOptions::new().append(true).create(true).open(folder.path().join("bare")).unwrap();
    let mut append = || {
        measure::timed(|| {
            for _ in 0..RECORDS {
                journal.append(record()).unwrap();
            }
        })
    };
    let mut bare = || -> Duration {
        measure::timed(|| {
            for line in &lines {
                file.write_all(line).unwrap();
                file.sync_data().unwrap();
            }
        })
    };
    let [own, bare] = measure::in_turns(21, [&mut append, &mut bare]);
    vec![Row::within("a record in the journal", own / RECORDS, ("append and fsync", bare / RECORDS), 1.2)]
}
