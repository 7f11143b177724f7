//! Reads objects: one, or all pages of a list.

use kube::core::params::{GetParams, ListParams};
use serde_json::{Map, Value};

use super::place::{self, Place};
use super::planned;
use super::request::{Repeat, built, send};
use super::{Link, Reached, reach};
use crate::oc::kinds::Kind;
use crate::oc::names::What;
use crate::oc::select::Selection;
use crate::problem::Problem;

/// How many objects a page holds at most.
const PAGE: u32 = 500;

/// How often a list may begin anew because its pages expired.
const RESTARTS: u32 = 5;

/// Reads one object. Errors: `not_found`, those of resolving and requesting.
pub(crate) async fn get(cluster: Reached, what: &What) -> Result<Value, Problem> {
    let link = reach(&cluster).await?;
    let place = place::of(&cluster, &link, &what.kind).await?;
    if let Some(object) = planned::seen(&cluster, &place, &what.name)? {
        return Ok(object);
    }
    get_at(&cluster, &link, &place, &what.name).await
}

/// Reads one object; `None` where there is none.
pub(crate) async fn find(cluster: Reached, what: &What) -> Result<Option<Value>, Problem> {
    match get(cluster, what).await {
        Ok(object) => Ok(Some(object)),
        Err(problem) if problem.kind == "not_found" => Ok(None),
        Err(problem) => Err(problem),
    }
}

/// Reads the object called `name` at `place`.
pub(super) async fn get_at(
    cluster: &Reached,
    link: &Link,
    place: &Place,
    name: &str,
) -> Result<Value, Problem> {
    let about = format!("get {}/{name}{}", place.kind, cluster.within());
    let build = || built(place.request().get(name, &GetParams::default()));
    send(cluster, link, &about, Repeat::Freely, build).await
}

/// Reads every object that is selected, all pages.
pub(crate) async fn list(cluster: Reached, kind: &str, selection: &Selection) -> Result<Vec<Value>, Problem> {
    let link = reach(&cluster).await?;
    let place = selected(&cluster, &link, kind, selection).await?;
    let objects = list_at(&cluster, &link, &place, selection, Repeat::Freely).await?.objects;
    Ok(planned::seen_all(&cluster, &place, selection, objects))
}

/// Finds where the selected objects of the kind are.
pub(super) async fn selected(
    cluster: &Reached,
    link: &Link,
    kind: &str,
    selection: &Selection,
) -> Result<Place, Problem> {
    if selection.all_namespaces {
        place::everywhere(cluster, link, kind).await
    } else {
        place::of(cluster, link, kind).await
    }
}

/// The objects at one moment, and the name of that moment, to watch from.
pub(super) struct Listed {
    /// The objects, each with its `apiVersion` and `kind`.
    pub objects: Vec<Value>,
    /// The resource version of the list.
    pub version: String,
}

/// Reads every selected object at `place`; a list whose pages expire meanwhile (410) begins anew.
pub(super) async fn list_at(
    cluster: &Reached,
    link: &Link,
    place: &Place,
    selection: &Selection,
    repeat: Repeat,
) -> Result<Listed, Problem> {
    let mut restarts = 0;
    loop {
        match pages(cluster, link, place, selection, repeat).await {
            Err(problem) if problem.kind == "expired" && restarts < RESTARTS => restarts += 1,
            listed => return listed,
        }
    }
}

async fn pages(
    cluster: &Reached,
    link: &Link,
    place: &Place,
    selection: &Selection,
    repeat: Repeat,
) -> Result<Listed, Problem> {
    let about = format!("list {}{}{selection}", place.kind, cluster.within());
    let mut listed = Listed { objects: Vec::new(), version: String::new() };
    let mut next: Option<String> = None;
    loop {
        let parameters = ListParams {
            label_selector: selection.labels.clone(),
            field_selector: selection.fields.clone(),
            limit: Some(PAGE),
            continue_token: next.clone(),
            ..ListParams::default()
        };
        let build = || built(place.request().list(&parameters));
        let mut page = send(cluster, link, &about, repeat, build).await?;
        let text = |field: &str| page["metadata"][field].as_str().unwrap_or_default().to_owned();
        listed.version = text("resourceVersion");
        let token = text("continue");
        if let Value::Array(items) = page["items"].take() {
            listed.objects.extend(items.into_iter().map(|item| named(item, &place.kind)));
        }
        if token.is_empty() {
            return Ok(listed);
        }
        next = Some(token);
    }
}

/// The items of a list of a built-in kind do not say what they are.
fn named(item: Value, kind: &Kind) -> Value {
    let Value::Object(fields) = item else { return item };
    let mut whole = Map::new();
    whole.insert("apiVersion".into(), kind.api_version().into());
    whole.insert("kind".into(), kind.kind.clone().into());
    whole.extend(fields);
    Value::Object(whole)
}
