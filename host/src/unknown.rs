//! What a plan does not know: the answer of a change that was shown instead of made, and everything that follows from it.

use std::any::TypeId;
use std::fmt;
use std::sync::Arc;

use rhai::{Dynamic, Engine, EvalAltResult, FuncRegistration, Module, Position};

use crate::problem::{Problem, Reply};

/// How scripts and messages call the type.
const NAME: &str = "Unknown";

/// What scripts ask of texts, lists and maps: of a value that is not known, neither is the answer.
const ASKED: &[&str] = &[
    "all",
    "contains",
    "ends_with",
    "filter",
    "find",
    "index_of",
    "is_empty",
    "keys",
    "len",
    "map",
    "parse_float",
    "parse_int",
    "parse_json",
    "some",
    "split",
    "starts_with",
    "sub_string",
    "to_float",
    "to_int",
    "to_lower",
    "to_upper",
    "trim",
    "values",
];

/// A value that is there, but that a plan does not know.
///
/// Its parts, and what is computed from it, are not known either; a choice that hangs on it is an error of the kind
/// `unknown`. In a text it stands as `(not known)`.
#[derive(Clone)]
pub struct Unknown {
    why: Arc<str>,
}

impl Unknown {
    /// Makes one; `why` is a clause such as `what ssh on host master-0 would have answered is not known in a plan`.
    #[must_use]
    pub fn because(why: &str) -> Self {
        Self { why: why.into() }
    }

    /// As a script's value.
    pub fn value(why: &str) -> Dynamic {
        Dynamic::from(Self::because(why))
    }

    /// The error of whoever needs to know.
    #[must_use]
    pub fn problem(&self) -> Problem {
        Problem::new("unknown", &*self.why)
    }

    /// Refuses a value that is not known, where a function needs to know it. Errors: `unknown`.
    pub fn refuse(value: &Dynamic) -> Result<(), Problem> {
        value.read_lock::<Self>().map_or(Ok(()), |unknown| Err(unknown.problem()))
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(not known)")
    }
}

/// Says what stopped a script, where it may be a value that a plan does not know.
#[must_use]
pub fn cause(error: &EvalAltResult) -> Problem {
    let unknown = || Problem::new("unknown", "it hangs on an answer that is not known in a plan");
    match error {
        EvalAltResult::ErrorInFunctionCall(_, _, inner, _) | EvalAltResult::ErrorInModule(_, inner, _) => {
            cause(inner)
        }
        EvalAltResult::ErrorFunctionNotFound(signature, _) if takes_unknown(signature) => unknown(),
        EvalAltResult::ErrorMismatchDataType(wanted, given, _) if is_unknown(wanted) || is_unknown(given) => {
            unknown()
        }
        _ => Problem::within(error).unwrap_or_else(|| {
            let text = error.to_string();
            Problem::new("script", text.lines().next().unwrap_or_default())
        }),
    }
}

/// Whether one of the argument types in `oc_get (Cluster, Unknown)` is that of a value that is not known.
fn takes_unknown(signature: &str) -> bool {
    let types = signature.split_once('(').map_or("", |(_, types)| types.trim_end_matches(')'));
    types.split(", ").any(is_unknown)
}

/// Whether the engine means such a value: it says its name, or its type in full.
fn is_unknown(kind: &str) -> bool {
    kind.rsplit([':', ' ']).next() == Some(NAME)
}

