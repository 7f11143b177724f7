//! `x-kubernetes-validations`: rules in CEL, among them those that compare a value with what it was.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use cel::{Context, Env, Program};
use serde_json::Value;

use super::is_set;
use crate::apiserver::status::Cause;

thread_local! {
    static ENVIRONMENT: Arc<Env> = Arc::new(environment());
    static PROGRAMS: RefCell<BTreeMap<String, Option<Rc<Program>>>> = RefCell::default();
}

/// Judges `value` by the rules of its schema.
///
/// A rule about `oldSelf` is judged only where there is an old value. A rule that uses functions of
/// Kubernetes' own CEL libraries, which the lab lacks, is not judged.
pub fn judge(schema: &Value, old: Option<&Value>, value: &Value, path: &str, causes: &mut Vec<Cause>) {
    let rules = schema["x-kubernetes-validations"].as_array();
    for rule in rules.into_iter().flatten() {
        let text = rule["rule"].as_str().unwrap_or_default();
        let transition = text.contains("oldSelf");
        if (transition && old.is_none()) || is_set(rule, "optionalOldSelf") {
            continue;
        }
        if holds(text, old.filter(|_| transition), value) == Some(false) {
            let said = rule["message"].as_str().map_or_else(|| format!("failed rule: {text}"), str::to_owned);
            // Only plain values are shown.
            let shown =
                if value.is_object() || value.is_array() { String::new() } else { format!("{value}: ") };
            let field = format!("{path}{}", rule["fieldPath"].as_str().unwrap_or_default());
            causes.push(Cause::new("FieldValueInvalid", field, format!("Invalid value: {shown}{said}")));
        }
    }
}

/// Says whether a rule holds; nothing if it cannot be judged.
fn holds(rule: &str, old: Option<&Value>, value: &Value) -> Option<bool> {
    let program = compiled(rule)?;
    let environment = ENVIRONMENT.with(Arc::clone);
    let mut context = Context::with_env(environment);
    context.add_variable_from_value("self", to_cel(value));
    if let Some(old) = old {
        context.add_variable_from_value("oldSelf", to_cel(old));
    }
    match program.execute(&context) {
        Ok(cel::Value::Bool(holds)) => Some(holds),
        other => {
            tracing::debug!(rule, ?other, "a rule could not be judged");
            None
        }
    }
}

/// A rule is compiled once a thread.
fn compiled(rule: &str) -> Option<Rc<Program>> {
    PROGRAMS.with_borrow_mut(|programs| {
        let compile = || match ENVIRONMENT.with(|environment| environment.compile(rule)) {
            Ok(program) => Some(Rc::new(program)),
            Err(error) => {
                tracing::debug!(rule, %error, "a rule cannot be read");
                None
            }
        };
        programs.entry(rule.to_owned()).or_insert_with(compile).clone()
    })
}

fn environment() -> Env {
    let mut environment = Env::stdlib();
    if let Err(error) = environment.add_extension(cel::extensions::strings) {
        tracing::warn!(%error, "rules lack the functions of strings");
    }
    environment
}

/// A JSON value as CEL takes it: whole numbers are `int`, as schemas say of theirs.
fn to_cel(value: &Value) -> cel::Value {
    match value {
        Value::Null => cel::Value::Null,
        Value::Bool(value) => cel::Value::Bool(*value),
        Value::Number(number) => match number.as_i64() {
            Some(number) => cel::Value::Int(number),
            None => cel::Value::Float(number.as_f64().unwrap_or_default()),
        },
        Value::String(text) => cel::Value::from(text.as_str()),
        Value::Array(list) => cel::Value::List(Arc::new(list.iter().map(to_cel).collect())),
        Value::Object(map) => {
            let map: HashMap<_, _> = map.iter().map(|(key, value)| (key.as_str(), to_cel(value))).collect();
            cel::Value::from(map)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn said(rule: &str, old: Option<&Value>, value: &Value) -> usize {
        let schema = json!({ "type": "object", "x-kubernetes-validations": [{ "rule": rule }] });
        let mut causes = Vec::new();
        judge(&schema, old, value, "spec", &mut causes);
        causes.len()
    }

    #[test]
    fn rules_are_judged_on_the_value_and_on_what_it_was() {
        let (a, b) = (json!({ "n": 1 }), json!({ "n": 2, "list": ["https://x"] }));
        assert_eq!(said("self == oldSelf", Some(&a), &b), 1);
        assert_eq!(said("self == oldSelf", Some(&a), &a), 0);
        assert_eq!(said("self == oldSelf", None, &b), 0);
        assert_eq!(said("has(self.list) == has(oldSelf.list)", Some(&a), &b), 1);
        assert_eq!(said("size(self.list) == 0 || self.list[0].matches('^s3://')", None, &b), 1);
        assert_eq!(said("self.n >= 2 && self.list.exists(x, x.startsWith('https'))", None, &b), 0);
    }

    #[test]
    fn a_rule_of_a_library_that_the_lab_lacks_is_not_judged() {
        assert_eq!(said("isCIDR(self.n)", None, &json!({ "n": "x" })), 0);
    }
}
