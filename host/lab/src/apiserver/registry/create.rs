//! Creating an object.

use serde_json::{Value, json};
use uuid::Uuid;

use super::admission::{self, Operation};
use super::{Part, Target, UnknownFields, WriteOptions, at_version, definitions, names, strategy};
use crate::apiserver::kinds::Kind;
use crate::apiserver::status::{Cause, Status};
use crate::apiserver::store::State;
use crate::apiserver::{managed, meta, schema};

/// Creates `object` and gives it back as the client sees it.
///
/// Errors: 400 if the body does not fit the request, 404 or 403 if the namespace is missing or goes away,
/// 409 if the name is taken, 422 if the object is not valid.
pub fn create(
    state: &mut State,
    target: &Target,
    mut object: Value,
    options: &WriteOptions,
) -> Result<Value, Status> {
    let kind = &target.kind;
    check_identity(target, &mut object)?;
    if !meta::version(&object).is_empty() {
        return Err(Status::new(500, "", "resourceVersion should not be set on objects to be created"));
    }
    let name = settle_name(kind, &mut object)?;
    if kind.namespaced {
        check_namespace(state, target, &name)?;
        meta::set(&mut object, "metadata", "namespace", target.namespace.clone().into());
    }
    let key = (target.namespace.clone(), name.clone());
    if state.get(&kind.resource(), &key).is_some() {
        let mut taken = Status::already_exists(kind, &name);
        if state.get(&kind.resource(), &key).is_some_and(|object| meta::is_terminating(object)) {
            taken.message = format!("object is being deleted: {}", taken.message);
        }
        return Err(taken);
    }
    for field in ["deletionTimestamp", "deletionGracePeriodSeconds", "selfLink"] {
        meta::set(&mut object, "metadata", field, Value::Null);
    }
    meta::set(&mut object, "metadata", "uid", Uuid::new_v4().to_string().into());
    meta::set(&mut object, "metadata", "creationTimestamp", meta::now().into());
    if kind.generation {
        meta::set(&mut object, "metadata", "generation", json!(1));
    }
    if kind.status
        && kind.resource() != "nodes"
        && let Some(map) = object.as_object_mut()
    {
        map.remove("status");
    }
    strategy::prepare_create(target, &mut object);
    shape(target, None, &mut object, options.unknown_fields)?;
    strategy::validate(kind, None, &object).map_err(|causes| Status::invalid(kind, &name, &causes))?;
    admission::admit(state, target, Operation::Create, options, &object)?;
    if !options.applied {
        managed::record(target, options, &Value::Null, &mut object);
    }
    let mut object = at_version(kind, &kind.storage, &object);
    if options.dry_run {
        return Ok(target.shown(&object));
    }
    if kind.resource() == super::DEFINITIONS {
        definitions::accept(state, &mut object)?;
    }
    strategy::allocate(state, kind, &mut object);
    let stored = state.put(&kind.resource(), key, object);
    Ok(target.shown(&stored))
}

/// Checks that the body is an object of the target's kind, version, namespace and name.
pub(super) fn check_identity(target: &Target, object: &mut Value) -> Result<(), Status> {
    let expected = target.kind.api_version(&target.version);
    let Some(map) = object.as_object_mut() else {
        return Err(Status::bad_request("the request body is no object"));
    };
    let version = map.entry("apiVersion").or_insert_with(|| expected.clone().into());
    if version.as_str() != Some(&expected) {
        return Err(Status::bad_request(format!(
            "the API version in the data ({}) does not match the expected API version ({expected})",
            version.as_str().unwrap_or_default()
        )));
    }
    let kind = map.entry("kind").or_insert_with(|| target.kind.kind.clone().into());
    if kind.as_str() != Some(&target.kind.kind) {
        return Err(Status::bad_request(format!(
            "the kind in the data ({}) does not match the expected kind ({})",
            kind.as_str().unwrap_or_default(),
            target.kind.kind
        )));
    }
    if !map.entry("metadata").or_insert_with(|| json!({})).is_object() {
        return Err(Status::bad_request("metadata is no object"));
    }
    strategy::check_metadata(object)?;
    strategy::check_data(&target.kind, object)?;
    strategy::tidy(&target.kind, object);
    drop_empty_metadata(object);
    let namespace = meta::namespace(object);
    if target.kind.namespaced && !namespace.is_empty() && namespace != target.namespace {
        return Err(Status::bad_request(
            "the namespace of the provided object does not match the namespace sent on the request",
        ));
    }
    if !target.kind.namespaced {
        meta::set(object, "metadata", "namespace", Value::Null);
    }
    let name = meta::name(object);
    if !target.name.is_empty() && !name.is_empty() && name != target.name {
        return Err(Status::bad_request(format!(
            "the name of the object ({name}) does not match the name on the URL ({})",
            target.name
        )));
    }
    Ok(())
}

