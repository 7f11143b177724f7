//! What a store holds: objects, kinds, one counter of versions, and the history that watches replay.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use serde_json::Value;

use crate::apiserver::kinds::{Kinds, builtin};
use crate::apiserver::status::Status;

/// How many changes are remembered before the oldest are forgotten.
const HISTORY: usize = 20_000;

/// Namespace (empty for kinds of the whole cluster) and name.
pub type Key = (String, String);

/// The objects of one resource.
pub type Objects = BTreeMap<Key, Arc<Value>>;

/// One change of one object.
#[derive(Debug)]
pub struct Change {
    /// The version that the change made.
    pub version: u64,
    /// The group-qualified plural.
    pub resource: String,
    /// Which object.
    pub key: Key,
    /// The object before; none if it was created.
    pub before: Option<Arc<Value>>,
    /// The object after; of a deleted object its last state, under the version of the deletion.
    pub after: Arc<Value>,
    /// Whether the object was deleted.
    pub deleted: bool,
}

/// The content of a [`super::Store`], behind its lock.
#[derive(Debug)]
pub struct State {
    /// The version of the latest change.
    pub version: u64,
    /// Changes up to this version are forgotten.
    pub compacted: u64,
    /// The kinds that can be stored.
    pub kinds: Kinds,
    objects: BTreeMap<String, Objects>,
    history: VecDeque<Arc<Change>>,
}

impl State {
    /// A state without objects.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            version: 1,
            compacted: 0,
            kinds: builtin(),
            objects: BTreeMap::new(),
            history: VecDeque::new(),
        }
    }

    /// The object at `key`.
    #[must_use]
    pub fn get(&self, resource: &str, key: &Key) -> Option<&Arc<Value>> {
        self.objects.get(resource)?.get(key)
    }

    /// The objects of `resource` in `namespace`, or in all if it is empty, in order of their keys.
    pub fn list<'a>(
        &'a self,
        resource: &str,
        namespace: &'a str,
    ) -> impl Iterator<Item = (&'a Key, &'a Arc<Value>)> + use<'a> {
        within(self.objects.get(resource), namespace)
    }

    /// Every resource that has objects, with them.
    pub fn all(&self) -> impl Iterator<Item = (&String, &Objects)> {
        self.objects.iter()
    }

    /// Puts an object in its place under a new version.
    pub fn put(&mut self, resource: &str, key: Key, mut object: Value) -> Arc<Value> {
        self.version += 1;
        object["metadata"]["resourceVersion"] = self.version.to_string().into();
        let after = Arc::new(object);
        let before = self.objects.entry(resource.to_owned()).or_default().insert(key.clone(), after.clone());
        self.remember(Change {
            version: self.version,
            resource: resource.to_owned(),
            key,
            before,
            after: after.clone(),
            deleted: false,
        });
        after
    }

    /// Puts an object in its place as it is; for a state that is read back.
    pub fn restore(&mut self, resource: &str, key: Key, object: Value) {
        self.objects.entry(resource.to_owned()).or_default().insert(key, Arc::new(object));
    }

    /// Takes an object away, whose last state is `last` (or else the kept one) under the deletion's version.
    pub fn remove(&mut self, resource: &str, key: &Key, last: Option<Value>) -> Option<Arc<Value>> {
        let before = self.objects.get_mut(resource)?.remove(key)?;
        self.version += 1;
        let mut last = last.unwrap_or_else(|| (*before).clone());
        last["metadata"]["resourceVersion"] = self.version.to_string().into();
        let after = Arc::new(last);
        self.remember(Change {
            version: self.version,
            resource: resource.to_owned(),
            key: key.clone(),
            before: Some(before),
            after: after.clone(),
            deleted: true,
        });
        Some(after)
    }

    fn remember(&mut self, change: Change) {
        self.history.push_back(Arc::new(change));
        while self.history.len() > HISTORY {
            if let Some(oldest) = self.history.pop_front() {
                self.compacted = oldest.version;
            }
        }
    }

    /// Forgets the history, as a compaction of etcd does: older versions answer 410 from now on.
    pub fn compact(&mut self) {
        self.history.clear();
        self.compacted = self.version;
    }

    /// The changes of `resource` after `version`, oldest first.
    pub fn changes_after(&self, resource: &str, version: u64) -> Result<Vec<Arc<Change>>, Status> {
        self.check_kept(version)?;
        let start = self.history.partition_point(|change| change.version <= version);
        Ok(self.history.range(start..).filter(|change| change.resource == resource).cloned().collect())
    }

    /// The objects of `resource` as they were at `version`.
    pub fn objects_at(&self, resource: &str, version: u64) -> Result<Objects, Status> {
        let mut objects = self.objects.get(resource).cloned().unwrap_or_default();
        for change in self.changes_after(resource, version)?.iter().rev() {
            match &change.before {
                Some(before) => objects.insert(change.key.clone(), before.clone()),
                None => objects.remove(&change.key),
            };
        }
        Ok(objects)
    }

    fn check_kept(&self, version: u64) -> Result<(), Status> {
        if version < self.compacted {
            return Err(Status::expired(format!(
                "The resourceVersion for the provided watch is too old: {version} ({})",
                self.compacted
            )));
        }
        Ok(())
    }
}

/// The entries of `objects` in `namespace`, or all if it is empty.
pub fn within<'a>(
    objects: Option<&'a Objects>,
    namespace: &'a str,
) -> impl Iterator<Item = (&'a Key, &'a Arc<Value>)> {
    let start = (namespace.to_owned(), String::new());
    objects
        .map(|objects| objects.range(start..))
        .into_iter()
        .flatten()
        .take_while(move |(key, _)| namespace.is_empty() || key.0 == namespace)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn key(name: &str) -> Key {
        ("default".to_owned(), name.to_owned())
    }

    #[test]
    fn the_past_can_be_read_until_it_is_compacted() {
        let mut state = State::empty();
        state.put("pods", key("a"), json!({"n": 1}));
        let then = state.version;
        state.put("pods", key("a"), json!({"n": 2}));
        state.put("pods", key("b"), json!({"n": 3}));
        state.remove("pods", &key("a"), None);
        let past = state.objects_at("pods", then).unwrap();
        assert_eq!(past.len(), 1);
        assert_eq!(past[&key("a")]["n"], 1);
        state.compact();
        assert_eq!(state.objects_at("pods", then).unwrap_err().code, 410);
        assert_eq!(state.objects_at("pods", state.version).unwrap().len(), 1);
    }

    #[test]
    fn a_namespace_is_not_confused_with_one_that_begins_like_it() {
        let mut state = State::empty();
        for namespace in ["a", "a-b", "b"] {
            state.put("pods", (namespace.to_owned(), "x".to_owned()), json!({}));
        }
        assert_eq!(state.list("pods", "a").count(), 1);
        assert_eq!(state.list("pods", "").count(), 3);
    }
}
