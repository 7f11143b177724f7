//! Many seeds, some at a time: what became of each, and how many of each sort.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{LazyLock, Mutex};
use std::time::Instant;

use drsh_lab::faults::Schedule;
use tokio::runtime::Runtime;

/// The threads that all worlds share.
pub static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

/// How much faster than life the worlds run.
pub const SPEED: f64 = 600.0;

/// How one seed ended well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ended {
    /// The faults did not stop it.
    AtOnce,
    /// It stopped, and ended well when it was resumed.
    Resumed,
}

/// What was tried: for people who look for the cause of a failure.
#[derive(Debug, Default)]
pub struct Trial {
    story: String,
}

impl Trial {
    /// Takes down what the schedule plans.
    pub fn plan(&mut self, schedule: &Schedule) {
        for planned in &schedule.0 {
            self.tell(&format!("fault {planned}"));
        }
        // In the words in which it can be pinned.
        self.tell(&serde_json::to_string(schedule).unwrap());
    }

    /// What was told, with what went wrong at its end.
    pub fn ended(mut self, found: Result<Ended, String>) -> Result<Ended, String> {
        found.map_err(|why| {
            self.tell(&format!("\nFAILED: {why}"));
            self.story
        })
    }

    /// Whether one of these was told.
    pub fn tells(&self, secrets: &[String]) -> bool {
        secrets.iter().any(|secret| self.story.contains(secret))
    }

    pub fn tell(&mut self, line: &str) {
        writeln!(self.story, "{line}").unwrap();
    }
}

/// Tries every seed; fails with those that did not end well, and says where their stories are.
pub fn carry_out(
    script: &str,
    usual: Range<u64>,
    trial: impl Fn(u64, &mut Trial) -> Result<Ended, String> + Sync,
) {
    let seeds = seeds(usual);
    let next = AtomicU64::new(seeds.start);
    let (ended, failed) = (Mutex::new(BTreeMap::<Ended, u32>::new()), Mutex::new(Vec::new()));
    let began = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..jobs() {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        return;
                    }
                    let (mut one, since) = (Trial::default(), Instant::now());
                    let found = trial(seed, &mut one);
                    let took = since.elapsed().as_secs_f64();
                    match found {
                        Ok(how) => {
                            if std::env::var_os("DRSH_FAULT_STORIES").is_some() {
                                kept(script, seed, &one.story);
                            }
                            println!("{script} seed {seed}: {how:?} in {took:.1}s");
                            *ended.lock().unwrap().entry(how).or_default() += 1;
                        }
                        Err(why) => {
                            let story = one.ended(Err(why.clone())).unwrap_err();
                            let file = kept(script, seed, &story);
                            println!("{script} seed {seed}: FAILED in {took:.1}s: {why}; {}", file.display());
                            failed.lock().unwrap().push(seed);
                        }
                    }
                }
            });
        }
    });
    let (ended, failed) = (ended.into_inner().unwrap(), failed.into_inner().unwrap());
    println!("{script} {seeds:?}: {ended:?}, failed {failed:?}, in {:.0}s", began.elapsed().as_secs_f64());
    assert!(failed.is_empty(), "{script}: seeds {failed:?} did not end well");
}

fn seeds(usual: Range<u64>) -> Range<u64> {
    let Ok(asked) = std::env::var("DRSH_FAULT_SEEDS") else { return usual };
    let (first, end) = asked.split_once("..").expect("DRSH_FAULT_SEEDS is such as 0..500");
    first.parse().unwrap()..end.parse().unwrap()
}

fn jobs() -> u64 {
    std::env::var("DRSH_FAULT_JOBS").map_or(2, |jobs| jobs.parse().unwrap())
}

/// Keeps the story of a seed.
fn kept(script: &str, seed: u64, story: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("faults");
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join(format!("{script}-{seed}.txt"));
    std::fs::write(&file, story).unwrap();
    file
}
