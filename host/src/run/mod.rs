//! A run: one execution of a script, with its id, its journal, what it holds open and what it tells.

mod claim;
mod clients;
mod connections;
mod ending;
mod event;
mod known;
mod look;
mod measuring;
mod plan;
mod redact;
mod replay;
mod silence;
mod undo;
mod waiting;

pub use claim::Claim;
pub use clients::clients;
pub use connections::Connections;
pub use event::{Deaf, Event, Listener};
pub use look::{CALL, Sight};
pub use measuring::Gauge;
pub use plan::{Ledger, Planned, Trace};
pub use redact::Redactor;
pub use replay::{Before, Replay, step_id};
pub use silence::{no_answer, placed, placed_change, uncertain};
pub use undo::{Direction, Undoable, Way};
pub use waiting::Waiting;

use std::collections::{BTreeSet, HashSet};
use std::future::Future;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rhai::NativeCallContext;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use crate::environment::Environment;
use crate::journal::{Journal, Record};
use crate::problem::{Problem, Reply};
use crate::secret::Secret;

/// What a run begins with.
pub struct Beginning {
    /// The run's id.
    pub id: String,
    /// The environment.
    pub environment: Arc<Environment>,
    /// Its journal; `None` where nothing can change (help, checks, the REPL in read-only mode).
    pub journal: Option<Journal>,
    /// What an earlier start of the same run recorded.
    pub replay: Replay,
    /// The phases approved beforehand; `*` approves every phase.
    pub approved: BTreeSet<String>,
    /// Whether changes may be made at all.
    pub may_change: bool,
    /// Which way the script is carried out: forward, gathering for the way back, or only to look.
    pub direction: Direction,
    /// The id of the step that the way back ends with, or that a look is for; without one it goes as far as it can.
    pub until: Option<String>,
    /// Where identities of clusters are remembered between runs; `None` remembers none.
    pub memory: Option<PathBuf>,
    /// The runtime that wires work on.
    pub runtime: Handle,
    /// Who is told what happens.
    pub listener: Box<dyn Listener>,
    /// Who is asked for approvals; `None` where nobody is there.
    pub asker: Option<Box<dyn Asker>>,
    /// How it presents itself to other operators.
    pub claim: Claim,
}

/// Asks the operator.
pub trait Asker: Send + Sync {
    /// Shows `question` and gives back what was typed; `None` if nobody answers.
    fn ask(&self, question: &str) -> Option<String>;
}

/// One execution of a script.
pub struct Run {
    id: String,
    environment: Arc<Environment>,
    journal: Option<Journal>,
    replay: Replay,
    may_change: bool,
    memory: Option<PathBuf>,
    runtime: Handle,
    cancel: Mutex<CancellationToken>,
    redactor: Redactor,
    listener: Box<dyn Listener>,
    asker: Option<Box<dyn Asker>>,
    claim: Claim,
    connections: Connections,
    ended: CancellationToken,
    ending: ending::Ending,
    measuring: measuring::Measuring,
    place: Mutex<Place>,
    way: Mutex<Way>,
}

/// Where in the script the run is.
#[derive(Debug, Default, Clone)]
pub struct Place {
    /// The phase.
    pub phase: Option<String>,
    /// The step, if one is under way.
    pub step: Option<String>,
    /// Whether the step under way can be undone.
    pub undoable: bool,
    /// The steps that are done, oldest first.
    pub done: Vec<String>,
    /// Their ids, to find one among many.
    ids: HashSet<String>,
    /// How many of them were skipped.
    pub skipped: usize,
    /// The phases that are approved.
    pub approved: BTreeSet<String>,
    /// Why nothing earlier is undone any more, once that is so.
    pub no_return: Option<String>,
}

impl Place {
    /// Keeps that a step is done.
    pub fn finish(&mut self, step: String) {
        self.ids.insert(step_id(&step));
        self.done.push(step);
    }

    /// Whether a step of this id is done.
    #[must_use]
    pub fn is_done(&self, id: &str) -> bool {
        self.ids.contains(id)
    }
}

impl Run {
    /// Begins a run.
    #[must_use]
    pub fn begin(beginning: Beginning) -> Arc<Self> {
        let place = Place { approved: beginning.approved, ..Place::default() };
        Arc::new(Self {
            id: beginning.id,
            environment: beginning.environment,
            journal: beginning.journal,
            replay: beginning.replay,
            may_change: beginning.may_change,
            memory: beginning.memory,
            runtime: beginning.runtime,
            cancel: Mutex::default(),
            redactor: Redactor::default(),
            listener: beginning.listener,
            asker: beginning.asker,
            claim: beginning.claim,
            connections: Connections::default(),
            ended: CancellationToken::new(),
            ending: ending::Ending::default(),
            measuring: measuring::Measuring::default(),
            place: Mutex::new(place),
            way: Mutex::new(Way { direction: beginning.direction, until: beginning.until, ..Way::default() }),
        })
    }

