//! The journal: what is broken in it is found, and nothing is made up.

use std::sync::LazyLock;

use drsh::journal::{self, Journal, Record};
use drsh::run::Replay;
use proptest::prelude::*;
use serde_json::json;

use super::broken::{broken_bytes, cases, is_clear};

/// A journal of some steps: its bytes, and the records in it.
static SOUND: LazyLock<(Vec<u8>, Vec<Record>)> = LazyLock::new(sound);

fn sound() -> (Vec<u8>, Vec<Record>) {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::create(&folder.path().join("run")).unwrap();
    let mut records = vec![Record::Phase { name: "backup".into() }];
    for number in 0..4 {
        let step = format!("B{number} do: \"it\" \u{1b} ü");
        records.push(Record::StepStarted { step: step.clone(), undo: journal::Undo::Possible });
        let value = json!({"list": [1, null, "x"], "$map": {"a": 1}});
        records.push(Record::StepDone { step, value, milliseconds: 7, found_done: false });
    }
    records.push(Record::PointOfNoReturn { reason: "it is done".into() });
    for record in &records {
        journal.append(record.clone()).unwrap();
    }
    (std::fs::read(journal.path()).unwrap(), records)
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn a_journal_that_is_broken_gives_what_was_written_or_says_where_it_is_damaged(bytes in broken_bytes(SOUND.0.clone())) {
        let records = &SOUND.1;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("journal.jsonl");
        std::fs::write(&file, bytes).unwrap();
        match journal::read(&file) {
            Ok(state) => {
                let read: Vec<Record> = state.lines.iter().map(|line| line.record.clone()).collect();
                prop_assert!(records.starts_with(&read), "it made something up: {read:?}");
                let _ = Replay::from_lines(&state.lines);
            }
            Err(problem) => {
                is_clear(&problem)?;
                prop_assert!(problem.message.contains("journal.jsonl"), "{}", problem.message);
            }
        }
    }

    #[test]
    fn a_value_of_any_form_is_decoded_or_refused(text in super::broken::broken(
        r#"{"a": {"$float": "1.5"}, "b": [{"$blob": "AA=="}, {"$map": {"$x": 1}}], "c": {"$nanoseconds": "7"}, "d": {"$char": "x"}}"#
    )) {
        let Ok(value) = serde_json::from_str(&text) else { return Ok(()) };
        match journal::decode(&value) {
            // What is decoded is what would be written.
            Ok(decoded) => prop_assert!(journal::encode(&decoded).is_ok()),
            Err(problem) => is_clear(&problem)?,
        }
    }
}
