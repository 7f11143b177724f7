//! How soon a wait is over once what it waits for has come true, with the lab's clock at normal speed and many waits
//! at once.
//!
//! The time runs from before the change is made until the branch that waited has said so.

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use drsh::cli::practice;
use drsh::environment::Environment;
use drsh::run::{Event, Listener};
use drsh_lab::apiserver::Store;
use drsh_lab::scenario::Scenario;
use serde_json::json;
use tokio::runtime::Runtime;

use crate::row::Row;
use crate::{inside, measure};

/// How many wait at once, and how often each of them.
const WAITS: usize = 100;
const ROUNDS: usize = 5;

/// The reach in milliseconds, at the 99th percentile.
const REACH: f64 = 50.0;

/// How often the documented bash asks; on average it notices after half of that.
const POLLING: [u64; 2] = [10, 30];

pub fn rows() -> Vec<Row> {
    let folder = tempfile::tempdir().unwrap();
    let runtime = Runtime::new().unwrap();
    let scenario = Scenario { speed: 1.0, ..Scenario::small() };
    let lab = runtime.block_on(practice::start(scenario, folder.path())).unwrap();
    let file = practice::write_environment(lab.description()).unwrap();
    let store = lab.source().store().unwrap();
    (0..WAITS).for_each(|number| make(&store, number));

    let (waiting, waits) = channel();
    let (over, ends) = channel();
    let listener = Box::new(Stopwatch { waiting: Mutex::new(waiting), over: Mutex::new(over) });
    let run = inside::begin_heard(&runtime, Environment::read(&file).unwrap(), None, listener);
    let hand = std::thread::spawn(move || change_when_all_wait(&store, &waits));
    inside::carry_out(&run, &script());
    let changed = hand.join().unwrap();
    drop(run);
    runtime.block_on(lab.stop());
    let mut reactions: Vec<Duration> = ends
        .try_iter()
        .map(|(number, round, ended): (usize, usize, Instant)| ended.duration_since(changed[round][number]))
        .collect();
    assert_eq!(reactions.len(), WAITS * ROUNDS, "a wait did not end");
    let (median, late) = (measure::at_share(&mut reactions, 50), measure::at_share(&mut reactions, 99));
    let what = format!("a wait's reaction, {WAITS} at once");
    let mut rows =
        vec![Row::under(&format!("{what}, 99th percentile"), late.as_secs_f64() * 1000.0, REACH, "ms")];
    rows.extend(POLLING.map(|seconds| {
        let against = format!("asking every {seconds} s, on average");
        Row::ahead(&format!("{what}, median"), median, (&against, Duration::from_secs(seconds) / 2), 10.0)
    }));
    rows
}

/// Waits in each branch, round after round, until its configmap names the round. Half of the branches branch again:
/// there are 64 at a time at most.
fn script() -> String {
    let half = WAITS / 2;
    format!(
        "let home = cluster(\"source\").namespace(\"default\");
         for round in 1..={ROUNDS} {{
             parallel([0, {half}], 2, |first| {{
                 let numbers = [];
                 for number in first..first + {half} {{ numbers.push(number); }}
                 parallel(numbers, {half}, |number| {{
                     oc_wait(home, `configmap/round-${{number}}`, `to be at ${{round}}`, minutes(1), |seen| seen.data.round == `${{round}}`);
                     log(`${{number}} ${{round - 1}}`);
                 }});
             }});
         }}"
    )
}

fn make(store: &Store, number: usize) {
    let object = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": { "name": format!("round-{number}"), "namespace": "default" }, "data": { "round": "0" }
    });
    store.create("configmaps", "default", object).map_err(|status| status.to_string()).unwrap();
}

/// Makes each change once every wait has said what it sees; gives back when, by round and number.
fn change_when_all_wait(store: &Store, waits: &Receiver<()>) -> Vec<Vec<Instant>> {
    let change = |round: usize, number: usize| {
        let set = |object: &mut serde_json::Value| object["data"]["round"] = (round + 1).to_string().into();
        let now = Instant::now();
        let name = format!("round-{number}");
        store.change("configmaps", "default", &name, set).map_err(|status| status.to_string()).unwrap();
        now
    };
    (0..ROUNDS)
        .map(|round| {
            (0..WAITS).for_each(|_| waits.recv().unwrap());
            (0..WAITS).map(|number| change(round, number)).collect()
        })
        .collect()
}

struct Stopwatch {
    waiting: Mutex<Sender<()>>,
    over: Mutex<Sender<(usize, usize, Instant)>>,
}

impl Listener for Stopwatch {
    fn hear(&self, event: &Event) {
        match event {
            Event::Waiting { seen, .. } if seen.contains("not so") => {
                let _ = self.waiting.lock().unwrap().send(());
            }
            Event::Said(text) => {
                let now = Instant::now();
                let mut numbers = text.split(' ').filter_map(|word| word.parse().ok());
                if let (Some(number), Some(round)) = (numbers.next(), numbers.next()) {
                    let _ = self.over.lock().unwrap().send((number, round, now));
                }
            }
            _ => {}
        }
    }
}
