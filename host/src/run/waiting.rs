//! A wait as those who look on see it: told when it begins, what it sees, and when it is over, however that comes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::{Event, Run};

/// Tells waits for the same thing in two branches apart.
static NUMBER: AtomicU64 = AtomicU64::new(1);

/// A wait under way.
pub struct Waiting<'a> {
    run: &'a Run,
    number: u64,
    what: String,
    limit: Duration,
    began: Instant,
}

impl<'a> Waiting<'a> {
    /// Begins a wait for `what` that lasts no longer than `limit`. A plan waits for nothing, and tells nothing.
    #[must_use]
    pub fn begin(run: &'a Run, what: &str, limit: Duration) -> Self {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let waiting = Self { run, number, what: what.to_owned(), limit, began: Instant::now() };
        waiting.tell(Event::WaitBegan { number, what: what.to_owned(), limit });
        waiting
    }

    /// Tells what it sees.
    pub fn see(&self, seen: &str) {
        self.tell(Event::Waiting {
            number: self.number,
            what: self.what.clone(),
            seen: seen.to_owned(),
            waited: self.began.elapsed(),
            limit: self.limit,
        });
    }

    fn tell(&self, event: Event) {
        if !self.run.is_planning() {
            self.run.tell(event);
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let (number, what, took) = (self.number, self.what.clone(), self.began.elapsed());
        self.tell(Event::WaitEnded { number, what, took });
    }
}
