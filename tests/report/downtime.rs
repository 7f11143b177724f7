//! What was measured, from journals that say it: across resumes, with an end and without.

use drsh::journal::{Line, Measured, Outcome, Record, read};
use drsh::report::{gather, markdown};
use jiff::Timestamp;

/// Lines at these seconds past three in the morning.
fn lines(records: Vec<(i64, Record)>) -> Vec<Line> {
    let night: Timestamp = "2026-11-26T03:00:00Z".parse().unwrap();
    let line = |(number, (second, record)): (usize, (i64, Record))| Line {
        seq: number as u64,
        at: night + jiff::SignedDuration::from_secs(second),
        record,
        prev: String::new(),
        hash: String::new(),
    };
    records.into_iter().enumerate().map(line).collect()
}

fn started(resumed: bool) -> Record {
    Record::RunStarted {
        format: 2,
        version: "0.1.0".into(),
        run: "1a2b3c4d".into(),
        script: "s.rhai".into(),
        script_sha256: String::new(),
        environment: "environment.toml".into(),
        stdlib: None,
        approved: Vec::new(),
        resumed,
        setting: None,
    }
}

fn measured(answers: bool, ago: u64) -> Record {
    let because = (!answers).then(|| "refuses the connection".to_owned());
    let measured = Measured { what: "API of cluster hosted".into(), answers, ago, because };
    Record::Note { text: String::new(), warning: false, measured: Some(measured) }
}

fn ended(outcome: Outcome) -> Record {
    Record::RunEnded { outcome, error: None }
}

#[test]
fn an_api_that_was_away_for_forty_minutes_across_a_resume_is_told_with_what_was_not_measured() {
    let lines = lines(vec![
        (0, started(false)),
        (0, measured(true, 0)),
        (65, measured(false, 5000)),
        (600, ended(Outcome::Failed)),
        (1800, started(true)),
        (1801, measured(false, 0)),
        (2460, measured(true, 0)),
        (3000, ended(Outcome::Done)),
    ]);
    let report = gather(&lines, false).unwrap();
    let api = &report.downtime[0];
    // 60 to 600, and 1801 to 2460; between them nobody looked.
    assert_eq!((api.away.len(), api.away_milliseconds), (2, 540_000 + 659_000));
    assert_eq!((api.away[0].ended, api.away[1].ended), (false, true));
    assert_eq!(api.at_most_milliseconds, 2_400_000);
    assert_eq!(api.measured_milliseconds, 600_000 + 1_199_000);
    assert!(api.gaps[0].away_before && api.gaps[0].away_after);
    let text = markdown(&report);
    let said = "API of cluster hosted: away 19m59s, 2 times, of 29m59s measured; it may have been away 20m1s more \
                while drsh did not run";
    assert!(text.contains(said), "{text}");
    assert!(
        text.contains("away 9m, from 2026-11-26 03:01:00 to 03:10:00, when it was looked last: refuses"),
        "{text}"
    );
}

#[test]
fn what_answered_all_the_time_is_said_to_have() {
    let lines = lines(vec![(0, started(false)), (0, measured(true, 0)), (30, ended(Outcome::Done))]);
    let text = markdown(&gather(&lines, false).unwrap());
    assert!(text.contains("answered all the time that it was measured (30s)"), "{text}");
}

#[test]
fn a_journal_without_the_newer_details_is_reported_too() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("journal.jsonl");
    std::fs::write(&file, include_str!("../cli/journals/format-1.jsonl")).unwrap();
    let report = gather(&read(&file).unwrap().lines, false).unwrap();
    let text = markdown(&report);
    assert!(text.contains("Nothing was measured"), "{text}");
    assert!(report.setting.is_none() && !report.steps.is_empty());
}

#[test]
fn a_journal_that_begins_with_no_run_is_refused() {
    let problem = gather(&[], false).unwrap_err();
    assert_eq!(problem.kind, "journal");
    assert_eq!(problem.message, "the journal does not begin with a run, so there is nothing to report");
}

#[test]
fn details_that_this_version_does_not_know_are_passed_over() {
    // As a later version might write it: one more field in a record of a known kind.
    let text = "{\"type\":\"note\",\"text\":\"x\",\"colour\":\"red\"}";
    let record: Record = serde_json::from_str(text).unwrap();
    assert_eq!(record, Record::note("x"));
}
