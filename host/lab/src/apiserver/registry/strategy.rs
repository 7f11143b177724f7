//! What is particular about single builtin kinds when they are written.

mod data;
mod defaults;
mod metadata;
pub(super) mod requests;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{Part, Target};
use crate::apiserver::kinds::Kind;
use crate::apiserver::meta;
use crate::apiserver::status::{Cause, Status};
use crate::apiserver::store::State;

/// Fills in what the server decides when an object of this kind is made.
pub fn prepare_create(target: &Target, object: &mut Value) {
    match target.kind.resource().as_str() {
        "namespaces" => {
            let mut finalizers = object["spec"]["finalizers"].as_array().cloned().unwrap_or_default();
            if !finalizers.contains(&json!("kubernetes")) {
                finalizers.push(json!("kubernetes"));
            }
            meta::set(object, "spec", "finalizers", finalizers.into());
            meta::set(object, "status", "phase", "Active".into());
            label_with_name(object);
        }
        requests::RESOURCE => requests::prepare_create(target, object),
        "pods" | "persistentvolumeclaims" => meta::set(object, "status", "phase", "Pending".into()),
        "persistentvolumes" => meta::set(object, "status", "phase", "Available".into()),
        "rolebindings.rbac.authorization.k8s.io" | "clusterrolebindings.rbac.authorization.k8s.io" => {
            subjects(object);
        }
        _ => {}
    }
    defaults::fill(&target.kind, object);
    fold_string_data(&target.kind, object);
}

/// Who is named without a group is of the group that users and groups are of.
fn subjects(object: &mut Value) {
    for subject in object.get_mut("subjects").and_then(Value::as_array_mut).into_iter().flatten() {
        if matches!(subject["kind"].as_str(), Some("User" | "Group")) && subject["apiGroup"].is_null() {
            subject["apiGroup"] = "rbac.authorization.k8s.io".into();
        }
    }
}

/// A namespace bears its own name as a label, whatever the writer says.
fn label_with_name(object: &mut Value) {
    let name = meta::name(object).to_owned();
    if !object["metadata"]["labels"].is_object() {
        object["metadata"]["labels"] = json!({});
    }
    object["metadata"]["labels"]["kubernetes.io/metadata.name"] = name.into();
}

/// Fills in what the server decides when an object of this kind changes.
pub fn prepare_update(target: &Target, old: &Value, object: &mut Value) {
    if target.kind.resource() == requests::RESOURCE && target.part != Part::Everything {
        requests::prepare_update(old, object);
    }
    if target.kind.is("", "Namespace") {
        label_with_name(object);
    }
    if target.kind.is("", "Service") && meta::text(object, "/spec/clusterIP").is_empty() {
        for field in ["clusterIP", "clusterIPs"] {
            meta::set(object, "spec", field, old["spec"][field].clone());
        }
    }
    defaults::fill(&target.kind, object);
    fold_string_data(&target.kind, object);
}

/// Gives out what is counted for the whole cluster: the addresses of services.
pub fn allocate(state: &State, kind: &Kind, object: &mut Value) {
    if !kind.is("", "Service") || meta::text(object, "/spec/type") == "ExternalName" {
        return;
    }
    if meta::text(object, "/spec/clusterIP").is_empty() {
        let version = state.version;
        let address = format!("172.30.{}.{}", (version >> 8) & 0xff, version & 0xff);
        meta::set(object, "spec", "clusterIP", address.into());
    }
    let address = object["spec"]["clusterIP"].clone();
    meta::set(object, "spec", "clusterIPs", json!([address]));
}

fn fold_string_data(kind: &Kind, object: &mut Value) {
    if !kind.is("", "Secret") {
        return;
    }
    let Some(plain) = object.as_object_mut().and_then(|map| map.remove("stringData")) else { return };
    for (key, text) in plain.as_object().into_iter().flatten() {
        let encoded = STANDARD.encode(text.as_str().unwrap_or_default());
        meta::set(object, "data", key, encoded.into());
    }
}

