//! Creates, applies, patches and scales.

use kube::core::params::{Patch, PatchParams, PostParams};
use serde_json::{Value, json};

use super::changed::Before;
use super::place::{self, Place, find_kind};
use super::request::{Repeat, built, send};
use super::{Link, Reached, reach};
use crate::environment::Target;
use crate::oc::kinds::Kind;
use crate::oc::names::{What, is_name};
use crate::oc::patch::{Form, PatchOf};
use crate::problem::Problem;

/// Under what name drsh holds the fields that it sets.
const MANAGER: &str = "drsh";

/// Creates an object. Errors: `already_exists`, `invalid`, those of placing and requesting.
pub(crate) async fn create(cluster: Reached, object: Value) -> Result<Value, Problem> {
    let link = reach(&cluster).await?;
    let (place, name) = place_of(&cluster, &link, &object).await?;
    let about = format!(
        "create {}/{}{}",
        place.kind,
        name.as_deref().unwrap_or("(named by the server)"),
        within(&place)
    );
    let parameters = PostParams { field_manager: Some(MANAGER.into()), dry_run: cluster.shows() };
    let body = object.to_string().into_bytes();
    let build = || built(place.request().create(&parameters, body.clone()));
    let made = send(&cluster, &link, &about, Repeat::IfUntouched, build).await?;
    Before::Absent.tell(&cluster, &made, false);
    Ok(made)
}

/// Applies an object on the server's side. Errors: `conflict` with the fields and who holds them, `invalid`.
pub(crate) async fn apply(cluster: Reached, mut object: Value, force: bool) -> Result<Value, Problem> {
    let link = reach(&cluster).await?;
    let (place, name) = place_of(&cluster, &link, &object).await?;
    let name = name.ok_or_else(|| Problem::new("invalid", "an object to apply needs `metadata.name`"))?;
    let about = format!("apply {}/{name}{}", place.kind, within(&place));
    let parameters = PatchParams { force, dry_run: cluster.shows(), ..PatchParams::apply(MANAGER) };
    if let Some(metadata) = object.pointer_mut("/metadata").and_then(Value::as_object_mut) {
        // The server's own book-keeping: an object that was read and is applied again must not bring it along.
        metadata.remove("managedFields");
    }
    let repeat = repeat_of(&object);
    let body = Patch::Apply(object);
    let before = Before::of(&cluster, &link, &place, &name).await;
    let build = || built(place.request().patch(&name, &parameters, &body));
    let made = send(&cluster, &link, &about, repeat, build).await?;
    before.tell(&cluster, &made, false);
    Ok(made)
}

/// Patches an object. Errors: `not_found`, `conflict`, `invalid`.
pub(crate) async fn patch(cluster: Reached, what: &What, patch: &PatchOf) -> Result<Value, Problem> {
    let link = reach(&cluster).await?;
    let place = place::of(&cluster, &link, &what.kind).await?;
    let sub = patch.subresource.as_deref();
    let slash = sub.map_or(String::new(), |sub| format!("/{sub}"));
    let about = format!("patch {}/{}{slash}{}", place.kind, what.name, within(&place));
    let mut parameters = managed(&cluster);
    parameters.force = patch.force;
    let body = if place.kind.is_secret() { &patch.body_of_secret } else { &patch.body };
    let freely = repeat_of(body);
    let (body, repeat) = match patch.form {
        Form::Merge => (Patch::Merge(body.clone()), freely),
        Form::Strategic => (Patch::Strategic(body.clone()), freely),
        Form::Apply => (Patch::Apply(identified(body, &place.kind, &what.name)), freely),
        // Its operations may add to a list: done twice is not done once.
        Form::Json => (Patch::Json(operations(body)?), Repeat::IfUntouched),
    };
    let before = Before::of(&cluster, &link, &place, &what.name).await;
    let build = || {
        built(match sub {
            Some(sub) => place.request().patch_subresource(sub, &what.name, &parameters, &body),
            None => place.request().patch(&what.name, &parameters, &body),
        })
    };
    let made = send(&cluster, &link, &about, repeat, build).await?;
    before.tell(&cluster, &made, sub == Some("status"));
    Ok(made)
}

