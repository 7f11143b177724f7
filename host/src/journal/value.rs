//! The strict encoding of script values: what cannot be given back identically is refused.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rhai::{Array, Blob, Dynamic, ImmutableString, Map};
use serde_json::{Value, json};

use crate::problem::Problem;

/// Encodes a value for the journal.
///
/// Errors: `unrecordable` for a closure, a secret, a handle or anything else that has no lasting form.
pub fn encode(value: &Dynamic) -> Result<Value, Problem> {
    let plain = value.flatten_clone();
    if plain.is_unit() {
        Ok(Value::Null)
    } else if let Ok(flag) = plain.as_bool() {
        Ok(flag.into())
    } else if let Ok(number) = plain.as_int() {
        Ok(number.into())
    } else if let Ok(number) = plain.as_float() {
        Ok(json!({ "$float": number.to_string() }))
    } else if let Ok(letter) = plain.as_char() {
        Ok(json!({ "$char": letter.to_string() }))
    } else if let Some(text) = plain.clone().try_cast::<ImmutableString>() {
        Ok(text.as_str().into())
    } else if let Some(time) = plain.clone().try_cast::<Duration>() {
        Ok(json!({ "$nanoseconds": time.as_nanos().to_string() }))
    } else if let Some(bytes) = plain.clone().try_cast::<Blob>() {
        Ok(json!({ "$blob": STANDARD.encode(bytes) }))
    } else if let Some(list) = plain.clone().try_cast::<Array>() {
        list.iter().map(encode).collect::<Result<Vec<Value>, Problem>>().map(Value::Array)
    } else if let Some(map) = plain.clone().try_cast::<Map>() {
        encode_map(&map)
    } else {
        let kind = plain.type_name().rsplit("::").next().unwrap_or_default().to_owned();
        Err(Problem::new("unrecordable", format!("a value of type {kind} cannot be kept in the journal"))
            .hint("let the step return plain data: text, numbers, lists, maps"))
    }
}

fn encode_map(map: &Map) -> Result<Value, Problem> {
    let fields = map
        .iter()
        .map(|(key, value)| Ok((key.to_string(), encode(value)?)))
        .collect::<Result<serde_json::Map<String, Value>, Problem>>()?;
    // A map that looks like one of the tags is wrapped, so that it comes back as it was.
    if tag(&fields).is_some() {
        return Ok(json!({ "$map": fields }));
    }
    Ok(Value::Object(fields))
}

/// Gives an encoded value back.
///
/// Errors: `journal` if it is not of a form that [`encode`] writes.
pub fn decode(value: &Value) -> Result<Dynamic, Problem> {
    match value {
        Value::Null => Ok(Dynamic::UNIT),
        Value::Bool(flag) => Ok((*flag).into()),
        Value::Number(number) => number.as_i64().map(Dynamic::from).ok_or_else(|| damaged(value)),
        Value::String(text) => Ok(text.clone().into()),
        Value::Array(list) => list.iter().map(decode).collect::<Result<Array, Problem>>().map(Dynamic::from),
        Value::Object(fields) => match tag(fields) {
            Some(tag) => decode_tagged(&tag, &fields[&tag]),
            None => decode_map(fields),
        },
    }
}

/// The tag that tells how the one field is encoded; `None` where the fields are those of a map.
pub(super) fn tag(fields: &serde_json::Map<String, Value>) -> Option<String> {
    fields.keys().next().filter(|name| fields.len() == 1 && name.starts_with('$')).cloned()
}

fn decode_map(fields: &serde_json::Map<String, Value>) -> Result<Dynamic, Problem> {
    let map = fields
        .iter()
        .map(|(key, value)| Ok((key.as_str().into(), decode(value)?)))
        .collect::<Result<Map, Problem>>()?;
    Ok(Dynamic::from(map))
}

fn decode_tagged(tag: &str, inner: &Value) -> Result<Dynamic, Problem> {
    if let ("$map", Value::Object(fields)) = (tag, inner) {
        return decode_map(fields);
    }
    let text = inner.as_str().ok_or_else(|| damaged(inner))?;
    let decoded = match tag {
        "$float" => text.parse::<f64>().ok().map(Dynamic::from),
        "$char" => text.parse::<char>().ok().map(Dynamic::from),
        "$blob" => STANDARD.decode(text).ok().map(Dynamic::from),
        "$nanoseconds" => {
            text.parse::<u128>().ok().map(|count| Dynamic::from(Duration::from_nanos_u128(count)))
        }
        _ => None,
    };
    decoded.ok_or_else(|| damaged(inner))
}

fn damaged(value: &Value) -> Problem {
    Problem::new("journal", format!("the journal holds a value of unknown form: {value}"))
        .hint("it may come from a newer drsh; use that one")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there_and_back(value: &Dynamic) -> Dynamic {
        decode(&encode(value).unwrap()).unwrap()
    }

    #[test]
    fn what_is_encoded_comes_back_with_its_type() {
        let map: Map = [
            ("text".into(), "a".into()),
            ("nothing".into(), Dynamic::UNIT),
            (
                "list".into(),
                Dynamic::from(vec![Dynamic::from(1_i64), Dynamic::from(2.5_f64), Dynamic::from('x')]),
            ),
            ("tag".into(), Dynamic::from(Map::from([("$float".into(), "1".into())]))),
            ("limit".into(), Dynamic::from(Duration::from_secs(90))),
        ]
        .into_iter()
        .collect();
        let value = Dynamic::from(map);
        assert_eq!(format!("{value:?}"), format!("{:?}", there_and_back(&value)));
    }

    #[test]
    fn a_form_that_no_journal_of_today_has_is_named() {
        for (value, shown) in [
            (json!({"$date": "2026-01-01"}), "\"2026-01-01\""),
            (json!([1, {"$blob": "!"}]), "\"!\""),
            (json!({"a": 1.5}), "1.5"),
        ] {
            let problem = decode(&value).unwrap_err();
            assert_eq!(problem.message, format!("the journal holds a value of unknown form: {shown}"));
            assert_eq!(problem.hint.as_deref(), Some("it may come from a newer drsh; use that one"));
        }
    }

    #[test]
    fn a_secret_and_a_closure_are_refused() {
        let secret = Dynamic::from(crate::secret::Secret::new("canary"));
        let problem = encode(&secret).unwrap_err();
        assert_eq!(problem.message, "a value of type Secret cannot be kept in the journal");
        let closure = Dynamic::from(rhai::FnPtr::new("anon").unwrap());
        assert_eq!(encode(&closure).unwrap_err().kind, "unrecordable");
    }
}