/// Says which fields make an object of this kind invalid.
pub fn validate(kind: &Kind, old: Option<&Value>, object: &Value) -> Result<(), Vec<Cause>> {
    let mut causes = Vec::new();
    metadata::validate(kind, object, &mut causes);
    match kind.resource().as_str() {
        "secrets" => secret(old, object, &mut causes),
        requests::RESOURCE => requests::validate(old, object, &mut causes),
        "configmaps" => {
            data::validate(object, &mut causes);
            frozen(old, object, &["data", "binaryData"], &mut causes);
        }
        "pods" => {
            containers(object, "/spec/containers", "spec.containers", &mut causes);
            fixed_pod(old, object, &mut causes);
        }
        "deployments.apps" | "replicasets.apps" | "statefulsets.apps" | "daemonsets.apps" => {
            workload(kind, old, object, &mut causes);
        }
        "roles.rbac.authorization.k8s.io" => rules(object, &mut causes),
        "rolebindings.rbac.authorization.k8s.io" | "clusterrolebindings.rbac.authorization.k8s.io" => {
            unchanged(old, object, "/roleRef", "roleRef", "cannot change roleRef", &mut causes);
        }
        "persistentvolumeclaims" => {
            fixed_claim(old, object, &mut causes);
        }
        _ => {}
    }
    if causes.is_empty() { Ok(()) } else { Err(causes) }
}

/// Says what makes a change invalid: as [`validate`], and what this part may not write.
pub fn validate_change(target: &Target, old: &Value, object: &Value) -> Result<(), Vec<Cause>> {
    let mut causes = validate(&target.kind, Some(old), object).err().unwrap_or_default();
    if target.kind.resource() == requests::RESOURCE {
        requests::validate_change(target.part, old, object, &mut causes);
    }
    if causes.is_empty() { Ok(()) } else { Err(causes) }
}

/// A rule of a role names verbs, and what they are about.
fn rules(object: &Value, causes: &mut Vec<Cause>) {
    let is_empty = |rule: &Value, field: &str| rule[field].as_array().is_none_or(Vec::is_empty);
    for (index, rule) in object["rules"].as_array().into_iter().flatten().enumerate() {
        for (field, why) in [
            ("verbs", "verbs must contain at least one value"),
            ("resources", "resource rules must supply at least one resource"),
        ] {
            if is_empty(rule, field) {
                let place = format!("rules[{index}].{field}");
                causes.push(Cause::new("FieldValueRequired", place, format!("Required value: {why}")));
            }
        }
    }
}

/// Of a claim only the size can change, and that of a bound one alone.
fn fixed_claim(old: Option<&Value>, object: &Value, causes: &mut Vec<Cause>) {
    let Some(old) = old else { return };
    let bound = meta::text(old, "/status/phase") == "Bound";
    let differs = |pointer: &str| old.pointer(pointer) != object.pointer(pointer);
    let fixed = ["/spec/storageClassName", "/spec/accessModes"];
    if fixed.into_iter().any(differs) || (!bound && differs("/spec/resources/requests")) {
        causes.push(Cause::new("FieldValueForbidden", "spec", format!("Forbidden: {IMMUTABLE_CLAIM}")));
    }
}

const IMMUTABLE_CLAIM: &str = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";

/// Of a pod's specification only a few fields can change; a node can be given to it once.
fn fixed_pod(old: Option<&Value>, object: &Value, causes: &mut Vec<Cause>) {
    let Some(old) = old else { return };
    let fixed = |pod: &Value| {
        let mut spec = pod["spec"].clone();
        for list in ["containers", "initContainers"] {
            for container in spec.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
                container["image"] = Value::Null;
            }
        }
        for field in ["activeDeadlineSeconds", "nodeName", "terminationGracePeriodSeconds", "tolerations"] {
            spec[field] = Value::Null;
        }
        spec
    };
    let bound = meta::text(old, "/spec/nodeName");
    let moved = !bound.is_empty() && bound != meta::text(object, "/spec/nodeName");
    if moved || fixed(old) != fixed(object) {
        let message = "Forbidden: pod updates may not change fields other than `spec.containers[*].image`,\
             `spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to \
             existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was \
             previously negative)";
        causes.push(Cause::new("FieldValueForbidden", "spec", message));
    }
}

