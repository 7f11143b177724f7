//! Deleting an object: at once, or by marking it until its finalizers or its grace period are over.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::admission::{self, Operation};
use super::update::{is_released, remove};
use super::{Target, WriteOptions, at_version};
use crate::apiserver::meta;
use crate::apiserver::status::Status;
use crate::apiserver::store::State;

const FOREGROUND: &str = "foregroundDeletion";
const ORPHAN: &str = "orphan";

/// The options of a deletion, as clients send them.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct DeleteOptions {
    /// How many seconds a pod has to stop; the pod's own wish if absent.
    #[serde(rename = "gracePeriodSeconds")]
    pub grace_period: Option<i64>,
    /// What the object must be for the deletion to happen.
    pub preconditions: Preconditions,
    /// What becomes of the objects that it owns.
    #[serde(rename = "propagationPolicy")]
    pub propagation: Option<Propagation>,
    /// The old way to ask for [`Propagation::Orphan`].
    pub orphan_dependents: Option<bool>,
    /// `All` checks everything and changes nothing.
    pub dry_run: Vec<String>,
}

/// What an object must be for a deletion to happen.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Preconditions {
    /// Its UID.
    pub uid: Option<String>,
    /// Its resource version.
    pub resource_version: Option<String>,
}

/// What becomes of the objects that a deleted object owns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Propagation {
    /// The garbage collector deletes them afterwards.
    Background,
    /// They are deleted first.
    Foreground,
    /// They stay.
    Orphan,
}

/// What a deletion came to.
#[derive(Debug, Clone)]
pub enum Deleted {
    /// The object is gone; this was its last state.
    Gone(Value),
    /// The object is marked, and goes when nothing holds it any longer.
    Marked(Value),
}

impl Deleted {
    /// The last state of the object.
    #[must_use]
    pub fn object(&self) -> &Value {
        match self {
            Self::Gone(object) | Self::Marked(object) => object,
        }
    }
}

/// Deletes the target.
///
/// Errors: 404 if it does not exist, 409 if a precondition does not hold.
pub fn delete(state: &mut State, target: &Target, options: &DeleteOptions) -> Result<Deleted, Status> {
    let old = target.current(state)?;
    check(target, &old, &options.preconditions)?;
    admission::admit(state, target, Operation::Delete, &WriteOptions::default(), &old)?;
    let dry_run = !options.dry_run.is_empty();
    let mut new = old.clone();
    set_finalizers(&mut new, options);
    let grace = grace_period(target, &old, options);
    if grace == 0 {
        meta::set(&mut new, "metadata", "deletionGracePeriodSeconds", json!(0));
    }
    let held = !is_released(target, &marked(target, new.clone(), grace));
    if held {
        let shortened = new["metadata"]["deletionGracePeriodSeconds"].as_i64().is_none_or(|old| grace < old);
        if !meta::is_terminating(&old) || shortened {
            new = marked(target, new, grace);
        }
        if new == old || dry_run {
            return Ok(Deleted::Marked(new));
        }
        let stored = at_version(&target.kind, &target.kind.storage, &new);
        let stored = state.put(&target.kind.resource(), target.key(), stored);
        return Ok(Deleted::Marked(target.shown(&stored)));
    }
    if dry_run {
        return Ok(Deleted::Gone(old));
    }
    let last = if target.kind.is("", "Pod") { marked(target, old, 0) } else { old };
    let last = at_version(&target.kind, &target.kind.storage, &last);
    remove(state, target, last).map(|last| Deleted::Gone(target.shown(&last)))
}

fn check(target: &Target, object: &Value, wanted: &Preconditions) -> Result<(), Status> {
    let differs = |name, wanted: &Option<String>, is: &str| match wanted {
        Some(wanted) if wanted != is => {
            let what = if name == "UID" { "deleted and then recreated" } else { "modified" };
            Some(format!(
                "the {name} in the precondition ({wanted}) does not match the {name} in record ({is}). The object \
                 might have been {what}"
            ))
        }
        _ => None,
    };
    let why = differs("UID", &wanted.uid, meta::uid(object))
        .or_else(|| differs("ResourceVersion", &wanted.resource_version, meta::version(object)));
    why.map_or(Ok(()), |why| Err(Status::precondition(&target.kind, &target.name, &why)))
}

fn set_finalizers(object: &mut Value, options: &DeleteOptions) {
    let propagation = match (options.propagation, options.orphan_dependents) {
        (None, Some(true)) => Some(Propagation::Orphan),
        (None, Some(false)) => Some(Propagation::Background),
        (asked, _) => asked,
    };
    let Some(propagation) = propagation else { return };
    let mut finalizers: Vec<String> = meta::finalizers(object)
        .into_iter()
        .filter(|name| *name != FOREGROUND && *name != ORPHAN)
        .map(str::to_owned)
        .collect();
    match propagation {
        Propagation::Background => {}
        Propagation::Foreground => finalizers.push(FOREGROUND.to_owned()),
        Propagation::Orphan => finalizers.push(ORPHAN.to_owned()),
    }
    let value = if finalizers.is_empty() { Value::Null } else { json!(finalizers) };
    meta::set(object, "metadata", "finalizers", value);
}

