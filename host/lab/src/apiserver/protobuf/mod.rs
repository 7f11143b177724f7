//! Reads the bodies that `kubectl create` sends: Kubernetes' protobuf envelope around messages of builtin kinds.

mod decode;
mod messages;
mod schema;

use serde_json::Value;

use self::decode::message;
use self::schema::{Message, Type, plain};

/// The media type of such bodies.
pub const MEDIA_TYPE: &str = "application/vnd.kubernetes.protobuf";

/// The first bytes of such a body.
const MAGIC: &[u8] = b"k8s\0";

static TYPE_META: Message =
    schema::message("TypeMeta", &[plain(1, "apiVersion", Type::Text), plain(2, "kind", Type::Text)]);

static ENVELOPE: Message = schema::message(
    "Unknown",
    &[
        plain(1, "typeMeta", Type::Message(&TYPE_META)),
        plain(2, "raw", Type::Bytes),
        plain(3, "contentEncoding", Type::Text),
        plain(4, "contentType", Type::Text),
    ],
);

/// Why a body could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProtobufError {
    /// The body does not begin as one.
    #[error("the body does not begin with the protobuf prefix of Kubernetes")]
    Prefix,
    /// The body holds a kind that cannot be read from protobuf here.
    #[error("no protobuf of kind \"{kind}\" in version \"{api_version}\" is read here; send it as JSON")]
    Kind {
        /// The version that the body says.
        api_version: String,
        /// The kind that the body says.
        kind: String,
    },
    /// The message has a field that is not known here; leaving it out would change what was asked for.
    #[error("field {number} of {message} is not read from protobuf here; send the object as JSON")]
    Field {
        /// The message.
        message: &'static str,
        /// The field's number.
        number: u32,
    },
    /// The bytes are no message of that type.
    #[error("malformed protobuf in {message}: {why}")]
    Malformed {
        /// The message.
        message: &'static str,
        /// What is wrong.
        why: String,
    },
}

/// Reads a body into the object that JSON would have held, `apiVersion` and `kind` included.
pub fn decode(body: &[u8]) -> Result<Value, ProtobufError> {
    let envelope = body.strip_prefix(MAGIC).ok_or(ProtobufError::Prefix)?;
    let (head, raw) = decode::envelope(&ENVELOPE, envelope)?;
    let text = |pointer| head.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (api_version, kind) = (text("/typeMeta/apiVersion"), text("/typeMeta/kind"));

    let mut object = if text("/contentType") == "application/json" {
        serde_json::from_slice(&raw)
            .map_err(|error| ProtobufError::Malformed { message: ENVELOPE.name, why: error.to_string() })?
    } else {
        let schema = messages::find(&api_version, &kind)
            .ok_or_else(|| ProtobufError::Kind { api_version: api_version.clone(), kind: kind.clone() })?;
        Value::Object(message(schema, &raw)?)
    };
    if let Value::Object(fields) = &mut object {
        fields.insert("apiVersion".to_owned(), api_version.into());
        fields.insert("kind".to_owned(), kind.into());
    }
    Ok(object)
}

#[cfg(test)]
mod tests;
