//! How a client wants to see objects: whole, their metadata alone, or as a table.

use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::Request;
use crate::apiserver::kinds::Kind;
use crate::apiserver::registry::at_version;
use crate::apiserver::status::Status;
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

    /// One object of a list: the server's own kinds do not say there what they are.
    fn item(self, request: &Request, stored: &Value) -> Value {
        let mut item = self.object(request, stored);
        if let (Self::Whole, false, Some(map)) = (self, request.kind.custom, item.as_object_mut()) {
            map.remove("apiVersion");
            map.remove("kind");
        }
        item
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
        let items: Vec<_> = objects.map(|object| self.item(request, object)).collect();
        let mut metadata = metadata.clone();
        if self == Self::Whole && request.kind.custom && metadata.get("continue").is_none() {
            metadata["continue"] = "".into();
        }
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

/// Refuses a request whose client takes none of the forms that the server has.
pub fn check_acceptable(request: &Request) -> Result<(), Status> {
    let wanted = request.header(header::ACCEPT);
    let fits = |form: &str| {
        let media_type = form.split(';').next().unwrap_or_default().trim();
        let has = |parameter: &str| form.split(';').any(|part| part.trim() == parameter);
        let plain = !form.contains("as=");
        let shaped = has("v=v1")
            && ["as=Table", "as=PartialObjectMetadata", "as=PartialObjectMetadataList"].into_iter().any(has);
        let known = matches!(
            media_type,
            "*/*"
                | "application/*"
                | "application/json"
                | "application/yaml"
                | "application/vnd.kubernetes.protobuf"
        );
        known && (plain || shaped)
    };
    let streams = matches!(request.path.subresource.as_str(), "exec" | "log");
    if streams || wanted.is_empty() || wanted.split(',').any(fits) {
        return Ok(());
    }
    Err(Status::not_acceptable())
}

/// An answer in JSON.
pub fn answer(code: StatusCode, body: &Value) -> Response {
    (code, axum::Json(body)).into_response()
}