/// Only pods stop in grace: those that were given to a node and have not ended.
fn grace_period(target: &Target, object: &Value, options: &DeleteOptions) -> i64 {
    let ended = matches!(meta::text(object, "/status/phase"), "Succeeded" | "Failed");
    if !target.kind.is("", "Pod") || ended || meta::text(object, "/spec/nodeName").is_empty() {
        return 0;
    }
    let own = object["spec"]["terminationGracePeriodSeconds"].as_i64().unwrap_or(30);
    options.grace_period.unwrap_or(own).max(0)
}

fn marked(target: &Target, mut object: Value, grace: i64) -> Value {
    let wait = Duration::from_secs(u64::try_from(grace).unwrap_or(0));
    if !meta::is_terminating(&object) {
        if let Some(generation) = object["metadata"]["generation"].as_i64() {
            meta::set(&mut object, "metadata", "generation", json!(generation + 1));
        }
        if target.kind.is("", "Namespace") {
            meta::set(&mut object, "status", "phase", "Terminating".into());
        }
    }
    if !meta::is_terminating(&object) || grace > 0 {
        let at = Timestamp::now().checked_add(wait).unwrap_or(Timestamp::MAX);
        meta::set(&mut object, "metadata", "deletionTimestamp", meta::time(at).into());
    }
    meta::set(&mut object, "metadata", "deletionGracePeriodSeconds", json!(grace));
    object
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apiserver::store::Store;

    fn pod(extra: Value) -> Value {
        let mut pod = json!({
            "metadata": { "name": "p" },
            "spec": { "nodeName": "n", "containers": [{ "name": "c", "image": "i" }] },
        });
        if let (Some(pod), Value::Object(extra)) = (pod["metadata"].as_object_mut(), extra) {
            pod.extend(extra);
        }
        pod
    }

    fn delete_pod(store: &Store, options: &DeleteOptions) -> Result<Deleted, Status> {
        let target = Target {
            kind: store.kind("pods").unwrap(),
            version: "v1".into(),
            namespace: "default".into(),
            name: "p".into(),
            part: super::super::Part::Whole,
            user: crate::apiserver::identity::User::admin(),
        };
        store.write(|state| delete(state, &target, options))
    }

    #[test]
    fn a_pod_on_a_node_lingers_until_it_is_deleted_without_grace() {
        let store = Store::new();
        store.create("pods", "default", pod(json!({}))).unwrap();
        let first = delete_pod(&store, &DeleteOptions::default()).unwrap();
        assert!(matches!(&first, Deleted::Marked(p) if p["metadata"]["deletionGracePeriodSeconds"] == 30));
        let again = delete_pod(&store, &DeleteOptions::default()).unwrap();
        assert_eq!(again.object(), first.object());
        let forced = DeleteOptions { grace_period: Some(0), ..DeleteOptions::default() };
        assert!(matches!(delete_pod(&store, &forced).unwrap(), Deleted::Gone(_)));
        assert!(store.get("pods", "default", "p").is_none());
    }

    #[test]
    fn a_finalizer_holds_an_object_until_it_is_taken_away() {
        let store = Store::new();
        store.create("pods", "default", pod(json!({ "finalizers": ["lab/hold"] }))).unwrap();
        let forced = DeleteOptions { grace_period: Some(0), ..DeleteOptions::default() };
        assert!(matches!(delete_pod(&store, &forced).unwrap(), Deleted::Marked(_)));
        store.change("pods", "default", "p", |p| p["metadata"]["finalizers"] = json!([])).unwrap();
        assert!(store.get("pods", "default", "p").is_none());
    }

    #[test]
    fn a_deletion_with_another_uid_is_refused() {
        let store = Store::new();
        store.create("pods", "default", pod(json!({}))).unwrap();
        let wanted = Preconditions { uid: Some("other".into()), resource_version: None };
        let options = DeleteOptions { preconditions: wanted, ..DeleteOptions::default() };
        assert_eq!(delete_pod(&store, &options).unwrap_err().reason, "Conflict");
    }

    #[test]
    fn foreground_and_orphan_leave_their_finalizers_for_the_garbage_collector() {
        for (propagation, finalizer) in [(Propagation::Foreground, FOREGROUND), (Propagation::Orphan, ORPHAN)]
        {
            let store = Store::new();
            store.create("pods", "default", pod(json!({}))).unwrap();
            let options = DeleteOptions {
                propagation: Some(propagation),
                grace_period: Some(0),
                ..DeleteOptions::default()
            };
            let deleted = delete_pod(&store, &options).unwrap();
            assert_eq!(deleted.object()["metadata"]["finalizers"], json!([finalizer]));
        }
    }
}
