//! Tries again what is safe to repeat, until the call's deadline, and tells each retry.

use std::future::Future;
use std::time::{Duration, Instant};

use crate::gate::Permitted;
use crate::problem::Problem;
use crate::run::{Waiting, no_answer, spoken};

/// The first pause between two attempts.
const SHORTEST: Duration = Duration::from_millis(100);

/// The longest pause that drsh chooses by itself; a service may ask for more.
const LONGEST: Duration = Duration::from_secs(5);

/// One attempt that came to nothing.
#[derive(Debug)]
pub struct Setback {
    problem: Problem,
    again: Again,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Again {
    Never,
    Soon,
    After(Duration),
}

impl Setback {
    /// A problem that another attempt would not mend.
    #[must_use]
    pub fn last(problem: Problem) -> Self {
        Self { problem, again: Again::Never }
    }

    /// A problem that may be gone after a short pause.
    #[must_use]
    pub fn passing(problem: Problem) -> Self {
        Self { problem, again: Again::Soon }
    }

    /// A problem after which the service asked for a pause (Retry-After).
    #[must_use]
    pub fn after(problem: Problem, pause: Duration) -> Self {
        Self { problem, again: Again::After(pause) }
    }

    /// What went wrong.
    #[must_use]
    pub fn into_problem(self) -> Problem {
        self.problem
    }
}

impl From<Problem> for Setback {
    fn from(problem: Problem) -> Self {
        Self::last(problem)
    }
}

/// Makes attempts until one succeeds, fails for good, or the deadline of `permitted` comes.
///
/// Each attempt gets `permitted.attempt()`; use it only for what may be done twice. `what` is told with
/// each retry, as `S3 bucket backups: head demo-etcd-0.db`. Errors: those of the last attempt, with
/// how often and how long it was tried; `timeout` if that had no answer, unless the deadline cut it short.
pub async fn until_deadline<T, R, F>(
    permitted: &Permitted<T>,
    what: &str,
    attempt: impl FnMut() -> F,
) -> Result<R, Problem>
where
    F: Future<Output = Result<R, Setback>>,
{
    until_deadline_each(permitted, permitted.attempt(), what, attempt).await
}

/// Does as [`until_deadline`], with another limit for each attempt: one that moves much data needs more.
pub async fn until_deadline_each<T, R, F>(
    permitted: &Permitted<T>,
    limit: Duration,
    what: &str,
    attempt: impl FnMut() -> F,
) -> Result<R, Problem>
where
    F: Future<Output = Result<R, Setback>>,
{
    // What succeeds at once is no wait.
    let waiting = std::sync::OnceLock::new();
    let tell = |problem: &Problem| {
        tracing::debug!(what, kind = %problem.kind, "trying again");
        let begin = || {
            let left = permitted.deadline().saturating_duration_since(Instant::now());
            Waiting::begin(permitted.run(), what, left)
        };
        waiting.get_or_init(begin).see(&problem.message);
    };
    attempts(permitted.deadline(), limit, tell, attempt).await
}

async fn attempts<R, F>(
    deadline: Instant,
    limit: Duration,
    tell: impl Fn(&Problem),
    mut attempt: impl FnMut() -> F,
) -> Result<R, Problem>
where
    F: Future<Output = Result<R, Setback>>,
{
    let began = Instant::now();
    let mut pauses = Pauses::default();
    let mut answered = None;
    let mut count = 0_u32;
    loop {
        count = count.saturating_add(1);
        let left = deadline.saturating_duration_since(Instant::now());
        let given = limit.min(left);
        let setback = match tokio::time::timeout(given, attempt()).await {
            Ok(Ok(done)) => return Ok(done),
            Ok(Err(setback)) => setback,
            Err(_) => match answered.take() {
                // What an attempt before was told says more than that the deadline cut this one short.
                Some(problem) if given < limit => return Err(given_up(problem, count, began.elapsed())),
                _ => Setback::passing(no_answer(given)),
            },
        };
        let pause = match setback.again {
            Again::Never => return Err(setback.problem),
            Again::Soon => pauses.next(),
            Again::After(asked) => asked.max(pauses.next()),
        };
        if pause >= deadline.saturating_duration_since(Instant::now()) {
            return Err(given_up(setback.problem, count, began.elapsed()));
        }
        tell(&setback.problem);
        answered = Some(setback.problem);
        tokio::time::sleep(pause).await;
    }
}

fn given_up(problem: Problem, count: u32, took: Duration) -> Problem {
    if count == 1 {
        return problem;
    }
    let message = format!("{} (tried {count} times in {})", problem.message, spoken(took));
    Problem { message, ..problem }
}

/// Pauses that double, each somewhere between half of it and the whole, so that many callers spread out.
#[derive(Debug, Default)]
struct Pauses {
    count: u32,
}

impl Pauses {
    fn next(&mut self) -> Duration {
        let whole = SHORTEST.saturating_mul(1 << self.count.min(10)).min(LONGEST);
        self.count += 1;
        whole.mul_f64(0.5 + fastrand::f64() / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn throttled() -> Problem {
        Problem::new("throttled", "S3 asks to slow down")
    }

    #[tokio::test]
    async fn a_passing_problem_is_tried_again_and_told() {
        let (count, told) = (Cell::new(0), Cell::new(0));
        let done = attempts(
            Instant::now() + Duration::from_hours(1),
            Duration::from_hours(1),
            |_| told.set(told.get() + 1),
            || {
                count.set(count.get() + 1);
                let enough = count.get() == 3;
                async move { if enough { Ok("done") } else { Err(Setback::passing(throttled())) } }
            },
        )
        .await;
        assert_eq!((done, count.get(), told.get()), (Ok("done"), 3, 2));
    }

    #[tokio::test]
    async fn what_another_attempt_would_not_mend_is_tried_once() {
        let count = Cell::new(0);
        let done: Result<(), Problem> = attempts(
            Instant::now() + Duration::from_hours(1),
            Duration::from_hours(1),
            |_| {},
            || {
                count.set(count.get() + 1);
                async { Err(Setback::last(Problem::new("denied", "no"))) }
            },
        )
        .await;
        assert_eq!((&*done.unwrap_err().kind, count.get()), ("denied", 1));
    }

    #[tokio::test]
    async fn a_pause_that_would_pass_the_deadline_is_not_begun() {
        let hour = Duration::from_hours(1);
        let done: Result<(), Problem> = attempts(
            Instant::now() + Duration::from_mins(10),
            hour,
            |_| {},
            || async { Err(Setback::after(throttled(), Duration::from_hours(1))) },
        )
        .await;
        assert_eq!(done.unwrap_err(), throttled());
    }

    #[tokio::test]
    async fn an_attempt_that_the_deadline_cuts_short_leaves_the_answer_of_the_one_before() {
        let count = Cell::new(0);
        let done: Result<(), Problem> = attempts(
            Instant::now() + Duration::from_millis(300),
            Duration::from_hours(1),
            |_| {},
            || {
                count.set(count.get() + 1);
                let first = count.get() == 1;
                async move {
                    if first { Err(Setback::passing(throttled())) } else { std::future::pending().await }
                }
            },
        )
        .await;
        let problem = done.unwrap_err();
        assert_eq!(&*problem.kind, "throttled");
        assert!(problem.message.starts_with("S3 asks to slow down (tried 2 times in "), "{problem}");
    }

    #[test]
    fn pauses_grow_to_the_longest_and_never_past_it() {
        let mut pauses = Pauses::default();
        let all: Vec<Duration> = (0..40).map(|_| pauses.next()).collect();
        assert!(all[0] <= SHORTEST && all[0] >= SHORTEST / 2);
        assert!(all.iter().all(|pause| *pause <= LONGEST));
        assert!(all[39] >= LONGEST / 2);
    }
}
