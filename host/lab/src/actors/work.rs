//! A queue of keys to look at: each key by one worker at a time, again when it changed meanwhile.

use std::collections::{BTreeMap, BTreeSet, HashMap};
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
        let mut later: BTreeMap<(Instant, K), ()> = BTreeMap::new();
        let mut running = FuturesUnordered::new();
        loop {
            let due = later.first_key_value().map(|((at, _), ())| *at);
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
                        Ok(Next::After(wait)) => { failures.remove(&key); Some(clock.scaled(wait)) }
                        Err(error) => {
                            tracing::debug!(?key, %error, "work failed, trying again");
                            let wait = failures.get(&key).map_or(FIRST_RETRY, |last| (*last * 2).min(LONGEST_RETRY));
                            failures.insert(key.clone(), wait);
                            Some(wait)
                        }
                    };
                    if let Some(wait) = wait {
                        later.insert((Instant::now() + wait, key.clone()), ());
                    }
                    if !again.remove(&key) {
                        continue;
                    }
                    key
                }
                () = until(due) => match later.pop_first() {
                    Some(((_, key), ())) => key,
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
