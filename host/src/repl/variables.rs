//! The variables of a session as completion knows them.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use rhai::{Map, Scope};

use crate::environment::{Bucket, Target as _};
use crate::oc::Cluster;

/// A handle that live answers can be asked through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handle {
    /// A cluster by its name, and a namespace if one was named.
    Cluster(String, Option<String>),
    /// A bucket by its name.
    Bucket(String),
    /// A map, by the names of its fields that can stand behind a dot.
    Map(Vec<String>),
    /// Anything else.
    Other,
}

/// Shared between the session, which writes them, and completion, which reads them.
#[derive(Debug, Clone, Default)]
pub struct Variables {
    known: Arc<RwLock<BTreeMap<String, Handle>>>,
    imports: Arc<RwLock<BTreeMap<String, String>>>,
}

impl Variables {
    /// Takes what a scope holds now, the functions that were typed, and the modules with names of their own.
    pub fn take<'a>(
        &self,
        scope: &Scope<'_>,
        functions: impl Iterator<Item = &'a str>,
        imports: &BTreeMap<String, String>,
    ) {
        imports.clone_into(&mut self.imports.write().unwrap_or_else(PoisonError::into_inner));
        let values = scope.iter().map(|(name, _, value)| (name.to_owned(), handle(&value)));
        let functions = functions.map(|name| (format!("{name}("), Handle::Other));
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = values.chain(functions).collect();
    }

    /// Their names; functions with a bracket at the end.
    pub fn names(&self) -> Vec<String> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }

    /// What the modules are imported by that have a name of their own.
    pub fn imports(&self) -> BTreeMap<String, String> {
        self.imports.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The fields of the variable `name`, if it holds a map.
    #[must_use]
    pub fn fields(&self, name: &str) -> Vec<String> {
        match self.handle(name) {
            Some(Handle::Map(fields)) => fields,
            _ => Vec::new(),
        }
    }

    /// What the variable `name` holds.
    pub fn handle(&self, name: &str) -> Option<Handle> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }
}

fn handle(value: &rhai::Dynamic) -> Handle {
    if let Some(map) = value.read_lock::<Map>() {
        let is_word = |key: &str| {
            key.starts_with(|c: char| c.is_alphabetic() || c == '_')
                && key.chars().all(|c| c.is_alphanumeric() || c == '_')
        };
        return Handle::Map(map.keys().map(ToString::to_string).filter(|key| is_word(key)).collect());
    }
    if let Some(cluster) = value.clone().try_cast::<Cluster>() {
        return Handle::Cluster(cluster.name().to_owned(), cluster.namespace().map(str::to_owned));
    }
    value
        .clone()
        .try_cast::<Bucket>()
        .map_or(Handle::Other, |bucket| Handle::Bucket(bucket.name().to_owned()))
}
