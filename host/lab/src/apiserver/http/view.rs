//! How a client wants to see objects: whole, or their metadata alone.

use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde_json::{Value, json};

use super::Request;
use crate::apiserver::kinds::Kind;
use crate::apiserver::registry::at_version;

/// What a client asked for in its `Accept` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// Whole objects.
    Whole,
    /// `PartialObjectMetadata`.
    Metadata,
}

impl View {
    /// Reads the header; the first form that the server knows wins.
    pub fn of(request: &Request) -> Self {
        for form in request.header(header::ACCEPT).split(',') {
            if form.contains("as=PartialObjectMetadata") {
                return Self::Metadata;
            }
            let plain = !form.contains("as=");
            if plain && (form.contains("application/json") || form.contains("*/*")) {
                return Self::Whole;
            }
        }
        Self::Whole
    }

    /// One object as the client sees it.
    pub fn object(self, request: &Request, stored: &Value) -> Value {
        match self {
            Self::Whole => at_version(&request.kind, &request.path.version, stored),
            Self::Metadata => json!({
                "apiVersion": "meta.k8s.io/v1",
                "kind": "PartialObjectMetadata",
                "metadata": stored["metadata"],
            }),
        }
    }

    /// A list of objects as the client sees it.
    pub fn list<'a>(
        self,
        request: &Request,
        metadata: &Value,
        objects: impl Iterator<Item = &'a Value>,
    ) -> Value {
        let items: Vec<_> = objects.map(|object| self.object(request, object)).collect();
        let (api_version, kind) = self.list_type(&request.kind, &request.path.version);
        json!({ "apiVersion": api_version, "kind": kind, "metadata": metadata, "items": items })
    }

    fn list_type(self, kind: &Kind, version: &str) -> (String, String) {
        match self {
            Self::Whole => (kind.api_version(version), kind.list_kind.clone()),
            Self::Metadata => ("meta.k8s.io/v1".to_owned(), "PartialObjectMetadataList".to_owned()),
        }
    }
}

/// An answer in JSON.
pub fn answer(code: StatusCode, body: &Value) -> Response {
    (code, axum::Json(body)).into_response()
}
