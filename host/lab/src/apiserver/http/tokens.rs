//! `POST .../serviceaccounts/{name}/token`: a token that expires.

use std::time::Duration;

use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};

use super::Request;
use super::view::answer;
use crate::apiserver::identity::User;
use crate::apiserver::kinds::Kind;
use crate::apiserver::meta;
use crate::apiserver::registry::Part;
use crate::apiserver::status::{Cause, Status};

/// How long a token lives that names no time, in seconds.
const DEFAULT_LIFETIME: u64 = 3600;

/// The shortest life that may be asked for, in seconds.
const SHORTEST: u64 = 600;

/// Issues a token for a service account that exists.
pub fn issue(request: &Request, mut body: Value) -> Result<Response, Status> {
    let target = request.target(Part::Whole);
    request.context.store.read(|state| target.current(state))?;
    let seconds = body.pointer("/spec/expirationSeconds").and_then(Value::as_u64).unwrap_or(DEFAULT_LIFETIME);
    if seconds < SHORTEST {
        let kind = Kind {
            group: "authentication.k8s.io".to_owned(),
            kind: "TokenRequest".to_owned(),
            ..Kind::default()
        };
        let message = format!("Invalid value: {seconds}: may not specify a duration less than 10 minutes");
        let cause = Cause::new("FieldValueInvalid", "spec.expirationSeconds", message);
        return Err(Status::invalid(&kind, "", &[cause]));
    }
    let user = User::service_account(&target.namespace, &target.name);
    let (token, expires) = request.context.tokens.issue(user, Duration::from_secs(seconds));
    body["apiVersion"] = "authentication.k8s.io/v1".into();
    body["kind"] = "TokenRequest".into();
    body["spec"]["expirationSeconds"] = seconds.into();
    body["status"] = json!({ "token": token, "expirationTimestamp": meta::time(expires) });
    Ok(answer(StatusCode::CREATED, &body))
}
