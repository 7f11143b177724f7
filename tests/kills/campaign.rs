//! Tries many points, some at a time, and says what went wrong at any.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::point::{Point, chosen};

/// How many worlds there are at a time: `DRSH_KILL_JOBS`, or two.
fn jobs() -> usize {
    std::env::var("DRSH_KILL_JOBS").map_or(2, |jobs| jobs.parse().expect("DRSH_KILL_JOBS is a number"))
}

/// Kills `script`, whose undisturbed run has so many records, at the chosen points; `attempt` says what was wrong.
///
/// It gives `None` where the run ended before it came to the point.
pub fn kill(script: &str, records: usize, attempt: impl Fn(Point) -> Option<Vec<String>> + Sync) {
    let points = chosen(records);
    let (next, killed, wrong) = (AtomicUsize::new(0), AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..jobs() {
            scope.spawn(|| {
                while let Some(point) = points.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let Some(found) = attempt(*point) else { continue };
                    killed.fetch_add(1, Ordering::Relaxed);
                    if !found.is_empty() {
                        let text = format!("{script}, killed {point}:\n  {}", found.join("\n  "));
                        println!("{text}");
                        wrong.lock().unwrap_or_else(PoisonError::into_inner).push(text);
                    }
                }
            });
        }
    });
    let (wrong, killed) = (wrong.into_inner().unwrap(), killed.into_inner());
    println!(
        "{script}: killed at {killed} points of the {} that a run has; {} ended otherwise",
        2 * records,
        wrong.len()
    );
    assert!(killed > 0, "no run came to its point");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
