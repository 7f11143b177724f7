//! The `Status` that an API server answers when it refuses a request.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use super::kinds::Kind;

/// A refused request: what the body of the answer says.
#[derive(Debug, Clone, PartialEq)]
pub struct Status {
    /// The HTTP status code.
    pub code: u16,
    /// The machine readable reason, such as `NotFound`; empty if the server has none.
    pub reason: &'static str,
    /// The sentence for people.
    pub message: String,
    /// The `details` of the body, or null.
    pub details: Box<Value>,
}

/// One field that makes an object invalid, or that another manager owns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// The machine readable reason, such as `FieldValueRequired`.
    pub reason: &'static str,
    /// What is wrong, without the field.
    pub message: String,
    /// The path of the field, such as `spec.replicas`.
    pub field: String,
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.message, self.code)
    }
}

impl Status {
    /// Makes a status without details.
    #[must_use]
    pub fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self { code, reason, message: message.into(), details: Box::new(Value::Null) }
    }

    fn about(mut self, kind: &Kind, name: &str) -> Self {
        let mut details = json!({ "kind": kind.plural });
        set_unless_empty(&mut details, "name", name);
        set_unless_empty(&mut details, "group", &kind.group);
        self.details = Box::new(details);
        self
    }

    /// 404: the object does not exist.
    #[must_use]
    pub fn not_found(kind: &Kind, name: &str) -> Self {
        Self::new(404, "NotFound", format!("{} \"{name}\" not found", kind.resource())).about(kind, name)
    }

    /// 404: nothing is served at this path.
    #[must_use]
    pub fn no_such_path() -> Self {
        let mut status = Self::new(404, "NotFound", "the server could not find the requested resource");
        status.details = Box::new(json!({}));
        status
    }

    /// 404: not even a group is served at this path. A real server says so in plain text.
    #[must_use]
    pub fn no_such_page() -> Self {
        Self::new(404, "", "404 page not found\n")
    }

    /// 405: the resource does not know the verb.
    #[must_use]
    pub fn method_not_allowed() -> Self {
        Self::new(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")
            .with_no_details()
    }

    /// 406: the client wants the answer in a form that the server lacks.
    #[must_use]
    pub fn not_acceptable() -> Self {
        let forms = "application/json, application/yaml, application/vnd.kubernetes.protobuf, \
                     application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch";
        Self::new(406, "NotAcceptable", format!("406: Not Acceptable\n\nAvailable representations: {forms}"))
            .with_no_details()
    }

    /// 415: a patch is in a form that the resource does not take.
    #[must_use]
    pub fn unsupported_patch() -> Self {
        Self::unsupported_media_type("415: Unsupported Media Type").with_no_details()
    }

    /// 422: an option of the request, such as `dryRun`, has a value that it cannot have.
    #[must_use]
    pub fn invalid_option(options: &str, causes: &[Cause]) -> Self {
        let kind = Kind { group: "meta.k8s.io".to_owned(), kind: options.to_owned(), ..Kind::default() };
        Self::invalid(&kind, "", causes)
    }

    /// 409: an object is not what the deletion of it presumes.
    #[must_use]
    pub fn precondition(kind: &Kind, name: &str, why: &str) -> Self {
        let message = format!("Operation cannot be fulfilled on {} \"{name}\": {why}", kind.kind);
        let mut status = Self::new(409, "Conflict", message);
        status.details = Box::new(json!({ "kind": kind.kind, "name": name }));
        if !kind.group.is_empty() {
            status.details["group"] = kind.group.clone().into();
        }
        status
    }

    /// A real server gives some answers an empty map of details.
    fn with_no_details(mut self) -> Self {
        self.details = Box::new(json!({}));
        self
    }

    /// 409: an object of that name exists.
    #[must_use]
    pub fn already_exists(kind: &Kind, name: &str) -> Self {
        Self::new(409, "AlreadyExists", format!("{} \"{name}\" already exists", kind.resource()))
            .about(kind, name)
    }

    /// 409: the object is no longer what the writer took it for.
    #[must_use]
    pub fn conflict(kind: &Kind, name: &str, why: &str) -> Self {
        let message = format!("Operation cannot be fulfilled on {} \"{name}\": {why}", kind.resource());
        Self::new(409, "Conflict", message).about(kind, name)
    }

    /// 409: the writer's resource version is not the object's.
    #[must_use]
    pub fn stale(kind: &Kind, name: &str) -> Self {
        Self::conflict(
            kind,
            name,
            "the object has been modified; please apply your changes to the latest version and try again",
        )
    }

    /// 409: fields that the applier names belong to other managers.
    #[must_use]
    pub fn apply_conflict(causes: &[Cause]) -> Self {
        let message = match causes {
            [only] => format!("Apply failed with 1 conflict: {}: {}", only.message, only.field),
            many => {
                let mut lines = Vec::new();
                for (index, cause) in many.iter().enumerate() {
                    if index == 0 || many[index - 1].message != cause.message {
                        lines.push(format!("{}:", cause.message.replacen("conflict", "conflicts", 1)));
                    }
                    lines.push(format!("- {}", cause.field));
                }
                format!("Apply failed with {} conflicts: {}", many.len(), lines.join("\n"))
            }
        };
        Self::new(409, "Conflict", message).with_causes(causes)
    }

    /// 400: the request makes no sense.
    #[must_use]
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    /// 422: fields of the object are not valid.
    #[must_use]
    pub fn invalid(kind: &Kind, name: &str, causes: &[Cause]) -> Self {
        let said: Vec<_> = causes.iter().map(|c| format!("{}: {}", c.field, c.message)).collect();
        let said = if let [only] = said.as_slice() { only.clone() } else { format!("[{}]", said.join(", ")) };
        let group_kind =
            if kind.group.is_empty() { kind.kind.clone() } else { format!("{}.{}", kind.kind, kind.group) };
        let mut status = Self::new(422, "Invalid", format!("{group_kind} \"{name}\" is invalid: {said}"));
        let mut details =
            json!({ "kind": kind.kind, "causes": causes.iter().map(Cause::body).collect::<Vec<_>>() });
        set_unless_empty(&mut details, "name", name);
        set_unless_empty(&mut details, "group", &kind.group);
        status.details = Box::new(details);
        status
    }

    /// 403: the user may not do this.
    #[must_use]
    pub fn forbidden(kind: &Kind, name: &str, why: &str) -> Self {
        let named = if name.is_empty() { String::new() } else { format!(" \"{name}\"") };
        Self::new(403, "Forbidden", format!("{}{named} is forbidden: {why}", kind.resource()))
            .about(kind, name)
    }

    /// 403: the user may not read a path that is no resource.
    #[must_use]
    pub fn forbidden_path(user: &str, path: &str) -> Self {
        let message = format!("forbidden: User \"{user}\" cannot get path \"/{path}\"");
        Self::new(403, "Forbidden", message).with_no_details()
    }

    /// 401: the server does not know who asks.
    #[must_use]
    pub fn unauthorized() -> Self {
        Self::new(401, "Unauthorized", "Unauthorized")
    }

    /// 410: the resource version or the continue token is older than the history that is kept.
    #[must_use]
    pub fn expired(message: impl Into<String>) -> Self {
        Self::new(410, "Expired", message)
    }

    /// 415: the body is in a format that the server does not read here.
    #[must_use]
    pub fn unsupported_media_type(message: impl Into<String>) -> Self {
        Self::new(415, "UnsupportedMediaType", message)
    }

    /// 500: the server itself failed.
    #[must_use]
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(500, "InternalError", message)
    }

    /// Adds `causes` to the details.
    #[must_use]
    pub fn with_causes(mut self, causes: &[Cause]) -> Self {
        let list = causes.iter().map(Cause::body).collect::<Vec<_>>();
        if let Value::Object(details) = self.details.as_mut() {
            details.insert("causes".into(), list.into());
        } else {
            self.details = Box::new(json!({ "causes": list }));
        }
        self
    }

    /// The `Status` object.
    #[must_use]
    pub fn body(&self) -> Value {
        let mut body = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {},
            "status": "Failure", "message": self.message, "code": self.code,
        });
        set_unless_empty(&mut body, "reason", self.reason);
        if !self.details.is_null() {
            body["details"] = (*self.details).clone();
        }
        body
    }
}

impl Cause {
    /// Makes a cause from its three parts.
    pub fn new(reason: &'static str, field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { reason, message: message.into(), field: field.into() }
    }

    fn body(&self) -> Value {
        let mut body = json!({ "reason": self.reason, "message": self.message });
        set_unless_empty(&mut body, "field", &self.field);
        body
    }
}

impl IntoResponse for Status {
    fn into_response(self) -> Response {
        if self.code == 404 && self.reason.is_empty() {
            return (StatusCode::NOT_FOUND, self.message).into_response();
        }
        let code = StatusCode::from_u16(self.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (code, axum::Json(self.body())).into_response();
        if matches!(self.code, 429 | 503) {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

fn set_unless_empty(object: &mut Value, field: &str, text: &str) {
    if !text.is_empty() {
        object[field] = text.into();
    }
}
