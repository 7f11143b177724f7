//! Changes that a plan tries out on the server's side, and the objects as they would be after them.

use std::collections::HashSet;

use kube::core::params::GetParams;
use serde_json::Value;

use super::place::{self, Place};
use super::request::{Repeat, built, send};
use super::{Link, Reached, reach};
use crate::environment::Target;
use crate::gate::Preview;
use crate::oc::difference::{self, NO_DIFFERENCE};
use crate::oc::names::What;
use crate::oc::patch::{Form, PatchOf};
use crate::oc::select::Selection;
use crate::problem::Problem;
use crate::run::Trace;

/// Tries out [`super::write::create`]. Gives the lines of the preview, and the object.
pub(crate) async fn create(cluster: Reached, object: Value) -> Result<(Vec<String>, Value), Problem> {
    let given = object.clone();
    match super::write::create(cluster.clone(), object).await {
        Ok(made) => {
            let place = place_of(&cluster, &made).await?;
            Ok(shown(&cluster, &place, None, &made))
        }
        Err(problem) => as_given(&cluster, given, problem).await,
    }
}

/// Tries out [`super::write::apply`].
pub(crate) async fn apply(
    cluster: Reached,
    object: Value,
    force: bool,
) -> Result<(Vec<String>, Value), Problem> {
    let given = object.clone();
    let made = match super::write::apply(cluster.clone(), object, force).await {
        Ok(made) => made,
        Err(problem) => return as_given(&cluster, given, problem).await,
    };
    let link = reach(&cluster).await?;
    let place = place_of(&cluster, &made).await?;
    let before = standing(&cluster, &link, &place, name(&made)).await?;
    Ok(shown(&cluster, &place, before.as_ref(), &made))
}

/// Tries out [`super::write::patch`].
pub(crate) async fn patch(
    cluster: Reached,
    what: &What,
    patch: &PatchOf,
) -> Result<(Vec<String>, Value), Problem> {
    let link = reach(&cluster).await?;
    let place = place::of(&cluster, &link, &what.kind).await?;
    let before = standing(&cluster, &link, &place, &what.name).await?;
    let made = match super::write::patch(cluster.clone(), what, patch).await {
        Err(problem) if problem.kind == "not_found" => return merged(&cluster, &place, what, patch, problem),
        made => made?,
    };
    Ok(shown(&cluster, &place, before.as_ref(), &made))
}

/// Tries out [`super::write::scale`].
pub(crate) async fn scale(cluster: Reached, what: &What, replicas: u64) -> Result<Preview, Problem> {
    let before = super::write::scale(cluster.clone(), what, replicas).await?;
    let link = reach(&cluster).await?;
    let place = place::of(&cluster, &link, &what.kind).await?;
    let known = cluster.run().ledger().object(&key(&cluster, &place, &what.name)).flatten();
    let said = known.as_ref().and_then(|object| object["spec"]["replicas"].as_u64());
    let before = said.unwrap_or(before);
    let object = match known {
        None => standing(&cluster, &link, &place, &what.name).await?,
        known => known,
    };
    if let Some(mut object) = object {
        object["spec"]["replicas"] = replicas.into();
        keep(&cluster, &place, &what.name, Some(object));
    }
    let said = if before == replicas {
        NO_DIFFERENCE.to_owned()
    } else {
        format!("~ replicas: {before} -> {replicas}")
    };
    let trace = if before == replicas { Trace::Nothing } else { Trace::Something };
    Ok(Preview::new(vec![said], i64::try_from(before).unwrap_or(i64::MAX)).leaves(trace))
}

/// Tries out [`super::write::approve`](super::approve::approve): its answer is the request as it would be.
pub(crate) async fn difference_to(
    cluster: &Reached,
    what: &What,
    made: Value,
) -> Result<(Vec<String>, Value), Problem> {
    let link = reach(cluster).await?;
    let place = place::of(cluster, &link, &what.kind).await?;
    let before = standing(cluster, &link, &place, &what.name).await?;
    Ok(shown(cluster, &place, before.as_ref(), &made))
}

/// Keeps that the object called `name` would be gone.
pub(super) fn gone(cluster: &Reached, place: &Place, name: &str) {
    if cluster.shows() {
        keep(cluster, place, name, None);
    }
}

/// How an object would be after the changes that this plan has shown; `None` where it has shown none.
///
/// Errors: `not_found` for one that would be gone.
pub(super) fn seen(cluster: &Reached, place: &Place, name: &str) -> Result<Option<Value>, Problem> {
    if !cluster.run().is_planning() {
        return Ok(None);
    }
    match cluster.run().ledger().object(&key(cluster, place, name)) {
        None => Ok(None),
        Some(Some(object)) => Ok(Some(object)),
        Some(None) => {
            let message = format!(
                "cluster {} would have no {}/{name}{} any more: it is deleted before",
                cluster.name(),
                place.kind,
                cluster.within()
            );
            Err(Problem::new("not_found", message))
        }
    }
}

