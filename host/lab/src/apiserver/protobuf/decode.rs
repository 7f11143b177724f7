//! From bytes to JSON, as a table of fields says.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};
use serde_json::{Map, Value, json};

use super::ProtobufError;
use super::schema::{Field, Message, Presence, Type};

/// A value as the wire has it.
#[derive(Clone, Copy)]
enum Raw<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// Reads a message into the fields of a JSON object.
pub fn message(schema: &Message, bytes: &[u8]) -> Result<Map<String, Value>, ProtobufError> {
    let mut object = Map::new();
    fields(schema, bytes, |field, raw| {
        if let Type::Skipped = field.type_ {
            return Ok(());
        }
        if let Type::Inline(inner) = field.type_ {
            object.extend(message(inner, raw.bytes(schema)?)?);
            return Ok(());
        }
        if let Type::Map(values) = field.type_ {
            let (key, value) = entry(schema, values, raw.bytes(schema)?)?;
            let map = object.entry(field.name).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(map) = map {
                map.insert(key, value);
            }
            return Ok(());
        }
        let value = value(schema, field.type_, raw)?;
        match field.presence {
            Presence::Many => {
                let list = object.entry(field.name).or_insert_with(|| Value::Array(Vec::new()));
                if let Value::Array(list) = list {
                    list.push(value);
                }
            }
            Presence::Plain if is_zero(&value) => {}
            Presence::Plain | Presence::Pointer => {
                object.insert(field.name.to_owned(), value);
            }
        }
        Ok(())
    })?;
    Ok(object)
}

/// Reads the envelope: its fields, and apart from them the bytes that it carries.
pub fn envelope(schema: &Message, bytes: &[u8]) -> Result<(Value, Vec<u8>), ProtobufError> {
    let mut carried = None;
    let mut head = Map::new();
    fields(schema, bytes, |field, raw| {
        if field.name == "raw" {
            carried = Some(raw.bytes(schema)?.to_vec());
        } else {
            head.insert(field.name.to_owned(), value(schema, field.type_, raw)?);
        }
        Ok(())
    })?;
    let carried = carried.ok_or_else(|| malformed(schema, "it carries nothing"))?;
    Ok((Value::Object(head), carried))
}

/// Calls `each` for every field of a message, in the order of the wire.
fn fields<'a>(
    schema: &Message,
    mut bytes: &'a [u8],
    mut each: impl FnMut(&Field, Raw<'a>) -> Result<(), ProtobufError>,
) -> Result<(), ProtobufError> {
    let failed = |error: prost::DecodeError| malformed(schema, error);
    while !bytes.is_empty() {
        let (number, wire) = decode_key(&mut bytes).map_err(failed)?;
        let field = schema.fields.iter().find(|field| field.number == number);
        let field = field.ok_or(ProtobufError::Field { message: schema.name, number })?;
        match wire {
            WireType::Varint => each(field, Raw::Number(decode_varint(&mut bytes).map_err(failed)?))?,
            WireType::LengthDelimited => {
                let length = decode_varint(&mut bytes).map_err(failed)?;
                let length = usize::try_from(length).ok().filter(|length| *length <= bytes.len());
                let (data, rest) =
                    bytes.split_at(length.ok_or_else(|| malformed(schema, "it is cut short"))?);
                bytes = rest;
                each(field, Raw::Bytes(data))?;
            }
            other => {
                // No field that we read is of such a type; what is skipped may be.
                skip_field(other, number, &mut bytes, DecodeContext::default()).map_err(failed)?;
                if !matches!(field.type_, Type::Skipped) {
                    return Err(malformed(schema, format!("field {number} is of wire type {other:?}")));
                }
            }
        }
    }
    Ok(())
}

fn value(schema: &Message, type_: Type, raw: Raw) -> Result<Value, ProtobufError> {
    Ok(match type_ {
        Type::Integer => raw.number(schema)?.cast_signed().into(),
        Type::Bool => (raw.number(schema)? != 0).into(),
        Type::Text => text(schema, raw.bytes(schema)?)?.into(),
        Type::Bytes => STANDARD.encode(raw.bytes(schema)?).into(),
        Type::Json => serde_json::from_slice(first_bytes(schema, raw.bytes(schema)?)?)
            .map_err(|error| malformed(schema, error))?,
        Type::Quantity => text(schema, first_bytes(schema, raw.bytes(schema)?)?)?.into(),
        Type::Time => time(schema, raw.bytes(schema)?, "%Y-%m-%dT%H:%M:%SZ")?,
        Type::MicroTime => time(schema, raw.bytes(schema)?, "%Y-%m-%dT%H:%M:%S.%6fZ")?,
        Type::IntOrString => int_or_string(schema, raw.bytes(schema)?)?,
        Type::Message(inner) | Type::Inline(inner) => message(inner, raw.bytes(schema)?)?.into(),
        Type::Map(_) | Type::Skipped => Value::Null,
    })
}

