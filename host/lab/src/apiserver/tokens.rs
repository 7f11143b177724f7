//! Bearer tokens: those that are handed to users, and those that service accounts ask for.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockWriteGuard};
use std::time::Duration;

use jiff::Timestamp;
use uuid::Uuid;

use super::identity::User;

/// The bearer tokens that a server knows. Clones share them.
#[derive(Clone, Default)]
pub struct Tokens {
    known: Arc<RwLock<BTreeMap<String, Token>>>,
}

struct Token {
    user: User,
    expires: Option<Timestamp>,
}

impl Tokens {
    /// Makes `token` stand for `user` until it is revoked.
    pub fn add(&self, token: impl Into<String>, user: User) {
        self.write().insert(token.into(), Token { user, expires: None });
    }

    /// Makes a new token for `user` that expires after `lifetime`, and says when that is.
    #[must_use]
    pub fn issue(&self, user: User, lifetime: Duration) -> (String, Timestamp) {
        let token = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        let expires = Timestamp::now().saturating_add(lifetime).unwrap_or(Timestamp::MAX);
        self.write().insert(token.clone(), Token { user, expires: Some(expires) });
        (token, expires)
    }

    /// Makes `token` stand for nobody.
    pub fn revoke(&self, token: &str) {
        self.write().remove(token);
    }

    /// Whom `token` stands for now.
    pub(super) fn user(&self, token: &str) -> Option<User> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let found = known.get(token)?;
        let valid = found.expires.is_none_or(|expires| Timestamp::now() < expires);
        valid.then(|| found.user.clone())
    }

    fn write(&self) -> RwLockWriteGuard<'_, BTreeMap<String, Token>> {
        self.known.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issued_token_stands_for_its_user_until_it_expires() {
        let tokens = Tokens::default();
        let (lasting, _) = tokens.issue(User::admin(), Duration::from_hours(1));
        let (expired, _) = tokens.issue(User::admin(), Duration::ZERO);
        assert_eq!(tokens.user(&lasting), Some(User::admin()));
        assert_eq!(tokens.user(&expired), None);
        assert_ne!(lasting, expired);
    }

    #[test]
    fn a_revoked_token_stands_for_nobody() {
        let tokens = Tokens::default();
        tokens.add("t0ken", User::admin());
        tokens.revoke("t0ken");
        assert_eq!(tokens.user("t0ken"), None);
    }

    #[test]
    fn no_token_is_shown_when_the_table_is_printed() {
        let tokens = Tokens::default();
        tokens.add("t0ken", User::admin());
        assert_eq!(format!("{tokens:?}"), "Tokens { .. }");
    }
}
