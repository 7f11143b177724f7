//! Plain data on its way between scripts and JSON: nothing changes its type, and nothing is dropped in silence.

mod sensitive;

pub use sensitive::{BinarySecret, is_sensitive, object_to_dynamic, object_to_json, secrets_to_json};

use std::fmt;

use rhai::{Array, Blob, Dynamic, ImmutableString, Map};
use serde_json::{Number, Value};

use crate::problem::Problem;
use crate::secret::Secret;
use crate::unknown::Unknown;

/// What becomes of the secrets in a value that is turned into JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exposure {
    /// They stand in it as text: for a wire, or for a file of a declared folder.
    Exposed,
    /// A value that holds one is refused.
    Refused,
}

/// A whole number above what a script can count to; it is kept exactly, and goes back as it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LargeNumber(u64);

impl fmt::Display for LargeNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// Turns a script's value into JSON.
///
/// Errors: `invalid` for what JSON cannot hold (a closure, a handle, bytes, a number that is not finite) and,
/// under [`Exposure::Refused`], for a secret; the message says where in the value it stands.
pub fn to_json(value: &Dynamic, exposure: Exposure) -> Result<Value, Problem> {
    convert(value, exposure, &mut Vec::new())
}

/// Turns JSON into a script's value: whole numbers stay whole, `null` becomes `()`.
pub fn to_dynamic(value: Value) -> Dynamic {
    match value {
        Value::Null => Dynamic::UNIT,
        Value::Bool(flag) => flag.into(),
        Value::Number(number) => number_to_dynamic(&number),
        Value::String(text) => text.into(),
        Value::Array(list) => Dynamic::from(list.into_iter().map(to_dynamic).collect::<Array>()),
        Value::Object(fields) => Dynamic::from(
            fields.into_iter().map(|(key, value)| (key.into(), to_dynamic(value))).collect::<Map>(),
        ),
    }
}

fn number_to_dynamic(number: &Number) -> Dynamic {
    match (number.as_i64(), number.as_u64(), number.as_f64()) {
        (Some(whole), ..) => whole.into(),
        (None, Some(large), _) => Dynamic::from(LargeNumber(large)),
        (None, None, Some(fraction)) => fraction.into(),
        (None, None, None) => Dynamic::UNIT,
    }
}

fn convert(value: &Dynamic, exposure: Exposure, path: &mut Vec<String>) -> Result<Value, Problem> {
    if let Some(map) = value.read_lock::<Map>() {
        let mut fields = serde_json::Map::new();
        for (key, value) in map.iter() {
            path.push(key.to_string());
            fields.insert(key.to_string(), convert(value, exposure, path)?);
            path.pop();
        }
        return Ok(Value::Object(fields));
    }
    if let Some(list) = value.read_lock::<Array>() {
        let mut items = Vec::with_capacity(list.len());
        for (index, value) in list.iter().enumerate() {
            path.push(index.to_string());
            items.push(convert(value, exposure, path)?);
            path.pop();
        }
        return Ok(Value::Array(items));
    }
    convert_scalar(value, exposure, path)
}

fn convert_scalar(value: &Dynamic, exposure: Exposure, path: &[String]) -> Result<Value, Problem> {
    if value.is_unit() {
        return Ok(Value::Null);
    }
    if let Ok(flag) = value.as_bool() {
        return Ok(flag.into());
    }
    if let Ok(whole) = value.as_int() {
        return Ok(whole.into());
    }
    if let Ok(fraction) = value.as_float() {
        return Number::from_f64(fraction)
            .map(Value::Number)
            .ok_or_else(|| unfit(path, "a number that is not finite"));
    }
    if let Ok(letter) = value.as_char() {
        return Ok(letter.to_string().into());
    }
    if let Some(text) = value.read_lock::<ImmutableString>() {
        return Ok(text.as_str().into());
    }
    if let Some(large) = value.read_lock::<LargeNumber>() {
        return Ok(large.0.into());
    }
    let secret = value
        .read_lock::<Secret>()
        .map(|secret| secret.expose().to_owned())
        .or_else(|| value.read_lock::<BinarySecret>().map(|secret| secret.encoded().to_owned()));
    match (secret, exposure) {
        (Some(text), Exposure::Exposed) => Ok(text.into()),
        (Some(_), Exposure::Refused) => Err(unfit(path, "a secret")),
        (None, _) if value.is::<Blob>() => {
            Err(unfit(path, "a blob").hint("bytes go into text as base64: `to_base64(blob)`"))
        }
        (None, _) if value.is::<Unknown>() => Unknown::refuse(value).map(|()| Value::Null),
        (None, _) => {
            let kind = value.type_name().rsplit("::").next().unwrap_or_default();
            Err(unfit(path, &format!("a value of type {kind}")))
        }
    }
}

fn unfit(path: &[String], what: &str) -> Problem {
    let place = if path.is_empty() { "here".to_owned() } else { format!("at `{}`", path.join(".")) };
    Problem::new("invalid", format!("{what} {place} cannot be written as plain data"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_comes_back_as_it_was() {
        let value = json!({
            "whole": 3, "negative": -1, "fraction": 1.0, "huge": u64::MAX, "none": null, "yes": true,
            "text": "a", "list": [1, [], {}], "map": {"a": {"b": "c"}},
        });
        let there = to_dynamic(value.clone());
        assert_eq!(to_json(&there, Exposure::Refused).unwrap(), value);
    }

    #[test]
    fn a_whole_number_is_an_integer_to_a_script() {
        assert_eq!(to_dynamic(json!(7)).as_int().unwrap(), 7);
        assert!(to_dynamic(json!(7.0)).as_float().is_ok());
    }

    #[test]
    fn what_json_cannot_hold_is_refused_with_its_place() {
        let closure = Dynamic::from(rhai::FnPtr::new("check").unwrap());
        let map = Map::from([("spec".into(), Dynamic::from(Map::from([("when".into(), closure)])))]);
        let problem = to_json(&Dynamic::from(map), Exposure::Exposed).unwrap_err();
        assert_eq!(problem.message, "a value of type Fn at `spec.when` cannot be written as plain data");
        assert!(to_json(&Dynamic::from(f64::NAN), Exposure::Exposed).is_err());
    }

    #[test]
    fn a_secret_is_exposed_only_when_asked() {
        let list = Dynamic::from(vec![Dynamic::from(Secret::new("canary"))]);
        assert_eq!(to_json(&list, Exposure::Exposed).unwrap(), json!(["canary"]));
        let problem = to_json(&list, Exposure::Refused).unwrap_err();
        assert_eq!(problem.message, "a secret at `0` cannot be written as plain data");
    }
}
