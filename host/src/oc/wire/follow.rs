//! Follows objects as they change: a list, then a watch, through closed watches, expired versions and an absent API.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use kube::core::WatchEvent;
use kube::core::params::WatchParams;
use rhai::Dynamic;
use serde_json::Value;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use super::delete::Doomed;
use super::place::Place;
use super::planned;
use super::read::{list_at, selected};
use super::request::{Repeat, built};
use super::{Link, Reached, reach, trouble};
use crate::data;
use crate::environment::Target as _;
use crate::oc::select::Selection;
use crate::problem::Problem;
use crate::run::{no_answer, placed, spoken};

/// How many seconds the server lets a watch last; a new one goes on where it ended.
const WATCH_SECONDS: u32 = 60;

/// How long a watch may be silent before it counts as dead: longer than the server lets it last.
const SILENCE: Duration = Duration::from_secs(75);

/// How many changes may wait to be looked at.
const AHEAD: usize = 64;

/// How often in a row the API may answer what an API server answers that has just started: it denies until it has
/// read its rules, and knows no custom kinds until it has read their definitions. More often once it has worked.
const DOUBTS: (u32, u32) = (6, 20);

/// The first and the longest pause before the API is asked again.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// One object as it was seen.
#[derive(Debug)]
pub(crate) struct Seen {
    /// Its name.
    pub name: String,
    /// Its UID.
    pub uid: String,
    /// What holds it when it is to go.
    pub finalizers: Vec<String>,
    /// The object as scripts see it.
    pub object: Arc<Dynamic>,
}

/// What there is to hear.
#[derive(Debug)]
pub(crate) enum News {
    /// All selected objects, as they are now.
    Objects(Vec<Arc<Seen>>),
    /// The API does not answer just now.
    Away(Problem),
}

/// A subscription to the changes of the selected objects; it ends when dropped.
pub(crate) struct Follow {
    news: mpsc::Receiver<Result<News, Problem>>,
    _task: AbortOnDropHandle<()>,
}

impl Follow {
    /// Begins to follow; must be called on the runtime.
    pub(crate) fn begin(cluster: &Reached, kind: &str, selection: &Selection) -> Self {
        let (sender, news) = mpsc::channel(AHEAD);
        let mut follower = Follower {
            cluster: cluster.clone(),
            kind: kind.to_owned(),
            selection: selection.clone(),
            place: None,
            version: None,
            objects: BTreeMap::new(),
            sender,
            was_away: false,
        };
        let task = tokio::spawn(async move { follower.run().await });
        Self { news, _task: AbortOnDropHandle::new(task) }
    }

    /// Waits for what comes next. Errors: what no patience mends, such as `denied` or `unknown_kind`.
    pub(crate) async fn next(&mut self) -> Result<News, Problem> {
        self.news
            .recv()
            .await
            .unwrap_or_else(|| Err(Problem::new("internal", "the watch ended without a reason")))
    }
}

struct Follower {
    cluster: Reached,
    kind: String,
    selection: Selection,
    place: Option<(Arc<Link>, Place)>,
    version: Option<String>,
    objects: BTreeMap<String, Arc<Seen>>,
    sender: mpsc::Sender<Result<News, Problem>>,
    was_away: bool,
}