    /// Finds the run that a function is called in.
    ///
    /// Errors: `internal` if the engine was assembled without one.
    pub fn of(call: &NativeCallContext<'_>) -> Reply<Arc<Self>> {
        call.tag().and_then(|tag| tag.clone().try_cast::<Arc<Self>>()).ok_or_else(|| {
            Problem::new("internal", "this function needs a run, and none is under way")
                .at(call.call_position())
        })
    }

    /// Its id: eight hexadecimal digits.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The environment that it runs in.
    #[must_use]
    pub fn environment(&self) -> &Arc<Environment> {
        &self.environment
    }

    /// Whether changes may be made.
    #[must_use]
    pub fn may_change(&self) -> bool {
        self.may_change
    }

    /// Where identities of clusters are remembered between runs.
    #[must_use]
    pub fn memory(&self) -> Option<&PathBuf> {
        self.memory.as_ref()
    }

    /// What an earlier start of the same run recorded.
    #[must_use]
    pub fn replay(&self) -> &Replay {
        &self.replay
    }

    /// What the families hold open.
    #[must_use]
    pub fn connections(&self) -> &Connections {
        &self.connections
    }

    /// Whether the run leaves a record: without one it changes nothing that others must be kept away from.
    #[must_use]
    pub fn is_recorded(&self) -> bool {
        self.journal.is_some()
    }

    /// What keeps secrets out of every text.
    #[must_use]
    pub fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// Takes a value into keeping: from now on it is cut out of every text of the run.
    #[must_use]
    pub fn keep_secret(&self, value: impl Into<String>) -> Secret {
        let secret = Secret::new(value);
        self.redactor.learn(secret.expose());
        secret
    }

    /// The token that ends every call when the operator interrupts.
    #[must_use]
    pub fn cancel(&self) -> CancellationToken {
        self.cancel.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Lets the run go on after an interruption: for a seat where one line is interrupted, not the work as a whole.
    pub fn renew_cancel(&self) {
        *self.cancel.lock().unwrap_or_else(PoisonError::into_inner) = CancellationToken::new();
    }

    /// Where in the script the run is.
    pub fn place(&self) -> MutexGuard<'_, Place> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the listener; secrets are cut out.
    pub fn tell(&self, event: Event) {
        self.listener.hear(&self.redactor.clean_event(event));
    }

    /// Asks the operator; `None` if nobody is there.
    #[must_use]
    pub fn ask(&self, question: &str) -> Option<String> {
        self.asker.as_ref()?.ask(question)
    }

    /// Appends a record to the journal, secrets cut out, and waits until the disk has it.
    ///
    /// Returns its number, 0 where there is no journal. Errors: `journal`.
    pub fn record(&self, record: Record) -> Result<u64, Problem> {
        let Some(journal) = &self.journal else { return Ok(0) };
        journal.append(self.redactor.clean_record(record))
    }

    /// Waits for `work` on the script's thread, unless the operator interrupts or `limit` passes.
    ///
    /// Errors: `interrupted`, `timeout`.
    pub fn block_on<R>(&self, limit: Option<Duration>, work: impl Future<Output = R>) -> Result<R, Problem> {
        let cancel = self.cancel();
        self.runtime.block_on(async {
            let limited = async {
                match limit {
                    Some(limit) => tokio::time::timeout(limit, work).await.map_err(|_| no_answer(limit)),
                    None => Ok(work.await),
                }
            };
            tokio::select! {
                biased;
                () = cancel.cancelled() => Err(Problem::interrupted()),
                done = limited => done,
            }
        })
    }
}

/// Says a duration as people do: `0.3s`, `41s`, `5m`, `5m20s`, `1h10m`.
#[must_use]
pub fn spoken(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds < 10 {
        let tenths = time.as_millis().div_ceil(100);
        return if tenths.is_multiple_of(10) {
            format!("{}s", tenths / 10)
        } else {
            format!("{}.{}s", tenths / 10, tenths % 10)
        };
    }
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, s) => format!("{s}s"),
        (0, m, 0) => format!("{m}m"),
        (0, m, s) => format!("{m}m{s}s"),
        (h, 0, _) => format!("{h}h"),
        (h, m, _) => format!("{h}h{m}m"),
    }
}

/// Makes an id of eight hexadecimal digits.
#[must_use]
pub fn random_id() -> String {
    // Each hasher state is seeded from the system's randomness.
    let state = std::hash::RandomState::new();
    let drawn = std::hash::BuildHasher::hash_one(&state, std::process::id());
    format!("{:08x}", drawn >> 32)
}

/// A duration in whole milliseconds, as records keep it.
#[must_use]
pub fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_said_as_people_do() {
        let said: Vec<String> =
            [0.04, 2.0, 9.72, 41.0, 300.0, 320.0, 4200.0].map(|s| spoken(Duration::from_secs_f64(s))).into();
        assert_eq!(said, ["0.1s", "2s", "9.8s", "41s", "5m", "5m20s", "1h10m"]);
    }
}
