//! Faults that can be switched on by name: on the wire of a server, or in the behaviour of an actor.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What a server does with a request that a [`Rule`] matches, instead of answering it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Answers with this HTTP status (429 carries `Retry-After: 1`).
    Status(u16),
    /// Closes the connection without an answer.
    Reset,
    /// Never answers, and keeps the connection open.
    Hang,
    /// Answers after this time (in life; the clock divides it).
    Slow(Duration),
    /// Answers, but cuts the body (or the stream) after this many bytes.
    CutAfter(u64),
}

/// Which requests a fault strikes, and how often.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The server: a cluster's name, `s3` or `route53`.
    pub server: String,
    /// The HTTP method, or empty for any.
    pub method: String,
    /// A part of the path and query, or empty for any.
    pub path: String,
    /// What happens.
    pub fault: Fault,
    /// How many times it strikes; `None` is for ever.
    pub times: Option<u32>,
}

/// The faults that are on. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    rules: Vec<Rule>,
    switches: BTreeSet<String>,
}

impl Faults {
    /// Adds a rule; earlier rules strike first.
    pub fn arm(&self, rule: Rule) {
        self.lock().rules.push(rule);
    }

    /// Takes away every rule and switch.
    pub fn clear(&self) {
        *self.lock() = Inner::default();
    }

    /// Says what a server must do with this request, and counts it against the rule.
    #[must_use]
    pub fn strike(&self, server: &str, method: &str, path: &str) -> Option<Fault> {
        let mut inner = self.lock();
        let hit = inner.rules.iter_mut().find(|rule| {
            rule.server == server
                && (rule.method.is_empty() || rule.method == method)
                && path.contains(&rule.path)
                && rule.times != Some(0)
        })?;
        if let Some(left) = hit.times.as_mut() {
            *left -= 1;
        }
        Some(hit.fault.clone())
    }

    /// Switches a named behaviour of an actor on, such as `kubelet: pods never stop`.
    pub fn switch_on(&self, name: &str) {
        self.lock().switches.insert(name.to_owned());
    }

    /// Switches a named behaviour off again.
    pub fn switch_off(&self, name: &str) {
        self.lock().switches.remove(name);
    }

    /// Says whether a named behaviour is on.
    #[must_use]
    pub fn is_on(&self, name: &str) -> bool {
        self.lock().switches.contains(name)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_strikes_as_often_as_it_says_and_only_what_it_names() {
        let faults = Faults::default();
        faults.arm(Rule {
            server: "source".into(),
            method: "GET".into(),
            path: "/pods".into(),
            fault: Fault::Status(429),
            times: Some(2),
        });
        assert_eq!(faults.strike("source", "PUT", "/api/v1/pods"), None);
        assert_eq!(faults.strike("hosted", "GET", "/api/v1/pods"), None);
        assert_eq!(faults.strike("source", "GET", "/api/v1/pods"), Some(Fault::Status(429)));
        assert_eq!(faults.strike("source", "GET", "/api/v1/pods?watch=1"), Some(Fault::Status(429)));
        assert_eq!(faults.strike("source", "GET", "/api/v1/pods"), None);
    }
}
