//! Changing an object: what a PUT and every kind of PATCH end in.

use std::sync::Arc;

use serde_json::{Value, json};

use super::admission::{self, Operation};
use super::create::{check_identity, shape};
use super::{Part, Target, WriteOptions, at_version, definitions, strategy};
use crate::apiserver::kinds::Kind;
use crate::apiserver::status::{Cause, Status};
use crate::apiserver::store::State;
use crate::apiserver::{managed, meta};

/// Changes the target to what `change` makes of its current state, and gives it back as the client sees it.
///
/// Errors: 404 if the object does not exist, 409 if the new state bears another resource version or UID than
/// the current one, 422 if it is not valid, and those of `change`.
pub fn update(
    state: &mut State,
    target: &Target,
    options: &WriteOptions,
    change: impl FnOnce(&Value) -> Result<Value, Status>,
) -> Result<Value, Status> {
    let kind = &target.kind;
    let old = target.current(state)?;
    let mut new = change(&old)?;
    check_identity(target, &mut new)?;
    check_preconditions(target, &old, &new)?;
    carry_over(target, &old, &mut new);
    strategy::prepare_update(target, &old, &mut new);
    check_finalizers(target, &old, &new)?;
    shape(target, Some(&old), &mut new, options.unknown_fields)?;
    if target.part != Part::Everything {
        strategy::validate_change(target, &old, &new)
            .map_err(|causes| Status::invalid(kind, &target.name, &causes))?;
        if kind.resource() == strategy::requests::RESOURCE {
            strategy::requests::check_signer(state, target, &old, &new)?;
        }
    }
    count_generation(target, &old, &mut new);
    if !options.applied && target.part != Part::Everything {
        managed::record(target, options, &old, &mut new);
    }
    if new == old || only_managed_times_differ(&old, &new) {
        return finish_if_released(state, target, options, &old).map(|()| old);
    }
    admission::admit(state, target, Operation::Update, options, &new)?;
    if options.dry_run {
        return Ok(new);
    }
    let mut stored = at_version(kind, &kind.storage, &new);
    if kind.resource() == super::DEFINITIONS {
        definitions::accept(state, &mut stored)?;
    }
    if is_released(target, &new) {
        // The last finalizer went with this very write: watchers see one deletion, not a change before it.
        // Nothing writes the change before it: the deletion is of what was stored, and the writer sees what he wrote.
        let last = at_version(kind, &kind.storage, &old);
        return remove(state, target, last).map(|_| new);
    }
    let stored = state.put(&kind.resource(), target.key(), stored);
    Ok(target.shown(&stored))
}

/// 409: the writer means another object of that name than the one that is there, if one is.
#[must_use]
pub fn uid_conflict(target: &Target, wanted: &str, is: &str) -> Status {
    let group = if target.kind.custom { format!("{}/", target.kind.group) } else { String::new() };
    let place = if target.namespace.is_empty() { String::new() } else { format!("{}/", target.namespace) };
    let why = format!(
        "StorageError: invalid object, Code: 4, Key: /registry/{group}{}/{place}{}, ResourceVersion: 0, \
         AdditionalErrorMsg: Precondition failed: UID in precondition: {wanted}, UID in object meta: {is}",
        target.kind.plural, target.name,
    );
    Status::conflict(&target.kind, &target.name, &why)
}

fn check_preconditions(target: &Target, old: &Value, new: &Value) -> Result<(), Status> {
    let (version, uid) = (meta::version(new), meta::uid(new));
    if !uid.is_empty() && uid != meta::uid(old) {
        return Err(uid_conflict(target, uid, meta::uid(old)));
    }
    if version.is_empty() && (target.kind.custom || target.kind.group == "coordination.k8s.io") {
        let cause = Cause::new(
            "FieldValueInvalid",
            "metadata.resourceVersion",
            "Invalid value: 0: must be specified for an update",
        );
        // Here a real server names the resource, where elsewhere it names the kind.
        let named =
            Kind { kind: target.kind.plural.clone(), group: target.kind.group.clone(), ..Kind::default() };
        return Err(Status::invalid(&named, &target.name, &[cause]));
    }
    if !version.is_empty() && version.parse::<u64>().is_err() {
        return Err(Status::new(
            500,
            "",
            format!("strconv.ParseUint: parsing \"{version}\": invalid syntax"),
        ));
    }
    if !version.is_empty() && version != meta::version(old) {
        return Err(Status::stale(&target.kind, &target.name));
    }
    Ok(())
}