/// Lets scripts that are planned carry such values about.
pub fn declare(engine: &mut Engine) {
    let mut module = Module::new();
    module.set_custom_type::<Unknown>(NAME);
    for name in ["to_string", "to_debug"] {
        let shown = FuncRegistration::new(name).in_global_namespace();
        shown.set_into_module(&mut module, |unknown: &mut Unknown| unknown.to_string());
    }
    FuncRegistration::new_index_getter()
        .set_into_module(&mut module, |unknown: &mut Unknown, _: Dynamic| unknown.clone());
    for name in ASKED {
        let of_one = FuncRegistration::new(*name).in_global_namespace();
        of_one.set_into_module(&mut module, |unknown: &mut Unknown| unknown.clone());
        let of_two = FuncRegistration::new(*name).in_global_namespace();
        of_two.set_into_module(&mut module, |unknown: &mut Unknown, _: Dynamic| unknown.clone());
    }
    for name in ["+", "-", "*", "/", "%"] {
        let left = FuncRegistration::new(name).in_global_namespace();
        left.set_into_module(&mut module, |unknown: Unknown, _: Dynamic| unknown);
        let right = FuncRegistration::new(name).in_global_namespace();
        right.set_into_module(&mut module, |_: Dynamic, unknown: Unknown| unknown);
    }
    for name in ["<", ">", "<=", ">="] {
        compare(&mut module, name, None);
    }
    compare(&mut module, "==", Some(false));
    compare(&mut module, "!=", Some(true));
    module.set_iter_result(TypeId::of::<Unknown>(), |value: Dynamic| {
        let problem = value.read_lock::<Unknown>().map(|unknown| unknown.problem());
        let problem = problem.unwrap_or_else(|| Problem::new("unknown", "not known"));
        Box::new(std::iter::once(Err(problem.at(Position::NONE))))
    });
    engine.register_global_module(module.into());
}

/// A comparison cannot be decided, but for one with `()`: what is not known is there all the same.
fn compare(module: &mut Module, name: &str, with_nothing: Option<bool>) {
    let decide = move |unknown: &Unknown, other: &Dynamic| -> Reply<bool> {
        match with_nothing {
            Some(answer) if other.is_unit() => Ok(answer),
            _ => Err(unknown.problem().at(Position::NONE)),
        }
    };
    let left = FuncRegistration::new(name).in_global_namespace();
    left.set_into_module(module, move |unknown: Unknown, other: Dynamic| decide(&unknown, &other));
    let right = FuncRegistration::new(name).in_global_namespace();
    right.set_into_module(module, move |other: Dynamic, unknown: Unknown| decide(&unknown, &other));
    let both = FuncRegistration::new(name).in_global_namespace();
    both.set_into_module(module, move |unknown: Unknown, _: Unknown| -> Reply<bool> {
        Err(unknown.problem().at(Position::NONE))
    });
}

#[cfg(test)]
mod tests {
    use rhai::Scope;

    use super::*;

    fn answer(script: &str) -> Result<Dynamic, Problem> {
        let mut engine = Engine::new();
        declare(&mut engine);
        let mut scope = Scope::new();
        scope.push("u", Unknown::because("what it answers is not known"));
        engine.eval_with_scope::<Dynamic>(&mut scope, script).map_err(|error| cause(&error))
    }

    #[test]
    fn what_is_taken_from_it_or_computed_with_it_is_not_known_either() {
        for script in
            ["u.size", "u[0]", "u.a.b[3]", "u + 1", "1 + u", "u.split(\" \")[0].parse_int() * 2", "u ?? 1"]
        {
            let value = answer(script).unwrap();
            assert!(value.is::<Unknown>(), "{script} gave {value}");
        }
        assert_eq!(answer("`mv ${u.stdout} /x`").unwrap().into_string().unwrap(), "mv (not known) /x");
    }

    #[test]
    fn no_choice_is_made_by_it() {
        let choices = [
            "if u { 1 } else { 2 }",
            "u == 1",
            "1 == u",
            "u != \"a\"",
            "u == u",
            "u > 1",
            "1 < u",
            "if u && true { 1 }",
            "!u",
            "for x in u { throw x; }",
            "u in [1, 2]",
            "u.unheard_of()",
            "if u.is_empty() { 1 }",
        ];
        for script in choices {
            let said = answer(script).map(|value| value.to_string()).map_err(|problem| problem.kind);
            assert_eq!(said, Err("unknown".into()), "{script}");
        }
        let refused = answer("u.unheard_of()").unwrap_err();
        assert_eq!(refused.message, "it hangs on an answer that is not known in a plan");
        assert!(answer("u != ()").unwrap().as_bool().unwrap());
        assert!(!answer("() == u").unwrap().as_bool().unwrap());
    }

    #[test]
    fn another_error_keeps_its_own_words() {
        assert_eq!(answer("no_such_function(1)").unwrap_err().kind, "script");
        assert_eq!(answer("throw \"x\"").unwrap_err().kind, "script");
    }
}
