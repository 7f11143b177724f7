//! One kind of one cluster, kept in step by a list and a watch, and shared by all actors there.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::StreamExt;
use kube::Client;
use kube::api::{DynamicObject, TypeMeta};
use kube::runtime::watcher;
use tokio::sync::{mpsc, watch};

use super::kind::{Key, Kind};

/// How an object changed.
#[derive(Debug, Clone)]
pub struct Change {
    /// The object as it is now, or as it last was.
    pub object: Arc<DynamicObject>,
    /// Whether it is gone from the server.
    pub gone: bool,
}

/// Hears of changes; answers false once nobody listens any more.
type Listener = Box<dyn Fn(&Change) -> bool + Send>;

/// The objects of one kind as the server last told them. Clones share them.
#[derive(Clone)]
pub struct Watched {
    kind: Kind,
    inner: Arc<Mutex<Inner>>,
    ready: watch::Receiver<bool>,
}

#[derive(Default)]
struct Inner {
    objects: BTreeMap<Key, Arc<DynamicObject>>,
    listeners: Vec<Listener>,
    /// The newest resource version that the watch has told.
    seen: u64,
}

impl Watched {
    /// Starts to list and watch `kind`; the future keeps it in step until it is dropped.
    pub(super) fn start(kind: Kind, client: Client) -> (Self, impl Future<Output = ()> + Send + 'static) {
        let (announce, ready) = watch::channel(false);
        let watched = Self { kind, inner: Arc::default(), ready };
        let keeper = watched.clone();
        (watched, async move { keeper.keep(client, announce).await })
    }

    /// The kind that is watched.
    #[must_use]
    pub fn kind(&self) -> &Kind {
        &self.kind
    }

    /// Waits until the first list is in.
    pub async fn ready(&self) {
        let mut ready = self.ready.clone();
        // The sender only goes when the cluster's actors are stopped, and those who wait with them.
        if ready.wait_for(|is| *is).await.is_err() {
            futures::future::pending::<()>().await;
        }
    }

    /// The object of that name.
    #[must_use]
    pub fn get(&self, key: &Key) -> Option<Arc<DynamicObject>> {
        self.lock().objects.get(key).cloned()
    }

