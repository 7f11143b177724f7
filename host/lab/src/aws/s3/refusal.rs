//! Errors that are answered before a request reaches S3 proper, in S3's own XML.

use axum::body::Body;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};
use quick_xml::escape::escape;

/// An error answer: its status, its code, its message, and further elements of the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct S3Refusal {
    pub(super) status: u16,
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) details: Vec<(&'static str, String)>,
}

impl S3Refusal {
    pub(super) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), details: Vec::new() }
    }

    pub(super) fn with(mut self, element: &'static str, text: impl Into<String>) -> Self {
        self.details.push((element, text.into()));
        self
    }

    /// The error that S3 gives with this status, for a fault that only names the status.
    pub(super) fn of_status(status: u16) -> Self {
        let (code, message) = match status {
            400 => ("InvalidRequest", "Bad Request"),
            403 => ("AccessDenied", "Access Denied"),
            404 => ("NoSuchKey", "The specified key does not exist."),
            412 => ("PreconditionFailed", "At least one of the pre-conditions you specified did not hold"),
            429 => ("TooManyRequests", "Please reduce your request rate."),
            503 => ("SlowDown", "Please reduce your request rate."),
            _ => ("InternalError", "We encountered an internal error. Please try again."),
        };
        Self::new(status, code, message)
    }

    pub(super) fn response(&self, request_id: &str) -> Response<Body> {
        let mut xml = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{}</Code><Message>{}</Message>",
            self.code,
            escape(&self.message)
        );
        for (element, text) in &self.details {
            xml.push_str(&["<", element, ">", &escape(text), "</", element, ">"].concat());
        }
        xml.push_str(&["<RequestId>", request_id, "</RequestId></Error>"].concat());
        let mut response = Response::new(Body::from(xml));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
        if self.status == 429 {
            response.headers_mut().insert("retry-after", HeaderValue::from_static("1"));
        }
        response
    }
}
