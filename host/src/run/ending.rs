//! What is left to do when a run ends, however it ends: what it holds outside is given back.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::Run;

/// How long giving back may take in all: the operator waits for it.
const LIMIT: Duration = Duration::from_secs(5);

type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The works that were asked for.
#[derive(Default)]
pub(super) struct Ending(Mutex<Vec<Work>>);

impl Run {
    /// Has `work` done when the run ends, even if the operator interrupts it.
    pub fn at_end(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.ending.0.lock().unwrap_or_else(PoisonError::into_inner).push(Box::pin(work));
    }

    /// Ends what goes on in the background and does what was left for the end, for 5 seconds at most.
    pub fn end(&self) {
        self.ended.cancel();
        let works = std::mem::take(&mut *self.ending.0.lock().unwrap_or_else(PoisonError::into_inner));
        // What is not done by then is left: it expires by itself.
        let all = async { tokio::time::timeout(LIMIT, futures::future::join_all(works)).await };
        let _ = self.runtime.block_on(all);
    }

    /// Has `work` done in the background until the run ends.
    pub fn until_end(&self, work: impl Future<Output = ()> + Send + 'static) {
        let ended = self.ended.clone();
        self.runtime.spawn(async move {
            tokio::select! {
                () = ended.cancelled() => {}
                () = work => {}
            }
        });
    }
}