/// Puts the objects of a list as they would be after the changes that this plan has shown, those that would be made
/// among them.
pub(super) fn seen_all(
    cluster: &Reached,
    place: &Place,
    selection: &Selection,
    objects: Vec<Value>,
) -> Vec<Value> {
    if !cluster.run().is_planning() {
        return objects;
    }
    let ledger = cluster.run().ledger();
    let key_of = |object: &Value| {
        let namespace = object["metadata"]["namespace"].as_str().map(str::to_owned);
        key(cluster, &Place { kind: place.kind.clone(), namespace }, name(object))
    };
    let listed: HashSet<String> = objects.iter().map(key_of).collect();
    let as_seen = |object: Value| ledger.object(&key_of(&object)).unwrap_or(Some(object));
    let mut seen: Vec<Value> = objects.into_iter().filter_map(as_seen).collect();
    let made = ledger.objects_in(&key(cluster, place, "")).into_iter();
    let made = made.filter(|(key, object)| !listed.contains(key) && selection.surely_takes(object));
    seen.extend(made.map(|(_, object)| object));
    seen
}

/// Tries a patch on an object that would be made before, so that the server does not have it yet.
fn merged(
    cluster: &Reached,
    place: &Place,
    what: &What,
    patch: &PatchOf,
    problem: Problem,
) -> Result<(Vec<String>, Value), Problem> {
    let known = cluster.run().ledger().object(&key(cluster, place, &what.name)).flatten();
    let (Some(before), Form::Merge, None) = (known, &patch.form, &patch.subresource) else {
        return Err(problem);
    };
    let body = if place.kind.is_secret() { &patch.body_of_secret } else { &patch.body };
    let mut object = before.clone();
    json_patch::merge(&mut object, body);
    keep(cluster, place, &what.name, Some(object.clone()));
    Ok((difference::lines(Some(&before), &object), object))
}

/// An object that the server does not try out before earlier changes are made, such as that of its namespace.
async fn as_given(
    cluster: &Reached,
    mut object: Value,
    problem: Problem,
) -> Result<(Vec<String>, Value), Problem> {
    if !cluster.run().is_blamed_on_plan(&problem) {
        return Err(problem);
    }
    let mut place = place_of(cluster, &object).await?;
    if place.kind.namespaced && place.namespace.is_none() {
        place.namespace = cluster.namespace().map(str::to_owned);
    }
    let why = match &place.namespace {
        Some(namespace) if would_have(cluster, namespace) => "its namespace would be made before",
        _ => &problem.message,
    };
    let mut lines = vec![format!("as the script gives it: {why}")];
    lines.extend(difference::lines(None, &object));
    if let Some(metadata) = object.pointer_mut("/metadata").and_then(Value::as_object_mut) {
        metadata.insert("uid".to_owned(), "(not known)".into());
    }
    keep(cluster, &place, name(&object), Some(object.clone()));
    Ok((lines, object))
}

/// Whether a change that this plan has shown makes the namespace.
fn would_have(cluster: &Reached, namespace: &str) -> bool {
    let place = format!("{} /api/v1/namespaces/{namespace}", cluster.name());
    cluster.run().ledger().object(&place).flatten().is_some()
}

fn shown(cluster: &Reached, place: &Place, before: Option<&Value>, made: &Value) -> (Vec<String>, Value) {
    let lines = difference::lines(before, made);
    let known = cluster.run().ledger().object(&key(cluster, place, name(made))).flatten();
    let mut kept = made.clone();
    if let (Some(before), Some(mut known)) = (before, known) {
        // What an earlier change showed of it stays, below what this one changes.
        let change = json_patch::diff(before, made);
        if json_patch::patch(&mut known, &change).is_ok() {
            kept = known;
        }
    }
    keep(cluster, place, name(made), Some(kept.clone()));
    (lines, kept)
}

fn keep(cluster: &Reached, place: &Place, name: &str, object: Option<Value>) {
    cluster.run().ledger().keep_object(&key(cluster, place, name), object);
}

fn key(cluster: &Reached, place: &Place, name: &str) -> String {
    format!("{} {}/{name}", cluster.name(), place.path())
}

fn name(object: &Value) -> &str {
    object["metadata"]["name"].as_str().unwrap_or_default()
}

/// Where the object is that a server gave back.
async fn place_of(cluster: &Reached, object: &Value) -> Result<Place, Problem> {
    let link = reach(cluster).await?;
    let text = |field: &str| object[field].as_str().unwrap_or_default().to_owned();
    let (version, kind) = (text("apiVersion"), text("kind"));
    let kind = place::find_kind(cluster, &link, |kinds| kinds.of_object(&version, &kind)).await?;
    Ok(Place { kind, namespace: object["metadata"]["namespace"].as_str().map(str::to_owned) })
}

/// The object as the server has it now.
async fn standing(
    cluster: &Reached,
    link: &Link,
    place: &Place,
    name: &str,
) -> Result<Option<Value>, Problem> {
    let about = format!("get {}/{name}{}", place.kind, cluster.within());
    let build = || built(place.request().get(name, &GetParams::default()));
    match send(cluster, link, &about, Repeat::Freely, build).await {
        Ok(object) => Ok(Some(object)),
        Err(problem) if problem.kind == "not_found" => Ok(None),
        Err(problem) => Err(problem),
    }
}
