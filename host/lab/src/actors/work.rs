//! A queue of keys to look at: each key by one worker at a time, again when it changed meanwhile.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Debug;
use std::hash::Hash;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::error::Result;
use super::watched::{Change, Watched};
use crate::clock::Clock;

/// What to do with a key after it was worked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Nothing until something changes.
    Rest,
    /// Look again after this time in life.
    After(Duration),
}

/// The keys that an actor has to look at.
pub struct Work<K> {
    sender: mpsc::UnboundedSender<K>,
    receiver: mpsc::UnboundedReceiver<K>,
}

/// How soon a key comes back at least, in real time: a fast clock must not make a poll a busy loop.
const SOONEST: Duration = Duration::from_millis(25);

/// How long a key that failed waits: from the first to the longest, in real time.
const FIRST_RETRY: Duration = Duration::from_millis(10);
const LONGEST_RETRY: Duration = Duration::from_secs(1);

impl<K: Clone + Eq + Hash + Ord + Debug + Send + 'static> Work<K> {
    /// Makes an empty queue.
    #[must_use]
    pub fn new() -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        Self { sender, receiver }
    }

    /// Puts the keys that `keys` makes of every object of `watched`, now and at each change, in the queue.
    pub fn follow<I: IntoIterator<Item = K>>(
        &self,
        watched: &Watched,
        keys: impl Fn(&Change) -> I + Send + 'static,
    ) {
        let sender = self.sender.clone();
        watched.listen(move |change| {
            keys(change).into_iter().all(|key| sender.send(key).is_ok()) && !sender.is_closed()
        });
    }

    /// A way to put keys in from elsewhere.
    #[must_use]
    pub fn sender(&self) -> mpsc::UnboundedSender<K> {
        self.sender.clone()
    }

    /// Works for ever: many keys side by side, never one key twice at a time.
    pub async fn run<F>(mut self, clock: &Clock, work: impl Fn(K) -> F) -> Result<()>
    where
        F: Future<Output = Result<Next>> + Send,
    {
        let mut busy = BTreeSet::new();
        let mut again = BTreeSet::new();
        let mut failures: HashMap<K, Duration> = HashMap::new();
        let mut later: BTreeSet<(Instant, K)> = BTreeSet::new();
        let mut running = FuturesUnordered::new();
        loop {
            let due = later.first().map(|(at, _)| *at);
            let key = tokio::select! {
                key = self.receiver.recv() => match key {
                    Some(key) => key,
                    None => return Ok(()),
                },
                Some((key, outcome)) = running.next(), if !running.is_empty() => {
                    let key: K = key;
                    busy.remove(&key);
                    let wait = match outcome {
                        Ok(Next::Rest) => { failures.remove(&key); None }
                        Ok(Next::After(wait)) => { failures.remove(&key); Some(clock.scaled(wait).max(SOONEST)) }
                        Err(error) => {
                            tracing::debug!(?key, %error, "work failed, trying again");
                            let wait = failures.get(&key).map_or(FIRST_RETRY, |last| (*last * 2).min(LONGEST_RETRY));
                            failures.insert(key.clone(), wait);
                            Some(wait)
                        }
                    };
                    if let Some(wait) = wait {
                        later.insert((Instant::now() + wait, key.clone()));
                    }
                    if !again.remove(&key) {
                        continue;
                    }
                    key
                }
                () = until(due) => match later.pop_first() {
                    Some((_, key)) => key,
                    None => continue,
                },
            };
            if busy.insert(key.clone()) {
                let done = work(key.clone());
                running.push(async move { (key, done.await) });
            } else {
                again.insert(key);
            }
        }
    }
}

impl<K: Clone + Eq + Hash + Ord + Debug + Send + 'static> Default for Work<K> {
    fn default() -> Self {
        Self::new()
    }
}

async fn until(due: Option<Instant>) {
    match due {
        Some(at) => tokio::time::sleep_until(at).await,
        None => futures::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex};

    use tokio::sync::{Notify, Semaphore};

    use super::*;
    use crate::actors::Error;

    #[tokio::test]
    async fn a_key_that_changes_while_it_is_worked_on_is_worked_on_once_more() {
        let (work, gate, done) = (Work::new(), Arc::new(Semaphore::new(0)), Arc::new(Notify::new()));
        let sender = work.sender();
        let (runs, at_once) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new((0, 0))));
        let (counter, most) = (runs.clone(), at_once.clone());
        let (opened, told) = (gate.clone(), done.clone());
        tokio::spawn(async move {
            let clock = Clock::new(1.0, 1);
            work.run(&clock, |_: u8| {
                let (counter, most) = (counter.clone(), most.clone());
                let (opened, told) = (opened.clone(), told.clone());
                async move {
                    let enter = |by: i32| {
                        let mut count = most.lock().unwrap();
                        count.0 += by;
                        count.1 = count.1.max(count.0);
                    };
                    enter(1);
                    opened.acquire().await.map_err(Error::outside)?.forget();
                    enter(-1);
                    counter.fetch_add(1, Ordering::SeqCst);
                    told.notify_one();
                    Ok(Next::Rest)
                }
            })
            .await
        });
        for _ in 0..3 {
            sender.send(1).unwrap();
        }
        // The first run ends with the other two sends seen; together they ask for one more.
        tokio::task::yield_now().await;
        gate.add_permits(1);
        done.notified().await;
        gate.add_permits(1);
        done.notified().await;
        assert_eq!(runs.load(Ordering::SeqCst), 2);
        assert_eq!(at_once.lock().unwrap().1, 1);
    }

    #[tokio::test]
    async fn a_key_that_fails_is_tried_again() {
        let (work, done) = (Work::new(), Arc::new(Notify::new()));
        work.sender().send("key").unwrap();
        let (tries, told) = (Arc::new(AtomicUsize::new(0)), done.clone());
        tokio::spawn(async move {
            let clock = Clock::new(1.0, 1);
            work.run(&clock, |_| {
                let (tries, told) = (tries.clone(), told.clone());
                async move {
                    if tries.fetch_add(1, Ordering::SeqCst) < 2 {
                        return Err(Error::outside("not yet"));
                    }
                    told.notify_one();
                    Ok(Next::Rest)
                }
            })
            .await
        });
        done.notified().await;
    }
}
