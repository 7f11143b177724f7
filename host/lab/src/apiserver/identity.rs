//! Who asks: a user known by a client certificate or by a bearer token, or nobody in particular.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use rustls::pki_types::CertificateDer;
use serde_json::json;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::tls::Connection;
use super::tokens::Tokens;

/// The group of everybody who said who they are.
const AUTHENTICATED: &str = "system:authenticated";

/// A user of an API server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The user's name, such as `kube:admin` or `system:node:worker-1`.
    pub name: String,
    /// The groups the user is in; `system:masters` may do everything.
    pub groups: Vec<String>,
}

impl User {
    /// Makes a user.
    pub fn new<G: Into<String>>(name: impl Into<String>, groups: impl IntoIterator<Item = G>) -> Self {
        Self { name: name.into(), groups: groups.into_iter().map(Into::into).collect() }
    }

    /// A user who may do everything.
    #[must_use]
    pub fn admin() -> Self {
        Self::new("system:admin", ["system:masters"])
    }

    /// The user that a service account is.
    #[must_use]
    pub fn service_account(namespace: &str, name: &str) -> Self {
        let groups = ["system:serviceaccounts".to_owned(), format!("system:serviceaccounts:{namespace}")];
        Self::new(format!("system:serviceaccount:{namespace}:{name}"), groups)
    }

    /// The user of a request that says nothing about who asks.
    #[must_use]
    pub fn anonymous() -> Self {
        Self::new("system:anonymous", ["system:unauthenticated"])
    }

    /// The user a client certificate names: common name and organizations. It does not verify the certificate.
    #[must_use]
    pub fn of_certificate(certificate: &CertificateDer<'_>) -> Option<Self> {
        let (_, parsed) = X509Certificate::from_der(certificate.as_ref()).ok()?;
        let subject = parsed.subject();
        let name = subject.iter_common_name().next()?.as_str().ok()?.to_owned();
        let groups =
            subject.iter_organization().filter_map(|group| group.as_str().ok()).map(str::to_owned).collect();
        Some(Self { name, groups })
    }

    fn authenticated(mut self) -> Self {
        if !self.groups.iter().any(|group| group == AUTHENTICATED) {
            self.groups.push(AUTHENTICATED.to_owned());
        }
        self
    }
}

/// What a connection's client certificate says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Peer {
    /// There was no certificate.
    Unknown,
    /// The authority vouches for this user.
    Known(User),
    /// There was a certificate, but of another authority, or one that is no longer (or not yet) valid.
    Refused,
}

/// The answer to credentials that are wrong: 401, which is not the same as having none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Unauthorized")]
pub struct Unauthorized;

impl IntoResponse for Unauthorized {
    fn into_response(self) -> Response {
        let status = json!({
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": "Unauthorized",
            "reason": "Unauthorized",
            "code": 401,
        });
        (StatusCode::UNAUTHORIZED, Json(status)).into_response()
    }
}

/// Finds the user of a request: a valid certificate comes before a token, and wrong credentials are an error.
pub fn identify(headers: &HeaderMap, connection: &Connection, tokens: &Tokens) -> Result<User, Unauthorized> {
    if let Peer::Known(user) = &connection.user {
        return Ok(user.clone().authenticated());
    }
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let token = value.to_str().ok().and_then(bearer).ok_or(Unauthorized)?;
        return tokens.user(token).map(User::authenticated).ok_or(Unauthorized);
    }
    match connection.user {
        Peer::Refused => Err(Unauthorized),
        Peer::Known(_) | Peer::Unknown => Ok(User::anonymous()),
    }
}

/// The user that a request is made in the name of, if it names one: `kubectl --as`.
#[must_use]
pub fn impersonated(headers: &HeaderMap) -> Option<User> {
    let name = headers.get("impersonate-user")?.to_str().ok()?;
    let groups = headers.get_all("impersonate-group").iter().filter_map(|group| group.to_str().ok());
    Some(User::new(name, groups).authenticated())
}

fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(authorization: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::AUTHORIZATION, authorization.parse().unwrap())])
    }

    fn tokens() -> Tokens {
        let tokens = Tokens::default();
        tokens.add("abc", User::service_account("kube-system", "builder"));
        tokens
    }

    #[test]
    fn a_token_names_its_user_and_everybody_known_is_authenticated() {
        let user = identify(&headers("Bearer abc"), &Connection::of(Peer::Unknown), &tokens()).unwrap();
        assert_eq!(user.name, "system:serviceaccount:kube-system:builder");
        assert_eq!(
            user.groups,
            ["system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"]
        );
    }

    #[test]
    fn a_request_in_another_name_has_the_groups_that_it_names() {
        let mut headers = HeaderMap::new();
        assert_eq!(impersonated(&headers), None);
        headers.insert("impersonate-user", "nobody".parse().unwrap());
        headers.append("impersonate-group", "one".parse().unwrap());
        headers.append("impersonate-group", "two".parse().unwrap());
        assert_eq!(impersonated(&headers), Some(User::new("nobody", ["one", "two", "system:authenticated"])));
    }

    #[test]
    fn a_certificate_comes_before_a_token() {
        let peer = Connection::of(Peer::Known(User::admin()));
        assert_eq!(identify(&headers("Bearer abc"), &peer, &tokens()).unwrap().name, "system:admin");
    }

    #[test]
    fn a_token_serves_where_the_certificate_was_refused() {
        let peer = Connection::of(Peer::Refused);
        assert!(identify(&headers("bearer abc"), &peer, &tokens()).is_ok());
    }

    #[test]
    fn wrong_credentials_are_unauthorized_and_none_are_anonymous() {
        let nobody = Connection::of(Peer::Unknown);
        assert_eq!(identify(&headers("Bearer abd"), &nobody, &tokens()), Err(Unauthorized));
        assert_eq!(identify(&headers("Basic abc"), &nobody, &tokens()), Err(Unauthorized));
        assert_eq!(identify(&HeaderMap::new(), &Connection::of(Peer::Refused), &tokens()), Err(Unauthorized));
        assert_eq!(identify(&HeaderMap::new(), &nobody, &tokens()), Ok(User::anonymous()));
    }
}