impl Follower {
    async fn run(&mut self) {
        let (mut pause, mut doubts) = (PAUSES.0, 0);
        while !self.sender.is_closed() {
            let before = self.version.clone();
            let Err(problem) = self.round().await else {
                (pause, doubts) = (PAUSES.0, 0);
                continue;
            };
            if self.version != before {
                (pause, doubts) = (PAUSES.0, 0);
            }
            let doubtful = matches!(&*problem.kind, "denied" | "unknown_kind" | "not_found");
            let passing = matches!(&*problem.kind, "unreachable" | "timeout" | "throttled" | "expired");
            doubts += u32::from(doubtful);
            let most = if self.place.is_some() { DOUBTS.1 } else { DOUBTS.0 };
            if !(passing || doubtful && doubts < most) {
                self.say(Err(problem)).await;
                return;
            }
            self.was_away = true;
            self.say(Ok(News::Away(problem))).await;
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSES.1);
        }
    }

    /// Lists if that is needed, then watches until the watch ends.
    async fn round(&mut self) -> Result<(), Problem> {
        let (link, place) = if let Some(known) = &self.place {
            known.clone()
        } else {
            let link = reach(&self.cluster).await?;
            let place = selected(&self.cluster, &link, &self.kind, &self.selection).await?;
            self.place.insert((link, place)).clone()
        };
        let version = match self.version.clone() {
            Some(version) => version,
            None => self.list(&link, &place).await?,
        };
        self.watch(&link, &place, &version).await
    }

    async fn list(&mut self, link: &Link, place: &Place) -> Result<String, Problem> {
        let listed = list_at(&self.cluster, link, place, &self.selection, Repeat::Never).await?;
        let objects = planned::seen_all(&self.cluster, place, &self.selection, listed.objects);
        self.objects = objects.into_iter().map(|object| self.see(object)).collect();
        self.version = Some(listed.version.clone());
        self.show().await;
        Ok(listed.version)
    }

    async fn watch(&mut self, link: &Link, place: &Place, version: &str) -> Result<(), Problem> {
        let parameters = WatchParams {
            label_selector: self.selection.labels.clone(),
            field_selector: self.selection.fields.clone(),
            timeout: Some(WATCH_SECONDS),
            bookmarks: true,
            ..WatchParams::default()
        };
        let request = built(place.request().watch(&parameters, version))?;
        let limit = self.cluster.attempt();
        let opening = tokio::time::timeout(limit, link.client.request_events::<Value>(request));
        let Ok(opened) = opening.await else {
            let asked = || format!("cluster {} did not let {} be watched", self.cluster.name(), place.kind);
            return Err(placed(no_answer(limit), asked));
        };
        let mut events = match opened {
            Ok(events) => Box::pin(events),
            Err(error) => return self.ended(link, error),
        };
        if self.was_away {
            self.show().await;
        }
        loop {
            match tokio::time::timeout(SILENCE, events.next()).await {
                // Silence, or the end that the server set: the next round goes on from the last version.
                Err(_) | Ok(None) => return Ok(()),
                Ok(Some(Err(error))) => return self.ended(link, error),
                Ok(Some(Ok(WatchEvent::Error(status)))) => {
                    return self.ended(link, kube::Error::Api(status));
                }
                Ok(Some(Ok(event))) => self.take(event).await,
            }
            if self.sender.is_closed() {
                return Ok(());
            }
        }
    }

    async fn take(&mut self, event: WatchEvent<Value>) {
        let (object, is_there) = match event {
            WatchEvent::Added(object) | WatchEvent::Modified(object) => (object, true),
            WatchEvent::Deleted(object) => (object, false),
            WatchEvent::Bookmark(bookmark) => {
                self.version = Some(bookmark.metadata.resource_version);
                return;
            }
            WatchEvent::Error(_) => return,
        };
        if let Some(version) = object["metadata"]["resourceVersion"].as_str() {
            self.version = Some(version.to_owned());
        }
        let (key, seen) = self.see(object);
        if is_there {
            self.objects.insert(key, seen);
        } else {
            self.objects.remove(&key);
        }
        self.show().await;
    }

    /// What the end of a watch means: an expired version means a new list, and everything else is told.
    fn ended(&mut self, link: &Link, error: kube::Error) -> Result<(), Problem> {
        match error {
            kube::Error::Api(status) if status.code == 410 => {
                self.version = None;
                Ok(())
            }
            kube::Error::Api(status) => {
                let about = format!("let {} be watched", self.kind);
                Err(trouble::refused(&self.cluster, &link.origin, &status, &about).problem)
            }
            error => Err(trouble::unanswered(&self.cluster, &link.server, &error).problem),
        }
    }

    fn see(&self, object: Value) -> (String, Arc<Seen>) {
        let metadata = &object["metadata"];
        let text = |field: &str| metadata[field].as_str().unwrap_or_default().to_owned();
        let finalizers = metadata["finalizers"].as_array().into_iter().flatten();
        let finalizers = finalizers.filter_map(Value::as_str).map(str::to_owned).collect();
        let (name, uid, key) = (text("name"), text("uid"), format!("{}/{}", text("namespace"), text("name")));
        let keep = |value: &str| self.cluster.run().keep_secret(value);
        let object = Arc::new(data::object_to_dynamic(object, &keep));
        (key, Arc::new(Seen { name, uid, finalizers, object }))
    }

    async fn show(&mut self) {
        self.was_away = false;
        self.say(Ok(News::Objects(self.objects.values().cloned().collect()))).await;
    }

    async fn say(&self, news: Result<News, Problem>) {
        // Nobody listens any more: `run` sees that and ends.
        let _ = self.sender.send(news).await;
    }
}

/// Waits until none of `doomed` is there any more.
///
/// Errors: `timeout` with what is left and which finalizers hold it.
pub(super) async fn until_gone(
    cluster: &Reached,
    kind: &str,
    selection: &Selection,
    doomed: &[Doomed],
    limit: Duration,
) -> Result<(), Problem> {
    let mut follow = Follow::begin(cluster, kind, selection);
    let mut left: Vec<Arc<Seen>> = Vec::new();
    let gone = async {
        loop {
            let News::Objects(objects) = follow.next().await? else { continue };
            left = objects;
            left.retain(|seen| doomed.iter().any(|one| one.uid == seen.uid));
            if left.is_empty() {
                return Ok(());
            }
        }
    };
    if let Ok(done) = tokio::time::timeout(limit, gone).await {
        return done;
    }
    let held: Vec<String> = left.iter().map(|seen| held(seen)).collect();
    let message = format!("after {} there still are {kind}: {}", spoken(limit), held.join(", "));
    Err(Problem::new("timeout", message).hint("look at what should remove their finalizers"))
}

fn held(seen: &Seen) -> String {
    if seen.finalizers.is_empty() {
        seen.name.clone()
    } else {
        format!("{} (held by {})", seen.name, seen.finalizers.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_waits_is_told_when_nobody_watches_any_more() {
        let (sender, news) = mpsc::channel(1);
        let task = tokio::spawn(async move { drop(sender) });
        let mut follow = Follow { news, _task: AbortOnDropHandle::new(task) };
        let problem = follow.next().await.unwrap_err();
        assert_eq!(problem.message, "the watch ended without a reason");
    }
}
