//! What can be told of an argument's type by looking at it.

use rhai::{Dynamic, Expr, FnPtr};

use super::known::Known;
use super::paths::closure;

/// The type of an expression, where it is plain to see.
pub fn of(known: &Known, expression: &Expr) -> Option<String> {
    if closure(expression).is_some() {
        return Some("Fn".to_owned());
    }
    let plain = match expression {
        Expr::StringConstant(..) | Expr::InterpolatedString(..) => "string",
        Expr::IntegerConstant(..) => "int",
        Expr::FloatConstant(..) => "float",
        Expr::BoolConstant(..) => "bool",
        Expr::CharConstant(..) => "char",
        Expr::Unit(..) => "()",
        Expr::Array(..) => "array",
        Expr::Map(..) => "map",
        Expr::DynamicConstant(value, _) => return constant(value),
        Expr::FnCall(call, _) if !call.is_qualified() && !call.is_operator_call() => {
            let returns = &known.declared(&call.name)?.signature.returns;
            return plain_type(returns).map(str::to_owned);
        }
        _ => return None,
    };
    Some(plain.to_owned())
}

fn constant(value: &Dynamic) -> Option<String> {
    let plain = if value.is_array() {
        "array"
    } else if value.is_map() {
        "map"
    } else if value.is::<FnPtr>() {
        "Fn"
    } else {
        return None;
    };
    Some(plain.to_owned())
}

/// The one type that a declaration names; `None` where anything may be meant.
fn plain_type(declared: &str) -> Option<&str> {
    let first = declared.split(" of ").next().unwrap_or(declared).trim();
    let is_open = matches!(first, "any" | "value") || first.contains([' ', '|', '?']);
    (!is_open).then_some(first)
}

/// Whether a value of the type `given` can stand where `wanted` is declared.
pub fn fits(given: &str, wanted: &str) -> bool {
    wanted.split('|').map(str::trim).any(|one| plain_type(one).is_none_or(|one| one == given))
}
