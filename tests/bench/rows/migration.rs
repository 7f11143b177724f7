//! The time of `migrate_hcp` that is its own: all of it, less what it waited for the world.

use std::time::Duration;

use drsh::cli::practice;
use drsh_lab::scenario::Scenario;
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::measure;
use crate::place::started_in;
use crate::row::{Row, time};

/// How much faster than life the lab's clock runs.
const SPEED: f64 = 20_000.0;

/// The reach in seconds.
const OWN: f64 = 2.0;

pub fn rows() -> Vec<Row> {
    let (folder, runtime) = (tempfile::tempdir().unwrap(), Runtime::new().unwrap());
    let scenario = Scenario { speed: SPEED, ..Scenario::default() };
    let lab = runtime.block_on(practice::start(scenario, &folder.path().join("lab"))).unwrap();
    let place = lab.description().folder.clone();
    practice::write_environment(lab.description()).unwrap();
    let arguments = ["scripts/migrate_hcp.rhai", "--approve", "teardown"];
    let all = measure::run(&mut started_in(&place, folder.path(), &arguments));
    runtime.block_on(lab.stop());
    let run = std::fs::read_dir(folder.path().join("state/runs")).unwrap().next().unwrap().unwrap();
    let journal = std::fs::read_to_string(run.path().join("journal.jsonl")).unwrap();
    let records: Vec<Value> =
        journal.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["record"].take()).collect();
    let waited = sum(&records, "waited");
    let own = all.saturating_sub(waited);
    vec![
        Row::told(
            "migrate_hcp, default scenario, the lab's clock at full speed",
            &time(all),
            &format!("waits: {}", time(waited)),
        ),
        Row::under("migrate_hcp: its own time", own.as_secs_f64(), OWN, "s"),
    ]
}

/// How long the records of a type took together.
fn sum(records: &[Value], kind: &str) -> Duration {
    let those = records.iter().filter(|record| record["type"] == kind);
    Duration::from_millis(those.filter_map(|record| record["milliseconds"].as_u64()).sum())
}
