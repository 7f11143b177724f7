//! Watches: changes of a resource as they happen, from any version that is still remembered.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::response::{IntoResponse, Response};
use futures::stream;
use http::header;
use serde_json::{Value, json};
use tokio::sync::watch::Receiver;
use tokio::time::Instant;

use super::read::check_not_ahead;
use super::view::View;
use super::{Request, options};
use crate::apiserver::selectors::Selector;
use crate::apiserver::status::Status;
use crate::apiserver::store::{Change, State, Store};

/// How often a quiet watch hears the latest version.
const BOOKMARK_EVERY: Duration = Duration::from_secs(20);

/// How long a watch lasts that names no time.
const DEFAULT_LIMIT: Duration = Duration::from_mins(30);

/// Answers a stream of events.
pub fn watch(request: &Request) -> Result<Response, Status> {
    let query = &request.query;
    let selector = Selector::parse(&request.kind, query.text("labelSelector"), query.text("fieldSelector"))?;
    options::check(query, true)?;
    let from = query.number("resourceVersion")?.unwrap_or(0);
    let bookmarks = query.is_set("allowWatchBookmarks");
    let initial = query.is_set("sendInitialEvents");
    let limit = query.number("timeoutSeconds")?.filter(|seconds| *seconds > 0);
    let store = request.context.store.clone();
    let mut watcher = Watcher {
        resource: request.kind.resource(),
        view: View::of(request),
        request: request.clone(),
        selector,
        position: from,
        latest: store.follow(),
        store,
        bookmarks,
        deadline: Instant::now() + limit.map_or(DEFAULT_LIMIT, Duration::from_secs),
        next: Vec::new(),
        over: false,
        headed: false,
    };
    watcher.begin(from, initial)?;
    let body = Body::from_stream(stream::unfold(watcher, |mut watcher| async move {
        let lines = watcher.lines().await?;
        Some((Ok::<_, std::convert::Infallible>(Bytes::from(lines)), watcher))
    }));
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

struct Watcher {
    store: Store,
    latest: Receiver<u64>,
    request: Request,
    resource: String,
    view: View,
    selector: Selector,
    position: u64,
    bookmarks: bool,
    deadline: Instant,
    next: Vec<u8>,
    over: bool,
    headed: bool,
}

impl Watcher {
    /// Prepares the events that come before any change: the objects as they are, where the client wants them.
    fn begin(&mut self, from: u64, initial: bool) -> Result<(), Status> {
        let store = self.store.clone();
        store.read(|state| {
            check_not_ahead(state, Some(from))?;
            if from == 0 || initial {
                self.synthesize(state);
                if initial {
                    self.bookmark(true);
                }
            }
            Ok(())
        })
    }

    fn synthesize(&mut self, state: &State) {
        let namespace = self.request.path.namespace.clone();
        for (_, object) in state.list(&self.resource, &namespace) {
            if self.selector.matches(object) {
                self.event("ADDED", object);
            }
        }
        self.position = state.version;
    }

    /// The next lines of the stream; none at its end.
    async fn lines(&mut self) -> Option<Vec<u8>> {
        loop {
            if !self.next.is_empty() {
                return Some(std::mem::take(&mut self.next));
            }
            if self.over {
                return None;
            }
            self.latest.mark_unchanged();
            self.collect();
            if !self.next.is_empty() {
                continue;
            }
            tokio::select! {
                changed = self.latest.changed() => self.over = changed.is_err(),
                () = tokio::time::sleep(BOOKMARK_EVERY), if self.bookmarks => self.bookmark(false),
                () = tokio::time::sleep_until(self.deadline) => {
                    if self.bookmarks {
                        self.bookmark(false);
                    }
                    self.over = true;
                }
            }
        }
    }

    fn collect(&mut self) {
        let (changes, version) =
            self.store.read(|state| (state.changes_after(&self.resource, self.position), state.version));
        match changes {
            Ok(changes) => changes.iter().for_each(|change| self.tell(change)),
            Err(status) => {
                self.line("ERROR", &status.body());
                self.over = true;
            }
        }
        self.position = version;
    }

    /// Tells a change as the selector makes it look: an object can come into sight or leave it.
    fn tell(&mut self, change: &Change) {
        let namespace = &self.request.path.namespace;
        if !namespace.is_empty() && *namespace != change.key.0 {
            return;
        }
        let before = change.before.as_ref().is_some_and(|before| self.selector.matches(before));
        let after = !change.deleted && self.selector.matches(&change.after);
        match (before, after) {
            (false, true) => self.event("ADDED", &change.after),
            (true, true) => self.event("MODIFIED", &change.after),
            (true, false) if change.deleted => self.event("DELETED", &change.after),
            (true, false) => {
                // The client knew the object as it was before, so it leaves in that state.
                let mut last = change.before.as_deref().cloned().unwrap_or_default();
                last["metadata"]["resourceVersion"] = change.version.to_string().into();
                self.event("DELETED", &last);
            }
            (false, false) => {}
        }
    }

    fn event(&mut self, type_: &str, object: &Value) {
        let mut shown = self.view.object(&self.request, object);
        if matches!(self.view, View::Table(_)) && std::mem::replace(&mut self.headed, true) {
            // Clients print the headings of every table that has some.
            shown["columnDefinitions"] = Value::Null;
        }
        self.line(type_, &shown);
    }

    fn bookmark(&mut self, initial_end: bool) {
        let mut object = json!({ "metadata": { "resourceVersion": self.position.to_string() } });
        if initial_end {
            object["metadata"]["annotations"] = json!({ "k8s.io/initial-events-end": "true" });
        }
        self.event("BOOKMARK", &object);
    }

    fn line(&mut self, type_: &str, object: &Value) {
        let line = json!({ "type": type_, "object": object }).to_string();
        self.next.extend_from_slice(line.as_bytes());
        self.next.push(b'\n');
    }
}