/// Empty maps and lists of the metadata are no different from absent ones, and are not kept.
fn drop_empty_metadata(object: &mut Value) {
    for field in ["annotations", "finalizers", "labels", "ownerReferences"] {
        let empty = match &object["metadata"][field] {
            Value::Object(map) => map.is_empty(),
            Value::Array(list) => list.is_empty(),
            _ => false,
        };
        if empty {
            meta::set(object, "metadata", field, Value::Null);
        }
    }
}

fn settle_name(kind: &Kind, object: &mut Value) -> Result<String, Status> {
    if meta::name(object).is_empty() {
        let prefix = meta::text(object, "/metadata/generateName");
        if prefix.is_empty() {
            let cause = Cause::new(
                "FieldValueRequired",
                "metadata.name",
                "Required value: name or generateName is required",
            );
            return Err(Status::invalid(kind, "", &[cause]));
        }
        let name = names::generated(prefix);
        meta::set(object, "metadata", "name", name.into());
    }
    let name = meta::name(object).to_owned();
    if let Some(problem) = names::problem(kind, &name) {
        let message = format!("Invalid value: \"{name}\": {problem}");
        let cause = Cause::new("FieldValueInvalid", "metadata.name", message);
        return Err(Status::invalid(kind, &name, &[cause]));
    }
    Ok(name)
}

fn check_namespace(state: &State, target: &Target, name: &str) -> Result<(), Status> {
    let Some(namespaces) = state.kinds.get("namespaces") else { return Ok(()) };
    let key = (String::new(), target.namespace.clone());
    match state.get("namespaces", &key) {
        None => Err(Status::not_found(&namespaces, &target.namespace)),
        Some(namespace) if meta::is_terminating(namespace) => {
            let message = format!("namespace {} is being terminated", target.namespace);
            let why = format!(
                "unable to create new content in namespace {} because it is being terminated",
                target.namespace
            );
            let cause = Cause::new("NamespaceTerminating", "metadata.namespace", message);
            Err(Status::forbidden(&target.kind, name, &why).with_causes(&[cause]))
        }
        Some(_) => Ok(()),
    }
}

/// Brings a custom object into the shape of its schema: unknown fields go, defaults come, rules are checked.
pub(super) fn shape(
    target: &Target,
    old: Option<&Value>,
    object: &mut Value,
    unknown: UnknownFields,
) -> Result<(), Status> {
    let Some(schema) = target.kind.schemas.get(&target.version) else { return Ok(()) };
    let dropped = schema::prune(schema, object);
    if unknown == UnknownFields::Refuse && !dropped.is_empty() {
        let fields: Vec<_> = dropped.iter().map(|path| format!("unknown field \"{path}\"")).collect();
        let kind = &target.kind.kind;
        return Err(Status::bad_request(format!(
            "{kind} in version \"{}\" cannot be handled as a {kind}: strict decoding error: {}",
            target.version,
            fields.join(", ")
        )));
    }
    schema::default(schema, object);
    let causes = schema::validate(schema, old, object, target.part == Part::Status);
    if causes.is_empty() {
        return Ok(());
    }
    Err(Status::invalid(&target.kind, meta::name(object), &causes))
}
