//! How a request says who signed it: by which mechanism, with which key, for which region.

use std::borrow::Cow;

use http::Request;
use http::header::AUTHORIZATION;

/// What a request says of its signature; nothing of it is verified here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Signed {
    /// `SigV4` in the `Authorization` header.
    Header(Scope),
    /// `SigV4` in the query: a presigned URL, and for how many seconds it says to hold.
    Query(Scope, Option<u64>),
    /// The old `SigV2`, in the header or in the query.
    Version2,
    /// Not at all, or by no mechanism that there is.
    Not,
}

/// The credential scope, and the session token that goes with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scope {
    pub(crate) access_key: String,
    pub(crate) region: String,
    pub(crate) service: String,
    pub(crate) token: Option<String>,
}

impl Signed {
    /// Reads what `request` says.
    pub(crate) fn read<B>(request: &Request<B>) -> Self {
        let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
        if let Some(authorization) = header(AUTHORIZATION.as_str()) {
            if authorization.starts_with("AWS ") {
                return Self::Version2;
            }
            let credential = authorization
                .strip_prefix("AWS4-HMAC-SHA256")
                .and_then(|rest| rest.split([',', ' ']).find_map(|part| part.strip_prefix("Credential=")));
            let token = header("x-amz-security-token").map(str::to_owned);
            return credential
                .and_then(|credential| Scope::read(credential, token))
                .map_or(Self::Not, Self::Header);
        }
        let query = |name: &str| query_value(request.uri().query().unwrap_or_default(), name);
        if let Some(credential) = query("X-Amz-Credential") {
            let token = query("X-Amz-Security-Token").map(Cow::into_owned);
            let expires = query("X-Amz-Expires").and_then(|seconds| seconds.parse().ok());
            return Scope::read(&credential, token).map_or(Self::Not, |scope| Self::Query(scope, expires));
        }
        if query("AWSAccessKeyId").is_some() && query("Signature").is_some() {
            return Self::Version2;
        }
        Self::Not
    }
}

impl Scope {
    /// Reads `key/date/region/service/aws4_request`; a key may itself hold slashes.
    fn read(credential: &str, token: Option<String>) -> Option<Self> {
        let mut parts = credential.rsplitn(5, '/').skip(1).map(str::to_owned);
        let (service, region) = (parts.next()?, parts.next()?);
        let access_key = parts.nth(1)?;
        Some(Self { access_key, region, service, token })
    }
}

/// The decoded value of the first query parameter called `name`.
pub(crate) fn query_value<'q>(query: &'q str, name: &str) -> Option<Cow<'q, str>> {
    query.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (key == name).then(|| decode(value))
    })
}

/// Undoes percent-encoding; what is not valid UTF-8 is replaced.
fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains(['%', '+']) {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = text.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        if let Some(byte) = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            decoded.push(byte);
            at += 3;
        } else {
            decoded.push(if bytes[at] == b'+' { b' ' } else { bytes[at] });
            at += 1;
        }
    }
    Cow::Owned(String::from_utf8_lossy(&decoded).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(token: Option<&str>) -> Scope {
        let token = token.map(str::to_owned);
        Scope { access_key: "AKIA1".into(), region: "eu-west-1".into(), service: "s3".into(), token }
    }

    #[test]
    fn each_way_to_sign_is_told_from_the_others() {
        let with = |authorization: &str| {
            Signed::read(&Request::builder().header("authorization", authorization).body(()).unwrap())
        };
        let v4 = "AWS4-HMAC-SHA256 Credential=AKIA1/20260101/eu-west-1/s3/aws4_request, SignedHeaders=host, \
                  Signature=00";
        assert_eq!(with(v4), Signed::Header(scope(None)));
        assert_eq!(with("AWS AKIA1:c2ln"), Signed::Version2);
        assert_eq!(with("Bearer x"), Signed::Not);
        let to = |uri: &str| Signed::read(&Request::get(uri).body(()).unwrap());
        let presigned = "/b/k?X-Amz-Credential=AKIA1%2F20260101%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Expires=60\
                         &X-Amz-Security-Token=a%2Bb";
        assert_eq!(to(presigned), Signed::Query(scope(Some("a+b")), Some(60)));
        assert_eq!(to("/b/k?AWSAccessKeyId=AKIA1&Signature=x&Expires=1"), Signed::Version2);
        assert_eq!(to("/b/k"), Signed::Not);
    }
}
