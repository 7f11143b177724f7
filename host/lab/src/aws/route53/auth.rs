//! Verifies `SigV4`: the request is signed again with the secret that the lab knows, and compared.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials as SigningCredentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use http::header::{AUTHORIZATION, HOST};
use http::request::Parts;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;

use super::refusal::Refused;
use crate::aws::credentials::Keyring;
use crate::aws::scope::{Scope, Signed};

const SERVICE: &str = "route53";

/// How far a client's clock may be off.
const SKEW: Duration = Duration::from_mins(5);

/// Says whether the request `head` with `body` comes from somebody on the `keyring`.
///
/// # Errors
/// What Route53 answers to a request without, with unknown, or with wrong credentials.
pub(super) fn verify(head: &Parts, body: &[u8], keyring: &Keyring) -> Result<(), Refused> {
    let request = http::Request::from_parts(head.clone(), ());
    let Signed::Header(scope) = Signed::read(&request) else {
        return Err(Refused::new(403, "MissingAuthenticationToken", "Missing Authentication Token"));
    };
    if scope.service != SERVICE {
        let message = "Credential should be scoped to correct service: 'route53'.";
        return Err(Refused::new(403, "SignatureDoesNotMatch", message));
    }
    let known =
        keyring.admit(&scope.access_key, scope.token.as_deref()).map_err(|refusal| match refusal.code {
            "ExpiredToken" => {
                Refused::new(403, "ExpiredToken", "The security token included in the request is expired")
            }
            _ => Refused::new(
                403,
                "InvalidClientTokenId",
                "The security token included in the request is invalid.",
            ),
        })?;
    let signed_at = signed_at(head)?;
    let identity =
        SigningCredentials::new(known.access_key, known.secret_key, known.session_token, None, "lab").into();
    let expected = expected(head, body, &scope, signed_at, &identity).ok_or_else(mismatch)?;
    if authorization(head, "Signature=") == Some(expected.as_str()) { Ok(()) } else { Err(mismatch()) }
}

fn mismatch() -> Refused {
    let message = "The request signature we calculated does not match the signature you provided. Check your \
                   AWS Secret Access Key and signing method. Consult the service documentation for details.";
    Refused::new(403, "SignatureDoesNotMatch", message)
}

/// The signature that the known secret gives for exactly the headers that the client says it signed.
fn expected(
    head: &Parts,
    body: &[u8],
    scope: &Scope,
    signed_at: SystemTime,
    identity: &aws_smithy_runtime_api::client::identity::Identity,
) -> Option<String> {
    let mut settings = SigningSettings::default();
    settings.excluded_headers = None;
    let params = v4::SigningParams::builder()
        .identity(identity)
        .region(&scope.region)
        .name(SERVICE)
        .time(signed_at)
        .settings(settings)
        .build()
        .ok()?
        .into();
    let names: Vec<&str> = authorization(head, "SignedHeaders=")?.split(';').collect();
    // These two are added by the signing itself, from the time and the identity.
    let own = ["x-amz-date", "x-amz-security-token"];
    let mut headers = Vec::new();
    for name in names.into_iter().filter(|name| !own.contains(name)) {
        headers.push((name, head.headers.get(name)?.to_str().ok()?));
    }
    let host = head.headers.get(HOST)?.to_str().ok()?;
    let uri = format!("http://{host}{}", head.uri.path_and_query()?);
    let body = SignableBody::Bytes(body);
    let request = SignableRequest::new(head.method.as_str(), uri, headers.into_iter(), body).ok()?;
    Some(sign(request, &params).ok()?.signature().to_owned())
}

fn signed_at(head: &Parts) -> Result<SystemTime, Refused> {
    let text = head.headers.get("x-amz-date").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let read = strtime::parse("%Y%m%dT%H%M%SZ", text).and_then(|time| time.to_datetime());
    let time = read
        .and_then(|time| time.to_zoned(TimeZone::UTC))
        .map_err(|_| Refused::new(400, "IncompleteSignature", "Date must be in ISO-8601 'basic format'."))?;
    let time = SystemTime::from(time.timestamp());
    let now = SystemTime::now();
    let off = now.duration_since(time).or_else(|_| time.duration_since(now)).unwrap_or_default();
    if off > SKEW {
        let message = format!("Signature expired: {text} is more than 5 min. away from the server's time");
        return Err(Refused::new(403, "SignatureDoesNotMatch", message));
    }
    Ok(time)
}

/// One field of the `Authorization` header.
fn authorization<'h>(head: &'h Parts, field: &str) -> Option<&'h str> {
    let header = head.headers.get(AUTHORIZATION)?.to_str().ok()?;
    header.split([',', ' ']).find_map(|part| part.strip_prefix(field))
}
