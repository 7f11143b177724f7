//! Errors that are answered before a request reaches S3 proper, in S3's own XML.

use axum::body::{Body, to_bytes};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
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

/// The largest error body that is looked at, in bytes.
const LARGEST_ERROR: usize = 64 << 10;

/// Gives an error answer the message that S3 has for its code, if it has none.
pub(super) async fn explained(response: Response<Body>, request_id: &str) -> Response<Body> {
    if !response.status().is_client_error() && !response.status().is_server_error() {
        return response;
    }
    let (mut head, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, LARGEST_ERROR).await else {
        return S3Refusal::of_status(500).response(request_id);
    };
    let text = String::from_utf8_lossy(&bytes);
    let code = text.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
    let message = code.and_then(|(code, _)| message_of(code));
    if let (Some(message), false) = (message, text.contains("<Message>")) {
        let end = format!("</Code><Message>{}</Message><RequestId>{request_id}</RequestId>", escape(message));
        head.headers.remove(CONTENT_LENGTH);
        return Response::from_parts(head, Body::from(text.replacen("</Code>", &end, 1)));
    }
    Response::from_parts(head, Body::from(bytes))
}

/// What S3 says with the codes that are met here.
fn message_of(code: &str) -> Option<&'static str> {
    Some(match code {
        "AccessDenied" => "Access Denied",
        "BucketAlreadyOwnedByYou" => {
            "Your previous request to create the named bucket succeeded and you already own it."
        }
        "EntityTooSmall" => "Your proposed upload is smaller than the minimum allowed size",
        "InvalidPart" => {
            "One or more of the specified parts could not be found. The part may not have been uploaded, \
             or the specified entity tag may not match the part's entity tag."
        }
        "InvalidPartOrder" => "The list of parts was not in ascending order.",
        "InvalidRange" => "The requested range is not satisfiable",
        "NoSuchBucket" => "The specified bucket does not exist",
        "NoSuchKey" => "The specified key does not exist.",
        "NoSuchUpload" => {
            "The specified upload does not exist. The upload ID may be invalid, or the upload may have been \
             aborted or completed."
        }
        "NotImplemented" => "A header you provided implies functionality that is not implemented",
        "PreconditionFailed" => "At least one of the pre-conditions you specified did not hold",
        "SignatureDoesNotMatch" => {
            "The request signature we calculated does not match the signature you provided. Check your key and \
             signing method."
        }
        _ => return None,
    })
}