    /// Every object, in the order of namespaces and names.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<DynamicObject>> {
        self.lock().objects.values().cloned().collect()
    }

    /// The objects of one namespace, in the order of names.
    #[must_use]
    pub fn within(&self, namespace: &str) -> Vec<Arc<DynamicObject>> {
        let first = Key::new(namespace, "");
        let inner = self.lock();
        inner
            .objects
            .range(first..)
            .take_while(|(key, _)| key.namespace == namespace)
            .map(|(_, o)| o.clone())
            .collect()
    }

    /// Tells `listener` of every object that is there now, and then of every change, in order.
    ///
    /// The listener must not call back into this value. It is let go once it answers false.
    pub fn listen(&self, listener: impl Fn(&Change) -> bool + Send + 'static) {
        let mut inner = self.lock();
        for object in inner.objects.values() {
            if !listener(&Change { object: object.clone(), gone: false }) {
                return;
            }
        }
        inner.listeners.push(Box::new(listener));
    }

    /// Waits until the object of that name is there and `holds` is true of it.
    pub async fn wait_for(&self, key: &Key, holds: impl Fn(&DynamicObject) -> bool) -> Arc<DynamicObject> {
        let (sender, mut receiver) = mpsc::unbounded_channel();
        let wanted = key.clone();
        self.listen(move |change| {
            let fits = !change.gone && Key::of(&change.object) == wanted;
            if fits { sender.send(change.object.clone()).is_ok() } else { !sender.is_closed() }
        });
        while let Some(object) = receiver.recv().await {
            if holds(&object) {
                return object;
            }
        }
        // The sender only goes when the watch ends, and whoever waits ends with it.
        futures::future::pending().await
    }

    /// Takes in what a write of our own answered, so that nobody acts on the state before it.
    pub(super) fn observe(&self, object: DynamicObject) {
        let mut inner = self.lock();
        if version(&object) > inner.seen {
            inner.put(self.dressed(object));
        }
    }

    async fn keep(self, client: Client, announce: watch::Sender<bool>) {
        let api = self.kind.api(client, "");
        let mut events = watcher(api, watcher::Config::default()).boxed();
        let mut unseen = BTreeMap::new();
        let mut pause = FIRST_PAUSE;
        while let Some(event) = events.next().await {
            match event {
                Ok(watcher::Event::Init) => unseen = self.lock().objects.clone(),
                Ok(watcher::Event::InitApply(object)) => {
                    unseen.remove(&Key::of(&object));
                    self.lock().relist(self.dressed(object));
                }
                Ok(watcher::Event::InitDone) => {
                    self.lock().forget(std::mem::take(&mut unseen));
                    pause = FIRST_PAUSE;
                    announce.send_replace(true);
                }
                Ok(watcher::Event::Apply(object)) => self.lock().take(self.dressed(object)),
                Ok(watcher::Event::Delete(object)) => self.lock().drop_object(self.dressed(object)),
                Err(error) => {
                    tracing::trace!(kind = %self.kind, %error, "watch broke, trying again");
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    /// Objects of a list come without their type: actors and listeners always see it.
    fn dressed(&self, mut object: DynamicObject) -> DynamicObject {
        // Who owns which field is of no interest to an actor, and most of an object's size.
        object.metadata.managed_fields = None;
        object.types =
            Some(TypeMeta { api_version: self.kind.api_version(), kind: self.kind.kind.to_string() });
        object
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long a broken watch waits before it is tried again, in real time: the lab's servers come back fast.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

impl Inner {
    /// Takes an object that the watch told, unless a newer state of it is known.
    fn take(&mut self, object: DynamicObject) {
        self.seen = self.seen.max(version(&object));
        self.put(object);
    }

    /// Takes an object of a list: where it is older than what is known, the server was restored.
    fn relist(&mut self, object: DynamicObject) {
        self.seen = self.seen.max(version(&object));
        let key = Key::of(&object);
        if self.objects.get(&key).is_some_and(|known| version(known) > version(&object)) {
            self.objects.remove(&key);
            self.seen = version(&object);
        }
        self.put(object);
    }

    fn put(&mut self, object: DynamicObject) {
        let key = Key::of(&object);
        if let Some(known) = self.objects.get(&key)
            && known.metadata.uid == object.metadata.uid
            && version(known) >= version(&object)
        {
            return;
        }
        let object = Arc::new(object);
        self.objects.insert(key, object.clone());
        self.tell(&Change { object, gone: false });
    }

    fn drop_object(&mut self, object: DynamicObject) {
        self.seen = self.seen.max(version(&object));
        let key = Key::of(&object);
        // A new object of the same name may be known already from our own write.
        if self.objects.get(&key).is_some_and(|known| known.metadata.uid == object.metadata.uid) {
            self.objects.remove(&key);
        }
        self.tell(&Change { object: Arc::new(object), gone: true });
    }

    /// Drops what was known when a list began and is not in it; what came since then stays.
    fn forget(&mut self, absent: BTreeMap<Key, Arc<DynamicObject>>) {
        for (key, before) in absent {
            if self.objects.get(&key).is_some_and(|now| now.metadata.uid == before.metadata.uid) {
                self.objects.remove(&key);
                self.tell(&Change { object: before, gone: true });
            }
        }
    }

    fn tell(&mut self, change: &Change) {
        self.listeners.retain(|listener| listener(change));
    }
}

/// Resource versions are opaque to most; every server that the lab meets counts with them, and so do
/// informers since Kubernetes 1.35.
fn version(object: &DynamicObject) -> u64 {
    object.metadata.resource_version.as_deref().and_then(|v| v.parse().ok()).unwrap_or(0)
}
