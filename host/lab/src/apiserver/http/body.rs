//! Request bodies: JSON, or YAML where clients send it.

use axum::body::Bytes;
use axum::extract::Request;
use futures::StreamExt as _;
use http::header;
use serde_json::Value;

use crate::apiserver::protobuf;
use crate::apiserver::status::Status;

/// The most that a body may hold, as on a real server.
const LIMIT: usize = 3 << 20;

/// How much of a body that is too large is read before the connection is given up.
const LINGER: usize = 8 * LIMIT;

/// A body and what it says it is.
#[derive(Debug)]
pub struct Body {
    /// The media type without parameters.
    pub media_type: String,
    /// The content.
    pub bytes: Bytes,
}

/// Reads a whole body.
///
/// Errors: 413 if it is too large, 400 if the connection ends within it.
pub async fn read(request: Request) -> Result<Body, Status> {
    let content_type = request.headers().get(header::CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let mut chunks = request.into_body().into_data_stream();
    let (mut bytes, mut size) = (Vec::new(), 0);
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Status::bad_request("the body ended too early"))?;
        size += chunk.len();
        // What is beyond the limit is read and let go: a client that is cut off while it writes sees no answer.
        if size <= LIMIT {
            bytes.extend_from_slice(&chunk);
        } else if size > LINGER {
            break;
        }
    }
    if size > LIMIT {
        let text = format!("Request entity too large: limit is {LIMIT}");
        return Err(Status::new(413, "RequestEntityTooLarge", text));
    }
    Ok(Body { media_type, bytes: bytes.into() })
}

impl Body {
    /// The object that the body holds.
    ///
    /// Errors: 400 if it holds none, 415 if it is in a format that the server does not read.
    pub fn object(&self) -> Result<Value, Status> {
        match self.media_type.as_str() {
            "" | "application/json" => self.json(),
            "application/yaml" => self.yaml(),
            protobuf::MEDIA_TYPE => {
                protobuf::decode(&self.bytes).map_err(|error| Status::bad_request(error.to_string()))
            }
            _ => Err(Status::unsupported_media_type(
                "the body of the request was in an unknown format - accepted media types include: \
                 application/json, application/yaml, application/vnd.kubernetes.protobuf",
            )),
        }
    }

    /// The content as JSON.
    pub fn json(&self) -> Result<Value, Status> {
        serde_json::from_slice(&self.bytes)
            .map_err(|error| Status::bad_request(format!("error decoding JSON: {error}")))
    }

    /// The content as YAML, of which JSON is a part.
    pub fn yaml(&self) -> Result<Value, Status> {
        if let Ok(value) = serde_json::from_slice(&self.bytes) {
            return Ok(value);
        }
        serde_saphyr::from_slice(&self.bytes)
            .map_err(|error| Status::bad_request(format!("error decoding YAML: {error}")))
    }
}