fn secret(old: Option<&Value>, object: &Value, causes: &mut Vec<Cause>) {
    data::validate(object, causes);
    unchanged(old, object, "/type", "type", "field is immutable", causes);
    frozen(old, object, &["data"], causes);
    let needed: &[&str] = match meta::text(object, "/type") {
        "kubernetes.io/dockerconfigjson" => &[".dockerconfigjson"],
        "kubernetes.io/dockercfg" => &[".dockercfg"],
        "kubernetes.io/ssh-auth" => &["ssh-privatekey"],
        "kubernetes.io/tls" => &["tls.crt", "tls.key"],
        _ => &[],
    };
    for key in needed {
        if object["data"].get(key).is_none() {
            causes.push(Cause::new("FieldValueRequired", format!("data[{key}]"), "Required value"));
        }
    }
}

fn frozen(old: Option<&Value>, object: &Value, fields: &[&str], causes: &mut Vec<Cause>) {
    let Some(old) = old.filter(|old| old["immutable"] == json!(true)) else { return };
    for field in fields.iter().chain(&["immutable"]) {
        if old.get(field) != object.get(field) {
            let message = "Forbidden: field is immutable when `immutable` is set";
            causes.push(Cause::new("FieldValueForbidden", *field, message));
        }
    }
}

fn unchanged(
    old: Option<&Value>,
    object: &Value,
    pointer: &str,
    field: &str,
    why: &str,
    causes: &mut Vec<Cause>,
) {
    let Some(old) = old else { return };
    let (before, after) = (old.pointer(pointer), object.pointer(pointer));
    if before != after {
        let shown = after.cloned().unwrap_or_default();
        causes.push(Cause::new("FieldValueInvalid", field, format!("Invalid value: {shown}: {why}")));
    }
}

fn containers(object: &Value, pointer: &str, field: &str, causes: &mut Vec<Cause>) {
    let list = object.pointer(pointer).and_then(Value::as_array);
    if list.is_none_or(Vec::is_empty) {
        causes.push(Cause::new("FieldValueRequired", field, "Required value"));
    }
    for (index, container) in list.into_iter().flatten().enumerate() {
        if container["name"].as_str().unwrap_or_default().is_empty() {
            causes.push(Cause::new("FieldValueRequired", format!("{field}[{index}].name"), "Required value"));
        }
        if container["image"].as_str().unwrap_or_default().is_empty() {
            causes.push(Cause::new(
                "FieldValueRequired",
                format!("{field}[{index}].image"),
                "Required value",
            ));
        }
    }
}

/// Of a workload's pods no more can be ready, or anything else, than there are.
fn counts(kind: &Kind, object: &Value, causes: &mut Vec<Cause>) {
    let count = |field: &str| object["status"][field].as_i64().unwrap_or_default();
    let mut no_more = |field: &str, than: &str, said: &str| {
        if count(field) > count(than) {
            let message = format!("Invalid value: {}: cannot be greater than {said}", count(field));
            causes.push(Cause::new("FieldValueInvalid", format!("status.{field}"), message));
        }
    };
    let (parts, ready): (&[&str], &str) = match kind.kind.as_str() {
        "Deployment" => (&["updatedReplicas", "readyReplicas", "availableReplicas"], "readyReplicas"),
        "ReplicaSet" => (&["fullyLabeledReplicas", "readyReplicas", "availableReplicas"], "readyReplicas"),
        "StatefulSet" => (
            &["readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"],
            "status.readyReplicas",
        ),
        _ => return,
    };
    for part in parts {
        no_more(part, "replicas", "status.replicas");
    }
    no_more("availableReplicas", "readyReplicas", ready);
}

