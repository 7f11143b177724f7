//! The variables of a session as completion knows them.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use rhai::Scope;

use crate::environment::{Bucket, Target as _};
use crate::oc::Cluster;

/// A handle that live answers can be asked through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handle {
    /// A cluster by its name, and a namespace if one was named.
    Cluster(String, Option<String>),
    /// A bucket by its name.
    Bucket(String),
    /// Anything else.
    Other,
}

/// Shared between the session, which writes them, and completion, which reads them.
#[derive(Debug, Clone, Default)]
pub struct Variables {
    known: Arc<RwLock<BTreeMap<String, Handle>>>,
}

impl Variables {
    /// Takes what a scope holds now, and the functions that were typed.
    pub fn take<'a>(&self, scope: &Scope<'_>, functions: impl Iterator<Item = &'a str>) {
        let values = scope.iter().map(|(name, _, value)| (name.to_owned(), handle(&value)));
        let functions = functions.map(|name| (format!("{name}("), Handle::Other));
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = values.chain(functions).collect();
    }

    /// Their names; functions with a bracket at the end.
    pub fn names(&self) -> Vec<String> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }

    /// What the variable `name` holds.
    pub fn handle(&self, name: &str) -> Option<Handle> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }
}

fn handle(value: &rhai::Dynamic) -> Handle {
    if let Some(cluster) = value.clone().try_cast::<Cluster>() {
        return Handle::Cluster(cluster.name().to_owned(), cluster.namespace().map(str::to_owned));
    }
    value
        .clone()
        .try_cast::<Bucket>()
        .map_or(Handle::Other, |bucket| Handle::Bucket(bucket.name().to_owned()))
}
