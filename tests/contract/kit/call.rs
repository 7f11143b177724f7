//! A request as a case writes it, and the answer.

use http::HeaderMap;
use serde_json::Value;

/// A request: `{ns}` stands for the case's namespace, `{id}` for its id.
#[derive(Debug, Clone)]
pub struct Call {
    pub method: &'static str,
    pub target: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

/// What a server answered.
#[derive(Debug, Clone)]
pub struct Answer {
    pub code: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    /// The text at a pointer such as `/metadata/uid`; empty if there is none.
    pub fn text(&self, pointer: &str) -> &str {
        self.body.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }

    /// The resource version as a number.
    pub fn version(&self) -> u64 {
        self.text("/metadata/resourceVersion").parse().unwrap_or_default()
    }

    /// The object with a field of its own at `pointer`, to be sent back.
    pub fn with(&self, pointer: &str, value: impl Into<Value>) -> Value {
        let mut body = self.body.clone();
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        if let Some(parent) = body.pointer_mut(parent) {
            parent[field] = value.into();
        }
        body
    }
}

impl Call {
    fn new(method: &'static str, target: &str, content_type: &str, body: &Value) -> Self {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let headers =
            if body.is_empty() { Vec::new() } else { vec![("content-type", content_type.to_owned())] };
        Self { method, target: target.to_owned(), headers, body }
    }

    /// Adds a header, in place of one of that name.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.to_owned()));
        self
    }

    /// Sends this text as the body.
    #[must_use]
    pub fn text(mut self, body: &str) -> Self {
        body.clone_into(&mut self.body);
        self
    }

    /// Sends it with another method.
    #[must_use]
    pub fn method(mut self, method: &'static str) -> Self {
        self.method = method;
        self
    }
}

/// Reads. The target is a path, or `plural.group/name` in the case's namespace.
pub fn get(target: &str) -> Call {
    Call::new("GET", target, "", &Value::Null)
}

/// Creates.
pub fn post(target: &str, body: Value) -> Call {
    Call::new("POST", target, "application/json", &body)
}

/// Replaces.
pub fn put(target: &str, body: Value) -> Call {
    Call::new("PUT", target, "application/json", &body)
}

/// Deletes; the options may be null.
pub fn delete(target: &str, options: Value) -> Call {
    Call::new("DELETE", target, "application/json", &options)
}

/// Patches by single operations.
pub fn patch(target: &str, body: Value) -> Call {
    Call::new("PATCH", target, "application/json-patch+json", &body)
}

/// Patches by merging.
pub fn merge(target: &str, body: Value) -> Call {
    Call::new("PATCH", target, "application/merge-patch+json", &body)
}

/// Patches by merging lists of named things.
pub fn strategic(target: &str, body: Value) -> Call {
    Call::new("PATCH", target, "application/strategic-merge-patch+json", &body)
}

/// Applies on the server's side; the target names the manager.
pub fn apply(target: &str, body: Value) -> Call {
    Call::new("PATCH", target, "application/apply-patch+yaml", &body)
}