/// Reads an entry of a map: the key is field 1, the value field 2.
fn entry(schema: &Message, values: &Type, bytes: &[u8]) -> Result<(String, Value), ProtobufError> {
    let mut key = String::new();
    // An entry without a value stands for the zero of its type.
    let mut found = match values {
        Type::Text | Type::Bytes => Value::from(""),
        _ => Value::Null,
    };
    parts(schema, bytes, |number, raw| {
        match number {
            1 => text(schema, raw.bytes(schema)?)?.clone_into(&mut key),
            2 => found = value(schema, *values, raw)?,
            _ => {}
        }
        Ok(())
    })?;
    Ok((key, found))
}

/// Field 1 of a message that has no other.
fn first_bytes<'a>(schema: &Message, bytes: &'a [u8]) -> Result<&'a [u8], ProtobufError> {
    let mut found: &[u8] = &[];
    parts(schema, bytes, |number, raw| {
        if number == 1 {
            found = raw.bytes(schema)?;
        }
        Ok(())
    })?;
    Ok(found)
}

fn time(schema: &Message, bytes: &[u8], format: &str) -> Result<Value, ProtobufError> {
    if bytes.is_empty() {
        // The zero of Go's time, which JSON writes as null.
        return Ok(Value::Null);
    }
    let (mut seconds, mut nanos) = (0, 0);
    parts(schema, bytes, |number, raw| {
        match number {
            1 => seconds = raw.number(schema)?.cast_signed(),
            2 => nanos = i32::try_from(raw.number(schema)?.cast_signed()).unwrap_or(0),
            _ => {}
        }
        Ok(())
    })?;
    let at = Timestamp::new(seconds, nanos).map_err(|error| malformed(schema, error))?;
    Ok(at.strftime(format).to_string().into())
}

fn int_or_string(schema: &Message, bytes: &[u8]) -> Result<Value, ProtobufError> {
    let (mut is_text, mut number, mut name) = (false, 0, Value::Null);
    parts(schema, bytes, |field, raw| {
        match field {
            1 => is_text = raw.number(schema)? != 0,
            2 => number = raw.number(schema)?.cast_signed(),
            3 => name = text(schema, raw.bytes(schema)?)?.into(),
            _ => {}
        }
        Ok(())
    })?;
    Ok(if is_text { name } else { json!(number) })
}

/// Calls `each` for every field of a small message that is part of a type.
fn parts<'a>(
    schema: &Message,
    mut bytes: &'a [u8],
    mut each: impl FnMut(u32, Raw<'a>) -> Result<(), ProtobufError>,
) -> Result<(), ProtobufError> {
    static ANY: [Field; 3] =
        [super::schema::skipped(1), super::schema::skipped(2), super::schema::skipped(3)];
    let part = Message { name: schema.name, fields: &ANY };
    fields(&part, std::mem::take(&mut bytes), |field, raw| each(field.number, raw))
}

impl<'a> Raw<'a> {
    fn number(self, schema: &Message) -> Result<u64, ProtobufError> {
        match self {
            Self::Number(number) => Ok(number),
            Self::Bytes(_) => Err(malformed(schema, "bytes where a number belongs")),
        }
    }

    fn bytes(self, schema: &Message) -> Result<&'a [u8], ProtobufError> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            Self::Number(_) => Err(malformed(schema, "a number where bytes belong")),
        }
    }
}

fn text<'a>(schema: &Message, bytes: &'a [u8]) -> Result<&'a str, ProtobufError> {
    std::str::from_utf8(bytes).map_err(|error| malformed(schema, error))
}

fn malformed(schema: &Message, why: impl std::fmt::Display) -> ProtobufError {
    ProtobufError::Malformed { message: schema.name, why: why.to_string() }
}

fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Bool(true) => false,
        Value::Number(number) => number.as_i64() == Some(0),
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
    }
}
