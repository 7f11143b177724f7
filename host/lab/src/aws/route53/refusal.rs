//! Errors as Route53 answers them.

use axum::body::Body;
use http::{HeaderValue, Response, StatusCode};
use quick_xml::escape::escape;

use super::xml::{NAMESPACE, document};
use super::zone::InvalidChangeBatch;

/// An error answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    status: u16,
    code: &'static str,
    message: String,
}

impl Refused {
    pub(super) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    pub(super) fn invalid_input(message: impl Into<String>) -> Self {
        Self::new(400, "InvalidInput", message)
    }

    /// The error that Route53 gives with this status, for a fault that only names the status.
    pub(super) fn of_status(status: u16) -> Self {
        let (code, message) = match status {
            400 | 429 => ("Throttling", "Rate exceeded"),
            403 => ("AccessDenied", "User is not authorized to access this resource"),
            404 => ("NoSuchHostedZone", "No hosted zone found"),
            503 => ("ServiceUnavailable", "Service is unavailable. Please try again."),
            _ => ("InternalFailure", "We encountered an internal error. Please try again."),
        };
        Self::new(status, code, message)
    }

    pub(super) fn response(&self, request_id: &str) -> Response<Body> {
        let kind = if self.status < 500 { "Sender" } else { "Receiver" };
        let (code, message) = (self.code, escape(&self.message));
        let mut response = document(&format!(
            "<ErrorResponse xmlns=\"{NAMESPACE}\"><Error><Type>{kind}</Type><Code>{code}</Code>\
             <Message>{message}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
        ));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if self.status == 429 {
            response.headers_mut().insert("retry-after", HeaderValue::from_static("1"));
        }
        response
    }
}

impl From<InvalidChangeBatch> for Refused {
    fn from(error: InvalidChangeBatch) -> Self {
        Self::new(400, "InvalidChangeBatch", format!("[{}]", error.messages.join(", ")))
    }
}
