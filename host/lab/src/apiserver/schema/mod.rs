//! Structural schemas of custom kinds: what is dropped, filled in and refused.

mod defaults;
mod prune;
mod rules;
mod validate;

use serde_json::Value;

pub use defaults::default;
pub use prune::prune;
pub use validate::validate;

/// Says what makes `schema` unusable, if anything does.
pub fn check(schema: &Value) -> Result<(), String> {
    if schema["type"] != "object" {
        return Err("Invalid value: the type of the root must be object".to_owned());
    }
    patterns(schema)
}

fn patterns(schema: &Value) -> Result<(), String> {
    if let Some(pattern) = schema["pattern"].as_str() {
        regex::Regex::new(pattern).map_err(|error| format!("Invalid value: pattern {pattern:?}: {error}"))?;
    }
    children(schema).try_for_each(|(_, child)| patterns(child))
}

/// Whether there is a rule in CEL anywhere in `schema`.
fn has_rules(schema: &Value) -> bool {
    schema.get("x-kubernetes-validations").is_some() || children(schema).any(|(_, child)| has_rules(child))
}

/// The schemas right below `schema`, with the name of the property if it is one.
fn children(schema: &Value) -> impl Iterator<Item = (Option<&str>, &Value)> {
    let properties = schema["properties"].as_object().into_iter().flatten();
    properties
        .map(|(name, child)| (Some(name.as_str()), child))
        .chain(schema.get("items").map(|child| (None, child)))
        .chain(
            schema.get("additionalProperties").filter(|child| child.is_object()).map(|child| (None, child)),
        )
}

/// The schema of `field` in an object of `schema`.
pub fn property<'a>(schema: &'a Value, field: &str) -> Option<&'a Value> {
    schema["properties"]
        .get(field)
        .or_else(|| schema.get("additionalProperties").filter(|schema| schema.is_object()))
}

/// Whether a flag such as `x-kubernetes-preserve-unknown-fields` is set.
fn is_set(schema: &Value, flag: &str) -> bool {
    schema[flag] == Value::Bool(true)
}

/// `base.field`, or the field alone at the root.
fn join(base: &str, field: &str) -> String {
    if base.is_empty() { field.to_owned() } else { format!("{base}.{field}") }
}

/// Fields of every object, which no schema of a custom kind judges.
const COMMON: [&str; 3] = ["apiVersion", "kind", "metadata"];