/// Sets how many replicas there shall be; gives back how many there should have been before.
pub(crate) async fn scale(cluster: Reached, what: &What, replicas: u64) -> Result<u64, Problem> {
    let link = reach(&cluster).await?;
    let place = place::of(&cluster, &link, &what.kind).await?;
    if !place.kind.subresources.iter().any(|sub| sub == "scale") {
        let message =
            format!("{} cannot be scaled: cluster {} serves no scale of it", place.kind, cluster.name());
        return Err(
            Problem::new("invalid", message).hint("if it has a field for this, set that with `oc_patch`")
        );
    }
    let about = format!("read the scale of {}/{}{}", place.kind, what.name, within(&place));
    let build = || built(place.request().get_subresource("scale", &what.name));
    let before = send(&cluster, &link, &about, Repeat::Freely, build).await?;
    let before = before["spec"]["replicas"].as_u64().unwrap_or_default();
    let about = format!("scale {}/{}{} to {replicas}", place.kind, what.name, within(&place));
    let parameters = managed(&cluster);
    let body = Patch::Merge(json!({ "spec": { "replicas": replicas } }));
    let build = || built(place.request().patch_subresource("scale", &what.name, &parameters, &body));
    send(&cluster, &link, &about, Repeat::EvenContended, build).await?;
    cluster.tell_changed(vec![format!("~ spec.replicas: {before} -> {replicas}")]);
    Ok(before)
}

/// How often a write may be sent that is the same when it is done twice: one that names the state that it goes by
/// must not be sent again once that is not the state any more.
fn repeat_of(body: &Value) -> Repeat {
    let goes_by = |field: &str| body["metadata"].get(field).is_some_and(|value| !value.is_null());
    if goes_by("resourceVersion") || goes_by("uid") { Repeat::Freely } else { Repeat::EvenContended }
}

/// Where an object that says what it is belongs, and its name if it has one.
///
/// Errors: `invalid` if it does not say, `bad_argument` if its namespace is not the handle's.
async fn place_of(
    cluster: &Reached,
    link: &Link,
    object: &Value,
) -> Result<(Place, Option<String>), Problem> {
    let text =
        |pointer: &str| object.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty());
    let (Some(version), Some(kind)) = (text("/apiVersion"), text("/kind")) else {
        return Err(Problem::new("invalid", "the object does not say its `apiVersion` and `kind`"));
    };
    let kind = find_kind(cluster, link, |kinds| kinds.of_object(version, kind)).await?;
    let name = text("/metadata/name").map(str::to_owned);
    if let Some(name) = name.as_deref().filter(|name| !is_name(name)) {
        return Err(Problem::new("invalid", format!("`{name}` cannot be the name of an object")));
    }
    if !kind.namespaced {
        return Ok((Place { kind, namespace: None }, name));
    }
    let own = text("/metadata/namespace");
    match (own, cluster.namespace()) {
        (Some(own), Some(handle)) if own != handle => {
            let which = format!("{kind}/{}", name.unwrap_or_default());
            let message = format!("{which} is of namespace {own}, and the handle is for namespace {handle}");
            Err(Problem::new("bad_argument", message)
                .hint("use a handle of its namespace, or one of the whole cluster"))
        }
        (None, None) => {
            let message =
                format!("{kind} are in namespaces, and neither the object nor the handle names one");
            Err(Problem::new("bad_argument", message))
        }
        (own, handle) => Ok((Place { kind, namespace: own.or(handle).map(str::to_owned) }, name)),
    }
}

/// The parameters of a patch; in a plan it is tried out.
fn managed(cluster: &Reached) -> PatchParams {
    PatchParams { field_manager: Some(MANAGER.into()), dry_run: cluster.shows(), ..PatchParams::default() }
}

/// What an applied patch must say besides its fields.
fn identified(body: &Value, kind: &Kind, name: &str) -> Value {
    let mut body = body.clone();
    if body.is_object() {
        body["apiVersion"] = kind.api_version().into();
        body["kind"] = kind.kind.clone().into();
        body["metadata"]["name"] = name.into();
    }
    body
}

fn operations(body: &Value) -> Result<json_patch::Patch, Problem> {
    serde_json::from_value(body.clone()).map_err(|error| {
        Problem::new("invalid", format!("this is no JSON patch: {error}"))
            .hint("it is a list of maps such as #{op: \"replace\", path: \"/spec/replicas\", value: 0}")
    })
}

fn within(place: &Place) -> String {
    place.namespace.as_ref().map_or(String::new(), |namespace| format!(" in {namespace}"))
}
