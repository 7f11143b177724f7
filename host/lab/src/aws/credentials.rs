//! Who may talk to the cloud: access keys, their secrets, and the tokens of temporary ones.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;

/// One set of credentials.
#[derive(Clone)]
pub struct Credentials {
    /// The access key id.
    pub access_key: String,
    /// The secret access key.
    pub secret_key: String,
    /// The session token, if the credentials are temporary.
    pub session_token: Option<String>,
    /// When temporary credentials end.
    pub expires: Option<Timestamp>,
}

impl Credentials {
    /// Makes lasting credentials.
    #[must_use]
    pub fn lasting(access_key: &str, secret_key: &str) -> Self {
        Self {
            access_key: access_key.to_owned(),
            secret_key: secret_key.to_owned(),
            session_token: None,
            expires: None,
        }
    }

    /// Makes temporary credentials, as STS hands them out.
    #[must_use]
    pub fn temporary(access_key: &str, secret_key: &str, session_token: &str, expires: Timestamp) -> Self {
        Self {
            session_token: Some(session_token.to_owned()),
            expires: Some(expires),
            ..Self::lasting(access_key, secret_key)
        }
    }
}

/// Shows the access key alone, so that no secret gets into a log.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("access_key", &self.access_key).finish_non_exhaustive()
    }
}

/// Why credentials are not accepted, as AWS says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) message: &'static str,
}

const UNKNOWN_KEY: Refusal = Refusal {
    status: 403,
    code: "InvalidAccessKeyId",
    message: "The AWS Access Key Id you provided does not exist in our records.",
};

const WRONG_TOKEN: Refusal = Refusal {
    status: 400,
    code: "InvalidToken",
    message: "The provided token is malformed or otherwise invalid.",
};

const EXPIRED_TOKEN: Refusal =
    Refusal { status: 400, code: "ExpiredToken", message: "The provided token has expired." };

/// The credentials that the cloud knows. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Keyring {
    known: Arc<RwLock<BTreeMap<String, Credentials>>>,
}

impl Keyring {
    /// Makes a ring of `credentials`.
    #[must_use]
    pub fn new(credentials: impl IntoIterator<Item = Credentials>) -> Self {
        let ring = Self::default();
        credentials.into_iter().for_each(|credentials| ring.add(credentials));
        ring
    }

    /// Adds credentials, in the place of those with the same access key.
    pub fn add(&self, credentials: Credentials) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(credentials.access_key.clone(), credentials);
    }

    /// Takes the credentials with this access key away.
    pub fn revoke(&self, access_key: &str) {
        self.known.write().unwrap_or_else(PoisonError::into_inner).remove(access_key);
    }

    /// Finds the credentials of a request that names `access_key` and brings `token`.
    pub(crate) fn admit(&self, access_key: &str, token: Option<&str>) -> Result<Credentials, Refusal> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let credentials = known.get(access_key).cloned().ok_or(UNKNOWN_KEY)?;
        match (&credentials.session_token, token) {
            // A temporary key without its token is no key at all to AWS.
            (Some(_), None) => Err(UNKNOWN_KEY),
            (Some(expected), Some(given)) if expected != given => Err(WRONG_TOKEN),
            (None, Some(_)) => Err(WRONG_TOKEN),
            _ if credentials.expires.is_some_and(|end| end <= Timestamp::now()) => Err(EXPIRED_TOKEN),
            _ => Ok(credentials),
        }
    }
}

/// Gives the `s3s` crate what it verifies signatures with; tokens were looked at before.
#[async_trait::async_trait]
impl s3s::auth::S3Auth for Keyring {
    async fn get_secret_key(&self, access_key: &str) -> s3s::S3Result<s3s::auth::SecretKey> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let found = known.get(access_key).map(|credentials| credentials.secret_key.as_str().into());
        found.ok_or_else(|| s3s::s3_error!(InvalidAccessKeyId))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn temporary_keys_need_their_own_token_in_its_time() {
        let later = Timestamp::now() + jiff::SignedDuration::from_hours(1);
        let ring = Keyring::new([
            Credentials::lasting("AKIA1", "s"),
            Credentials::temporary("ASIA1", "s", "token", later),
            Credentials::temporary("ASIA2", "s", "token", Timestamp::UNIX_EPOCH),
        ]);
        let refused = |key, token| ring.admit(key, token).map(|_| ()).map_err(|refusal| refusal.code);
        assert_eq!(refused("AKIA1", None), Ok(()));
        assert_eq!(refused("AKIA1", Some("token")), Err("InvalidToken"));
        assert_eq!(refused("ASIA1", Some("token")), Ok(()));
        assert_eq!(refused("ASIA1", Some("other")), Err("InvalidToken"));
        assert_eq!(refused("ASIA1", None), Err("InvalidAccessKeyId"));
        assert_eq!(refused("ASIA2", Some("token")), Err("ExpiredToken"));
        ring.revoke("AKIA1");
        assert_eq!(refused("AKIA1", None), Err("InvalidAccessKeyId"));
    }

    #[test]
    fn a_debug_view_holds_no_secret() {
        let shown = format!("{:?}", Credentials::lasting("AKIA1", "canary-secret"));
        assert!(shown.contains("AKIA1") && !shown.contains("canary"), "{shown}");
    }
}
