//! `CustomResourceDefinition`s: a kind is made of one, and goes with it.

use serde_json::{Value, json};
use std::sync::Arc;

use crate::apiserver::kinds::{Column, Kind, Scale, qualified};
use crate::apiserver::status::{Cause, Status};
use crate::apiserver::store::State;
use crate::apiserver::{meta, schema};

/// The resource of definitions.
pub const DEFINITIONS: &str = "customresourcedefinitions.apiextensions.k8s.io";

/// Makes the kind that a definition describes.
///
/// Errors: 422 with the field that is missing or wrong.
pub fn kind_of_definition(definition: &Value) -> Result<Kind, Status> {
    let name = meta::name(definition);
    let needed = |pointer: &str| {
        let text = meta::text(definition, pointer);
        if text.is_empty() {
            Err(invalid(name, &field(pointer), "Required value"))
        } else {
            Ok(text.to_owned())
        }
    };
    let (group, kind, plural) =
        (needed("/spec/group")?, needed("/spec/names/kind")?, needed("/spec/names/plural")?);
    if name != qualified(&plural, &group) {
        let message = format!("Invalid value: \"{name}\": must be spec.names.plural+\".\"+spec.group");
        return Err(invalid(name, "metadata.name", &message));
    }
    let mut made = Kind {
        list_kind: or(meta::text(definition, "/spec/names/listKind"), &format!("{kind}List")),
        singular: or(meta::text(definition, "/spec/names/singular"), &kind.to_lowercase()),
        short_names: texts(&definition["spec"]["names"]["shortNames"]),
        categories: texts(&definition["spec"]["names"]["categories"]),
        namespaced: meta::text(definition, "/spec/scope") == "Namespaced",
        generation: true,
        kept: true,
        custom: true,
        group,
        kind,
        plural,
        ..Kind::default()
    };
    let mut served = Vec::new();
    let versions = definition.pointer("/spec/versions").and_then(Value::as_array);
    for version in versions.into_iter().flatten() {
        let label = meta::text(version, "/name").to_owned();
        if version["storage"] == json!(true) {
            made.storage.clone_from(&label);
        }
        if version["served"] == json!(true) {
            served.push(label.clone());
        }
        if let Some(schema) = version.pointer("/schema/openAPIV3Schema") {
            schema::check(schema)
                .map_err(|why| invalid(name, &format!("spec.versions[{label}].schema"), &why))?;
            made.schemas.insert(label.clone(), Arc::new(schema.clone()));
        }
        made.columns.insert(label, columns(version));
        made.status |= version.pointer("/subresources/status").is_some();
        if let Some(scale) = version.pointer("/subresources/scale") {
            made.scale = Some(Scale {
                spec: meta::text(scale, "/specReplicasPath").to_owned(),
                status: meta::text(scale, "/statusReplicasPath").to_owned(),
                selector: scale["labelSelectorPath"].as_str().map(str::to_owned),
            });
        }
    }
    if made.storage.is_empty() {
        return Err(invalid(name, "spec.versions", "Invalid value: must have exactly one storage version"));
    }
    served.sort_by_key(|version| std::cmp::Reverse(priority(version)));
    made.versions = served;
    Ok(made)
}

/// Registers the kind of a definition that is being written, and says so in its status.
pub(super) fn accept(state: &mut State, definition: &mut Value) -> Result<(), Status> {
    let kind = kind_of_definition(definition)?;
    let mut names = json!({
        "kind": kind.kind, "listKind": kind.list_kind, "plural": kind.plural, "singular": kind.singular,
    });
    for (field, set) in [("shortNames", &kind.short_names), ("categories", &kind.categories)] {
        if !set.is_empty() {
            names[field] = json!(set);
        }
    }
    definition["spec"]["names"] = names.clone();
    if definition["spec"].get("conversion").is_none() {
        definition["spec"]["conversion"] = json!({ "strategy": "None" });
    }
    let now = meta::now();
    let condition = |type_: &str, reason: &str, message: &str| {
        json!({
            "type": type_, "status": "True", "reason": reason, "message": message, "lastTransitionTime": now,
        })
    };
    if definition["status"]["conditions"].is_null() {
        definition["status"]["conditions"] = json!([
            condition("NamesAccepted", "NoConflicts", "no conflicts found"),
            condition("Established", "InitialNamesAccepted", "the initial names have been accepted"),
        ]);
    }
    definition["status"]["acceptedNames"] = names;
    let mut stored = texts(&definition["status"]["storedVersions"]);
    if !stored.contains(&kind.storage) {
        stored.push(kind.storage.clone());
    }
    definition["status"]["storedVersions"] = json!(stored);
    state.kinds.add(kind);
    Ok(())
}

/// Forgets the kind of a definition that was deleted, and every object of it.
pub(super) fn withdraw(state: &mut State, definition: &Value) {
    let resource = meta::name(definition).to_owned();
    let keys: Vec<_> = state.list(&resource, "").map(|(key, _)| key.clone()).collect();
    for key in keys {
        state.remove(&resource, &key, None);
    }
    state.kinds.remove(&resource);
}

fn columns(version: &Value) -> Vec<Column> {
    let columns = version["additionalPrinterColumns"].as_array();
    let text = |column: &Value, field: &str| column[field].as_str().unwrap_or_default().to_owned();
    columns
        .into_iter()
        .flatten()
        .map(|column| Column {
            name: text(column, "name"),
            type_: text(column, "type"),
            json_path: text(column, "jsonPath"),
            priority: column["priority"].as_i64().unwrap_or(0),
            description: text(column, "description"),
        })
        .collect()
}

/// Orders versions as discovery does: v2 before v1 before v2beta1 before v1alpha1.
fn priority(version: &str) -> (u8, u32, u32) {
    let Some(rest) = version.strip_prefix('v') else { return (0, 0, 0) };
    for (stage, word) in [(2, "beta"), (1, "alpha")] {
        if let Some((major, minor)) = rest.split_once(word) {
            return (stage, major.parse().unwrap_or(0), minor.parse().unwrap_or(0));
        }
    }
    rest.parse().map_or((0, 0, 0), |major| (3, major, 0))
}

fn invalid(name: &str, field: &str, message: &str) -> Status {
    let kind = Kind {
        group: "apiextensions.k8s.io".to_owned(),
        kind: "CustomResourceDefinition".to_owned(),
        ..Kind::default()
    };
    Status::invalid(&kind, name, &[Cause::new("FieldValueInvalid", field, message)])
}

fn field(pointer: &str) -> String {
    pointer.trim_start_matches('/').replace('/', ".")
}

fn or(text: &str, other: &str) -> String {
    if text.is_empty() { other } else { text }.to_owned()
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stable_versions_are_preferred_to_beta_and_beta_to_alpha() {
        let mut versions = vec!["v1alpha1", "v1beta1", "v10", "v1beta2", "v2", "odd"];
        versions.sort_by_key(|version| std::cmp::Reverse(priority(version)));
        assert_eq!(versions, ["v10", "v2", "v1beta2", "v1beta1", "v1alpha1", "odd"]);
    }

    #[test]
    fn a_definition_whose_name_does_not_fit_its_plural_is_refused() {
        let definition = json!({
            "metadata": { "name": "things.example.org" },
            "spec": { "group": "example.com", "names": { "kind": "Thing", "plural": "things" } },
        });
        let status = kind_of_definition(&definition).unwrap_err();
        assert_eq!(status.code, 422);
        assert!(status.message.contains("metadata.name"), "{}", status.message);
    }
}
