//! Live answers for completion: read in the background, kept for a while, never waited for.

use std::collections::{HashMap, HashSet};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rhai::{Array, Dynamic, Engine, ImmutableString, Scope};

use crate::engine::limits;
use crate::run::Run;

/// An answer is asked for anew when it is older.
const FRESH: Duration = Duration::from_secs(5);

/// What can be asked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Wanted {
    /// The kinds that a cluster serves.
    Kinds(String),
    /// The names of all objects of a kind in a cluster, in a namespace where one is named.
    Names {
        /// The cluster.
        cluster: String,
        /// The namespace.
        namespace: Option<String>,
        /// The kind.
        kind: String,
    },
    /// The keys of a bucket that begin with a folder.
    Keys(String, String),
}

/// What is known by now.
#[derive(Default)]
struct Known {
    answers: HashMap<Wanted, (Arc<Vec<String>>, Instant)>,
    asked: HashSet<Wanted>,
}

/// Answers from memory, and asks in the background.
#[derive(Clone)]
pub struct Live {
    known: Arc<Mutex<Known>>,
    ask: Sender<Wanted>,
}

impl Live {
    /// Begins to look, through a run of its own that changes nothing.
    pub fn begin(run: Arc<Run>, engine: impl FnOnce(&Arc<Run>) -> Engine + Send + 'static) -> Self {
        let (ask, asked) = channel();
        let known: Arc<Mutex<Known>> = Arc::default();
        let kept = known.clone();
        let work = move || look(&engine(&run), &asked, &kept);
        // Without a thread there are no live answers, and everything else works.
        let _ = std::thread::Builder::new().name("live".into()).stack_size(limits::STACK).spawn(work);
        Self { known, ask }
    }

    /// What is known now, at once; a newer answer is asked for if this one is old.
    #[must_use]
    pub fn answer(&self, wanted: &Wanted) -> Arc<Vec<String>> {
        let mut known = lock(&self.known);
        let found = known.answers.get(wanted).cloned();
        let is_fresh = found.as_ref().is_some_and(|(_, at)| at.elapsed() < FRESH);
        if !is_fresh && known.asked.insert(wanted.clone()) {
            let _ = self.ask.send(wanted.clone());
        }
        found.map(|(values, _)| values).unwrap_or_default()
    }
}

fn lock(known: &Mutex<Known>) -> MutexGuard<'_, Known> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}

fn look(engine: &Engine, asked: &Receiver<Wanted>, known: &Mutex<Known>) {
    while let Ok(wanted) = asked.recv() {
        let answer = read(engine, &wanted);
        let mut known = lock(known);
        known.asked.remove(&wanted);
        // What cannot be read now leaves what was known; it is asked again when it is wanted again.
        if let Some(values) = answer {
            known.answers.insert(wanted, (Arc::new(values), Instant::now()));
        }
    }
}

fn read(engine: &Engine, wanted: &Wanted) -> Option<Vec<String>> {
    let mut scope = Scope::new();
    let text = match wanted {
        Wanted::Kinds(cluster) => {
            scope.push("place", cluster.clone());
            "oc_api_resources(cluster(place)).map(|one| one.name)"
        }
        Wanted::Names { cluster, namespace, kind } => {
            scope.push("place", cluster.clone()).push("kind", kind.clone());
            match namespace {
                None => "oc_list(cluster(place), kind).names()",
                Some(namespace) => {
                    scope.push("within", namespace.clone());
                    "oc_list(cluster(place).namespace(within), kind).names()"
                }
            }
        }
        Wanted::Keys(bucket, folder) => {
            scope.push("place", bucket.clone()).push("folder", folder.clone());
            "s3_list(bucket(place), folder).map(|one| one.key)"
        }
    };
    let found = engine.eval_with_scope::<Array>(&mut scope, text).ok()?;
    let mut values: Vec<String> = found.into_iter().filter_map(as_text).collect();
    values.sort();
    values.dedup();
    Some(values)
}

fn as_text(value: Dynamic) -> Option<String> {
    value.try_cast::<ImmutableString>().map(|text| text.to_string())
}