/// Puts back what this write may not change.
fn carry_over(target: &Target, old: &Value, new: &mut Value) {
    if target.part == Part::Everything {
        meta::set(new, "metadata", "resourceVersion", old["metadata"]["resourceVersion"].clone());
        return;
    }
    let keep = |new: &mut Value, field: &str| {
        if let Some(map) = new.as_object_mut() {
            match old.get(field) {
                Some(value) => map.insert(field.to_owned(), value.clone()),
                None => map.remove(field),
            };
        }
    };
    match target.part {
        Part::Whole if target.kind.status => keep(new, "status"),
        Part::Status => {
            let managed = new["metadata"]["managedFields"].clone();
            let status = new.get("status").cloned();
            let metadata_too = !target.kind.custom;
            let (labels, annotations) =
                (new["metadata"]["labels"].clone(), new["metadata"]["annotations"].clone());
            *new = old.clone();
            if metadata_too {
                meta::set(new, "metadata", "labels", labels);
                meta::set(new, "metadata", "annotations", annotations);
            }
            meta::set(new, "metadata", "managedFields", managed);
            if let Some(map) = new.as_object_mut() {
                match status {
                    Some(status) => map.insert("status".to_owned(), status),
                    None => map.remove("status"),
                };
            }
        }
        Part::Approval => {
            let conditions = new["status"]["conditions"].clone();
            let annotations = new["metadata"]["annotations"].clone();
            *new = old.clone();
            meta::set(new, "metadata", "annotations", annotations);
            meta::set(new, "status", "conditions", conditions);
        }
        Part::Finalize => {
            let finalizers = new["spec"]["finalizers"].clone();
            *new = old.clone();
            meta::set(new, "spec", "finalizers", finalizers);
        }
        Part::Whole | Part::Everything => {}
    }
    for field in [
        "uid",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "generation",
        "resourceVersion",
        "selfLink",
        "generateName",
        "namespace",
    ] {
        meta::set(new, "metadata", field, old["metadata"][field].clone());
    }
    meta::set(new, "metadata", "name", target.name.clone().into());
    if new["metadata"].get("managedFields").is_none() {
        meta::set(new, "metadata", "managedFields", old["metadata"]["managedFields"].clone());
    }
}

fn check_finalizers(target: &Target, old: &Value, new: &Value) -> Result<(), Status> {
    if !meta::is_terminating(old) {
        return Ok(());
    }
    let known = meta::finalizers(old);
    let added: Vec<_> = meta::finalizers(new).into_iter().filter(|name| !known.contains(name)).collect();
    if added.is_empty() {
        return Ok(());
    }
    let message = format!(
        "Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{{{}}}",
        added.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
    );
    let cause = Cause::new("FieldValueForbidden", "metadata.finalizers", message);
    let mut refusal = Status::invalid(&target.kind, &target.name, std::slice::from_ref(&cause));
    if !target.kind.custom {
        // A real server checks this twice for its own kinds, and says it once.
        refusal = refusal.with_causes(&[cause.clone(), cause]);
    }
    Err(refusal)
}

/// Counts up if anything but metadata and status changed.
fn count_generation(target: &Target, old: &Value, new: &mut Value) {
    let bound = target.part == Part::Everything && target.kind.is("", "Pod");
    if !target.kind.generation || target.part == Part::Status || bound {
        return;
    }
    let specified = |object: &Value| {
        let mut object = object.clone();
        if let Some(map) = object.as_object_mut() {
            if target.kind.is("apps", "Deployment") {
                // Of a deployment the annotations count too.
                let annotations =
                    map.get("metadata").and_then(|metadata| metadata.get("annotations")).cloned();
                map.insert("annotations".to_owned(), annotations.unwrap_or_default());
            }
            map.remove("metadata");
            if target.kind.status || !target.kind.custom {
                map.remove("status");
            }
        }
        object
    };
    if specified(old) != specified(new) {
        let generation = old["metadata"]["generation"].as_i64().unwrap_or(0) + 1;
        meta::set(new, "metadata", "generation", json!(generation));
    }
}

fn only_managed_times_differ(old: &Value, new: &Value) -> bool {
    let bare = |object: &Value| {
        let mut object = object.clone();
        if let Some(entries) = object.pointer_mut("/metadata/managedFields").and_then(Value::as_array_mut) {
            for entry in entries {
                entry["time"] = Value::Null;
            }
        }
        object
    };
    bare(old) == bare(new)
}

/// Whether nothing holds a terminating object any longer.
pub(super) fn is_released(target: &Target, object: &Value) -> bool {
    let graceful = object["metadata"]["deletionGracePeriodSeconds"].as_i64().unwrap_or(0) > 0;
    meta::is_terminating(object)
        && !graceful
        && meta::finalizers(object).is_empty()
        && !(target.kind.is("", "Namespace")
            && object
                .pointer("/spec/finalizers")
                .and_then(Value::as_array)
                .is_some_and(|list| !list.is_empty()))
}

fn finish_if_released(
    state: &mut State,
    target: &Target,
    options: &WriteOptions,
    object: &Value,
) -> Result<(), Status> {
    if is_released(target, object) && !options.dry_run {
        let stored = at_version(&target.kind, &target.kind.storage, object);
        remove(state, target, stored)?;
    }
    Ok(())
}

/// Takes an object away whose last state is `last`.
pub(super) fn remove(state: &mut State, target: &Target, last: Value) -> Result<Arc<Value>, Status> {
    let resource = target.kind.resource();
    if resource == super::DEFINITIONS {
        definitions::withdraw(state, &last);
    }
    state
        .remove(&resource, &target.key(), Some(last))
        .ok_or_else(|| Status::not_found(&target.kind, &target.name))
}