fn workload(kind: &Kind, old: Option<&Value>, object: &Value, causes: &mut Vec<Cause>) {
    if object["spec"]["replicas"].as_i64().is_some_and(|replicas| replicas < 0) {
        let shown = &object["spec"]["replicas"];
        let message = format!("Invalid value: {shown}: must be greater than or equal to 0");
        causes.push(Cause::new("FieldValueInvalid", "spec.replicas", message));
    }
    counts(kind, object, causes);
    let wanted = &object["spec"]["selector"]["matchLabels"];
    if object["spec"]["selector"].is_null() {
        causes.push(Cause::new("FieldValueRequired", "spec.selector", "Required value"));
    }
    let labels = &object["spec"]["template"]["metadata"]["labels"];
    let differs = |wanted: &serde_json::Map<String, Value>| {
        wanted.iter().any(|(key, value)| labels.get(key) != Some(value))
    };
    if object["spec"]["selector"].is_null() || wanted.as_object().is_some_and(differs) {
        let message = format!("Invalid value: {labels}: `selector` does not match template `labels`");
        causes.push(Cause::new("FieldValueInvalid", "spec.template.metadata.labels", message));
    }
    containers(object, "/spec/template/spec/containers", "spec.template.spec.containers", causes);
    if kind.kind == "StatefulSet" {
        for field in ["serviceName", "volumeClaimTemplates", "podManagementPolicy"] {
            if old.is_some_and(|old| old["spec"].get(field) != object["spec"].get(field)) {
                let message = "Forbidden: updates to statefulset spec for fields other than 'replicas', \
                     'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', \
                     'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
                causes.push(Cause::new("FieldValueForbidden", "spec", message));
                return;
            }
        }
    }
    unchanged(old, object, "/spec/selector", "spec.selector", "field is immutable", causes);
}

/// Refuses metadata that no client could read back: labels and annotations are maps of texts.
pub fn check_metadata(object: &Value) -> Result<(), Status> {
    for field in ["labels", "annotations"] {
        let Some(map) = object["metadata"].get(field).filter(|map| !map.is_null()) else { continue };
        let texts = map.as_object().is_some_and(|map| map.values().all(Value::is_string));
        if !texts {
            return Err(Status::bad_request(format!("metadata.{field} is no map of strings")));
        }
    }
    for field in ["finalizers", "ownerReferences"] {
        if object["metadata"].get(field).is_some_and(|list| !list.is_null() && !list.is_array()) {
            return Err(Status::bad_request(format!("metadata.{field} is no list")));
        }
    }
    Ok(())
}

/// Refuses the data of config maps and secrets that a typed reader could not take: it holds texts, in base64 where
/// it is binary.
pub fn check_data(kind: &Kind, object: &Value) -> Result<(), Status> {
    let (fields, binary): (&[&str], &[&str]) = match kind.resource().as_str() {
        "configmaps" => (&["data", "binaryData"], &["binaryData"]),
        "secrets" => (&["data", "stringData"], &["data"]),
        _ => return Ok(()),
    };
    for field in fields {
        let Some(map) = object.get(field).filter(|map| !map.is_null()) else { continue };
        let fits = |value: &Value| match value {
            Value::Null => true,
            Value::String(text) => !binary.contains(field) || STANDARD.decode(text).is_ok(),
            _ => false,
        };
        if !map.as_object().is_some_and(|map| map.values().all(fits)) {
            return Err(Status::bad_request(format!(
                "{} in version \"v1\" cannot be handled as a {}: {field} is no map of texts",
                kind.kind, kind.kind
            )));
        }
    }
    Ok(())
}

/// Drops what a server's own types do not keep: nulls everywhere, and empty data.
pub fn tidy(kind: &Kind, object: &mut Value) {
    if kind.custom {
        return;
    }
    drop_nulls(object);
    if matches!(kind.resource().as_str(), "configmaps" | "secrets")
        && let Some(map) = object.as_object_mut()
    {
        map.retain(|field, value| {
            !(matches!(field.as_str(), "data" | "binaryData")
                && value.as_object().is_some_and(serde_json::Map::is_empty))
        });
    }
}

fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().for_each(drop_nulls);
        }
        Value::Array(list) => list.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}
