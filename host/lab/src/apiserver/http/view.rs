//! How a client wants to see objects: whole, their metadata alone, or as a table.

use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::Request;
use crate::apiserver::kinds::Kind;
use crate::apiserver::registry::at_version;
use crate::apiserver::table::{self, Include};

/// What a client asked for in its `Accept` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// Whole objects.
    Whole,
    /// `PartialObjectMetadata`.
    Metadata,
    /// Rows of a table.
    Table(Include),
}

impl View {
    /// Reads the header; the first form that the server knows wins.
    pub fn of(request: &Request) -> Self {
        for form in request.header(header::ACCEPT).split(',') {
            if form.contains("as=PartialObjectMetadata") {
                return Self::Metadata;
            }
            if form.contains("as=Table") && form.contains("v=v1;") | form.ends_with("v=v1") {
                let include = Some(request.query.text("includeObject")).filter(|text| !text.is_empty());
                return Self::Table(Include::from_parameter(include));
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
            Self::Table(include) => {
                let object = at_version(&request.kind, &request.path.version, stored);
                let mut table = Self::table(request, include, &[object]);
                table["metadata"]["resourceVersion"] = stored["metadata"]["resourceVersion"].clone();
                table
            }
        }
    }

    fn table(request: &Request, include: Include, objects: &[Value]) -> Value {
        table::render(&request.kind, &request.path.version, objects, include, Timestamp::now())
    }

    /// A list of objects as the client sees it.
    pub fn list<'a>(
        self,
        request: &Request,
        metadata: &Value,
        objects: impl Iterator<Item = &'a Value>,
    ) -> Value {
        if let Self::Table(include) = self {
            let objects: Vec<_> =
                objects.map(|object| at_version(&request.kind, &request.path.version, object)).collect();
            let mut table = Self::table(request, include, &objects);
            table["metadata"] = metadata.clone();
            return table;
        }
        let items: Vec<_> = objects.map(|object| self.object(request, object)).collect();
        let (api_version, kind) = self.list_type(&request.kind, &request.path.version);
        json!({ "apiVersion": api_version, "kind": kind, "metadata": metadata, "items": items })
    }

    fn list_type(self, kind: &Kind, version: &str) -> (String, String) {
        match self {
            Self::Whole | Self::Table(_) => (kind.api_version(version), kind.list_kind.clone()),
            Self::Metadata => ("meta.k8s.io/v1".to_owned(), "PartialObjectMetadataList".to_owned()),
        }
    }
}

/// An answer in JSON.
pub fn answer(code: StatusCode, body: &Value) -> Response {
    (code, axum::Json(body)).into_response()
}
