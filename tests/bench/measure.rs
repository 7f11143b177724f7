//! Times of things that take turns, and what a process took.

use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Does each of them in turn, `rounds` times, and gives the median time of each.
///
/// Whatever else the machine does meanwhile then falls on all of them alike.
pub fn in_turns<const N: usize>(rounds: usize, mut each: [&mut dyn FnMut() -> Duration; N]) -> [Duration; N] {
    let mut times: [Vec<Duration>; N] = std::array::from_fn(|_| Vec::with_capacity(rounds));
    for _ in 0..rounds {
        for (place, one) in each.iter_mut().enumerate() {
            times[place].push(one());
        }
    }
    times.map(|mut of_one| at_share(&mut of_one, 50))
}

/// The value that `share` percent stay at or below.
pub fn at_share(times: &mut [Duration], share: usize) -> Duration {
    times.sort_unstable();
    times[(times.len() - 1) * share / 100]
}

/// How long it takes.
pub fn timed(work: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    work();
    begun.elapsed()
}

/// How long a program takes that must end well and prints to nowhere.
pub fn run(command: &mut Command) -> Duration {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let begun = Instant::now();
    let output = command.spawn().and_then(std::process::Child::wait_with_output).unwrap();
    let took = begun.elapsed();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    took
}

/// How long a program takes, and how much memory it held at its peak, in KiB.
pub fn run_and_weigh(command: &mut Command) -> (Duration, u64) {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::inherit());
    let begun = Instant::now();
    let mut child = command.spawn().unwrap();
    let (ended, peak) = (AtomicBool::new(false), AtomicU64::new(0));
    let status = format!("/proc/{}/status", child.id());
    let took = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !ended.load(Ordering::Relaxed) {
                if let Some(now) = peak_of(&status) {
                    peak.fetch_max(now, Ordering::Relaxed);
                }
                std::thread::sleep(Duration::from_millis(5));
            }
        });
        let done = child.wait().unwrap();
        let took = begun.elapsed();
        ended.store(true, Ordering::Relaxed);
        assert!(done.success(), "{command:?} ended with {done}");
        took
    });
    (took, peak.into_inner())
}

fn peak_of(status: &str) -> Option<u64> {
    let text = std::fs::read_to_string(status).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}
