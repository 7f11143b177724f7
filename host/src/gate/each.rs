//! The same work on several targets, side by side: each goes through the gate for itself.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use futures::StreamExt as _;
use tracing::Instrument as _;

use super::{Call, Permitted, place};
use crate::environment::Target;
use crate::problem::{Problem, Reply};
use crate::run::no_answer;

impl Call {
    /// Takes the call through the gate for each of `targets`, at most `most` of them at a time, and waits for all.
    ///
    /// Nothing begins unless all of them may be reached; the limit of the call is that of each target. Returns what
    /// came of each, in their order. Errors: `refused`, `interrupted`, `journal`.
    pub fn through_each<T, R, F>(
        &self,
        targets: &[T],
        about: &str,
        most: usize,
        work: impl Fn(Permitted<T>) -> F,
    ) -> Reply<Vec<Result<R, Problem>>>
    where
        T: Target,
        F: Future<Output = Result<R, Problem>>,
    {
        self.perform_each(targets, about, most, work).map_err(|problem| self.fail(problem))
    }

    fn perform_each<T, R, F>(
        &self,
        targets: &[T],
        about: &str,
        most: usize,
        work: impl Fn(Permitted<T>) -> F,
    ) -> Result<Vec<Result<R, Problem>>, Problem>
    where
        T: Target,
        F: Future<Output = Result<R, Problem>>,
    {
        for target in targets {
            self.check(target, about)?;
        }
        if self.is_shown() {
            self.run.ledger().leave(crate::run::Trace::Something);
            for target in targets {
                self.tell_shown(target, about, Vec::new());
            }
            return Ok(targets.iter().map(|target| Err(self.not_known(target).problem())).collect());
        }
        let (under_way, work) = (UnderWay::default(), &work);
        let one = async |number: usize, target: &T| {
            let permitted = self.check(target, about)?;
            self.only_looks(target, about)?;
            let intent = self.intend(&place(target), about)?;
            under_way.begin(number, intent);
            let began = Instant::now();
            let span =
                tracing::info_span!("call", function = self.function.name(), target = %place(target), about);
            let limit = self.time_limit();
            let done = tokio::time::timeout(limit, work(permitted).instrument(span)).await;
            let done = done.unwrap_or_else(|_| Err(no_answer(limit)));
            let done = done.map_err(|problem| self.placed(problem, &place(target), about));
            under_way.end(number);
            self.ended(intent, began.elapsed(), done.as_ref().err(), Vec::new())?;
            Ok::<_, Problem>((number, done))
        };
        let all = async {
            let turns = targets.iter().enumerate().map(|(number, target)| one(number, target));
            futures::stream::iter(turns).buffer_unordered(most.max(1)).collect::<Vec<_>>().await
        };
        let done = match self.run.block_on(None, all) {
            Ok(done) => done,
            Err(problem) => {
                for (intent, began) in under_way.left() {
                    self.ended(intent, began.elapsed(), Some(&problem), Vec::new())?;
                }
                return Err(problem);
            }
        };
        let mut done = done.into_iter().collect::<Result<Vec<_>, Problem>>()?;
        done.sort_by_key(|(number, _)| *number);
        Ok(done.into_iter().map(|(_, done)| done).collect())
    }
}

/// The intents whose work goes on: an interruption ends them all.
#[derive(Default)]
struct UnderWay(Mutex<HashMap<usize, (Option<u64>, Instant)>>);

impl UnderWay {
    fn begin(&self, number: usize, intent: Option<u64>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(number, (intent, Instant::now()));
    }

    fn end(&self, number: usize) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&number);
    }

    fn left(&self) -> Vec<(Option<u64>, Instant)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().copied().collect()
    }
}
