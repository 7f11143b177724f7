//! How soon a step ends once what it waits for has come true, with the lab's clock at normal speed.
//!
//! The time runs from before the change is made to after the step's outcome is on disk. The median must stay under
//! 100 ms; beside it stands what the documented bash would take, which asks every 10 s.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a benchmark ends where it cannot go on"
)]

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use drsh::cli::practice;
use drsh::engine::{Library, Report, Script};
use drsh::environment::Environment;
use drsh::journal::Journal;
use drsh::run::{Beginning, Claim, Direction, Event, Listener, Replay, Run};
use drsh_lab::apiserver::Store;
use drsh_lab::scenario::Scenario;
use serde_json::json;
use tokio::runtime::Runtime;

/// How many steps wait, one after another.
const ROUNDS: usize = 60;

/// The reach: the median reaction stays below.
const REACH: Duration = Duration::from_millis(100);

/// How often the documented bash asks; on average it notices after half of that.
const POLLING: Duration = Duration::from_secs(10);

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = Runtime::new().unwrap();
    let scenario = Scenario { speed: 1.0, ..Scenario::small() };
    let lab = runtime.block_on(practice::start(scenario, folder.path())).unwrap();
    let file = practice::write_environment(lab.description()).unwrap();
    let store = lab.source().store().unwrap();
    make_round(&store);

    let (waiting, waits) = channel();
    let (done, ends) = channel();
    let run = Run::begin(Beginning {
        id: "be9cbe9c".to_owned(),
        environment: Arc::new(Environment::read(&file).unwrap()),
        journal: Some(Journal::create(&folder.path().join("run")).unwrap()),
        replay: Replay::default(),
        direction: Direction::Forward,
        approved: std::collections::BTreeSet::new(),
        may_change: false,
        memory: None,
        runtime: runtime.handle().clone(),
        listener: Box::new(Stopwatch { waiting: Mutex::new(waiting), done: Mutex::new(done) }),
        asker: None,
        claim: Claim::default(),
        until: None,
    });
    let hand = std::thread::spawn(move || change_when_waited_for(&store, &waits));
    let script = Script::from_text("reaction", &script());
    let _ = script
        .carry_out(&run, &Arc::new(Library::default()))
        .map_err(|error| Report::of(&error, &script).render(&script))
        .expect("the script ends well");
    let changed = hand.join().unwrap();
    runtime.block_on(lab.stop());
    print(changed.into_iter().zip(ends).map(|(changed, ended)| ended.duration_since(changed)).collect());
}

/// Waits in each step until the configmap names its round.
fn script() -> String {
    format!(
        "let home = cluster(\"source\").namespace(\"default\");
         for round in 1..={ROUNDS} {{
             step(`W${{round}} wait`).reads().run(|| {{
                 oc_wait(home, \"configmap/round\", `to be at ${{round}}`, minutes(1), |seen| seen.data.round == `${{round}}`);
             }});
         }}"
    )
}

fn make_round(store: &Store) {
    let object = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": { "name": "round", "namespace": "default" }, "data": { "round": "0" }
    });
    store.create("configmaps", "default", object).map_err(|status| status.to_string()).unwrap();
}

fn set_round(store: &Store, round: usize) {
    let set = |object: &mut serde_json::Value| object["data"]["round"] = round.to_string().into();
    store.change("configmaps", "default", "round", set).map_err(|status| status.to_string()).unwrap();
}

/// Makes each change once its wait has said what it sees; gives back when.
fn change_when_waited_for(store: &Store, waits: &Receiver<()>) -> Vec<Instant> {
    (1..=ROUNDS)
        .map(|round| {
            waits.recv().unwrap();
            let now = Instant::now();
            set_round(store, round);
            now
        })
        .collect()
}

struct Stopwatch {
    waiting: Mutex<Sender<()>>,
    done: Mutex<Sender<Instant>>,
}

impl Listener for Stopwatch {
    fn hear(&self, event: &Event) {
        match event {
            Event::Waiting { seen, .. } if seen.contains("not so") => {
                let _ = self.waiting.lock().unwrap().send(());
            }
            Event::StepDone { .. } => {
                let _ = self.done.lock().unwrap().send(Instant::now());
            }
            _ => {}
        }
    }
}

fn print(mut reactions: Vec<Duration>) {
    assert_eq!(reactions.len(), ROUNDS, "a step did not end");
    reactions.sort();
    let at = |share: usize| reactions[(ROUNDS - 1) * share / 100];
    let milliseconds = |time: Duration| time.as_secs_f64() * 1000.0;
    let ratio = POLLING.as_secs_f64() / 2.0 / at(50).as_secs_f64();
    println!("| what | median | 99th percentile | against polling every 10 s |");
    println!("|---|---|---|---|");
    println!(
        "| a wait's reaction, to the step's record | {:.1} ms | {:.1} ms | {ratio:.0} times sooner |",
        milliseconds(at(50)),
        milliseconds(at(99))
    );
    assert!(at(50) < REACH, "the median reaction is not under 100 ms");
}
