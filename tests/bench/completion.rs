//! How soon the REPL's completion answers where a cluster holds 10,000 objects, and what a key costs meanwhile.
//!
//! A completion must be there in under 50 ms once what it needs was read, and no key may wait for a cluster: the first,
//! while nothing is known yet, must answer as soon as any other.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark ends where it cannot go on")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use drsh::cli::practice;
use drsh::engine::{Library, engine};
use drsh::environment::Environment;
use drsh::repl::completion::{Completion, Live, Variables};
use drsh::run::{Beginning, Claim, Deaf, Direction, Replay, Run};
use drsh_lab::scenario::Scenario;
use serde_json::json;
use tokio::runtime::Runtime;

/// How many objects there are.
const OBJECTS: usize = 10_000;

/// How often each thing is asked.
const ROUNDS: usize = 60;

/// The reach: a completion takes less.
const REACH: Duration = Duration::from_millis(50);

/// What is typed: every one of the names begins so, which is the most that can be offered.
const TYPED: &str = "oc_get(cluster(\"source\").namespace(\"default\"), \"configmaps/entry-";

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = Runtime::new().unwrap();
    let scenario = Scenario { speed: 1.0, ..Scenario::small() };
    let lab = runtime.block_on(practice::start(scenario, folder.path())).unwrap();
    let store = lab.source().store().unwrap();
    for number in 0..OBJECTS {
        let object = json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": { "name": format!("entry-{number:04}"), "namespace": "default" }
        });
        store.create("configmaps", "default", object).map_err(|status| status.to_string()).unwrap();
    }
    let file = practice::write_environment(lab.description()).unwrap();
    let environment = Arc::new(Environment::read(&file).unwrap());
    let run = Run::begin(Beginning {
        id: "c0mp1e7e".to_owned(),
        environment: environment.clone(),
        journal: None,
        replay: Replay::default(),
        direction: Direction::Forward,
        approved: std::collections::BTreeSet::new(),
        may_change: false,
        memory: None,
        runtime: runtime.handle().clone(),
        listener: Box::new(Deaf),
        asker: None,
        claim: Claim::default(),
        until: None,
    });
    let live = Live::begin(run, |run| engine(Some(run), &Arc::new(Library::default())));
    let completion = Completion::new(environment, Variables::default(), live);

    let began = Instant::now();
    let (_, before) = completion.offers(TYPED);
    let first = began.elapsed();
    assert!(before.is_empty(), "the first answer waited for the cluster");
    let mut keys = Vec::new();
    while completion.offers(TYPED).1.is_empty() {
        keys.push(timed(|| completion.foresee(TYPED)));
    }
    let read = began.elapsed();
    let warmed: Vec<Duration> = (0..ROUNDS).map(|_| timed(|| drop(completion.offers(TYPED)))).collect();
    assert_eq!(completion.offers(TYPED).1.len(), OBJECTS);
    keys.extend((0..ROUNDS).map(|_| timed(|| completion.foresee(TYPED))));
    runtime.block_on(lab.stop());
    print(first, read, warmed, keys);
}

fn timed(work: impl FnOnce()) -> Duration {
    let began = Instant::now();
    work();
    began.elapsed()
}

fn print(first: Duration, read: Duration, mut warmed: Vec<Duration>, mut keys: Vec<Duration>) {
    warmed.sort();
    keys.sort();
    let at = |times: &[Duration], share: usize| times[(times.len() - 1) * share / 100];
    let milliseconds = |time: Duration| time.as_secs_f64() * 1000.0;
    let ratio = read.as_secs_f64() / at(&warmed, 50).as_secs_f64();
    println!("| what | median | 99th percentile | against asking the cluster each time |");
    println!("|---|---|---|---|");
    println!(
        "| a completion among {OBJECTS} objects, warmed | {:.1} ms | {:.1} ms | {ratio:.0} times sooner |",
        milliseconds(at(&warmed, 50)),
        milliseconds(at(&warmed, 99))
    );
    println!(
        "| a key while typing | {:.2} ms | {:.2} ms | |",
        milliseconds(at(&keys, 50)),
        milliseconds(at(&keys, 99))
    );
    println!("| the very first TAB | {:.2} ms | | |", milliseconds(first));
    assert!(at(&warmed, 99) < REACH, "a completion is not there in under 50 ms");
    assert!(at(&keys, 99) < REACH && first < REACH, "a key waits");
}
