//! Faults that can be switched on by name: on the wire of a server, or in the behaviour of an actor.
//!
//! A [`Rule`] is armed at once; a [`Schedule`] says when each of its [`Trouble`]s begins, and always ends.

mod draw;
mod play;
mod schedule;
mod trouble;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;

pub use self::draw::{Place, Places};
pub use self::play::{Doors, Playing};
pub use self::schedule::{After, Planned, Schedule};
pub use self::trouble::Trouble;

/// The header by which the lab's own actors are known: scheduled faults spare them, as those in life have run for
/// months and are not what is tried.
pub const INHABITANT: &str = "x-lab-inhabitant";

/// Makes the clients of this configuration known as the lab's own actors.
pub(crate) fn mark_inhabitant(config: &mut kube::Config) {
    let mark = (http::HeaderName::from_static(INHABITANT), http::HeaderValue::from_static("yes"));
    config.headers.push(mark);
}

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
    /// Answers, but everything in the body (or the stream) arrives this much later than it happened.
    Late(Duration),
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

/// What kind of request a scheduled fault strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Aim {
    /// Any.
    Everything,
    /// What changes something on the server.
    Writes,
    /// What changes an object that is there.
    Changes,
    /// Watches.
    Watches,
    /// Commands in pods or on hosts.
    Commands,
}

/// The faults that are on. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    rules: Vec<Armed>,
    switches: BTreeSet<String>,
    /// How many requests came from outside, by server.
    calls: BTreeMap<String, u64>,
    /// What a schedule waits for.
    awaited: Vec<Awaited>,
}

/// A rule that is on.
#[derive(Debug)]
struct Armed {
    rule: Rule,
    aim: Aim,
    /// The place in the schedule that it comes from: such a rule spares the lab's own actors.
    planned: Option<usize>,
}

/// A fault that begins with a certain request.
#[derive(Debug)]
struct Awaited {
    server: String,
    left: u32,
    planned: usize,
    rule: Option<(Aim, Rule)>,
    tell: UnboundedSender<usize>,
    begun: bool,
}

impl Faults {
    /// Adds a rule; earlier rules strike first.
    pub fn arm(&self, rule: Rule) {
        self.lock().rules.push(Armed { rule, aim: Aim::Everything, planned: None });
    }

    /// Takes away every rule and switch, and whatever a schedule still waits for.
    pub fn clear(&self) {
        *self.lock() = Inner::default();
    }

    /// Says what a server must do with this request from outside, and counts it.
    #[must_use]
    pub fn strike(&self, server: &str, method: &str, path: &str) -> Option<Fault> {
        let mut inner = self.lock();
        *inner.calls.entry(server.to_owned()).or_default() += 1;
        inner.advance(server);
        inner.strike(server, method, path, false)
    }

    /// Does the same with a request of one of the lab's own actors, which no schedule counts or strikes.
    #[must_use]
    pub fn strike_inhabitant(&self, server: &str, method: &str, path: &str) -> Option<Fault> {
        self.lock().strike(server, method, path, true)
    }

    /// How many requests each server had from outside: what the requests of a schedule are counted by.
    #[must_use]
    pub fn calls(&self) -> BTreeMap<String, u64> {
        self.lock().calls.clone()
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

    /// Arms a rule of a schedule now.
    fn arm_planned(&self, planned: usize, (aim, rule): (Aim, Rule)) {
        self.lock().rules.push(Armed { rule, aim, planned: Some(planned) });
    }

    /// Takes a rule of a schedule away.
    fn disarm(&self, planned: usize) {
        self.lock().rules.retain(|armed| armed.planned != Some(planned));
    }

    /// Takes away every rule of a schedule, and what it waits for.
    fn forget_schedule(&self) {
        let mut inner = self.lock();
        inner.rules.retain(|armed| armed.planned.is_none());
        inner.awaited.clear();
    }

    /// Begins a fault of a schedule with the request to `server` after `requests` more.
    fn await_requests(
        &self,
        planned: usize,
        (server, requests): (&str, u32),
        rule: Option<(Aim, Rule)>,
        tell: UnboundedSender<usize>,
    ) {
        self.lock().awaited.push(Awaited {
            server: server.to_owned(),
            left: requests,
            planned,
            rule,
            tell,
            begun: false,
        });
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Counts a request, and begins what waited for it.
    fn advance(&mut self, server: &str) {
        for awaited in self.awaited.iter_mut().filter(|awaited| awaited.server == server) {
            if awaited.left > 0 {
                awaited.left -= 1;
                continue;
            }
            if let Some((aim, rule)) = awaited.rule.take() {
                self.rules.push(Armed { rule, aim, planned: Some(awaited.planned) });
            }
            awaited.begun = true;
            // Nobody listens any more where the schedule is over.
            let _ = awaited.tell.send(awaited.planned);
        }
        self.awaited.retain(|awaited| !awaited.begun);
    }

    fn strike(&mut self, server: &str, method: &str, path: &str, inhabitant: bool) -> Option<Fault> {
        let hit = self.rules.iter_mut().find(|armed| {
            let rule = &armed.rule;
            rule.server == server
                && !(inhabitant && armed.planned.is_some())
                && armed.aim.fits(method, path)
                && (rule.method.is_empty() || rule.method == method)
                && path.contains(&rule.path)
                && rule.times != Some(0)
        })?;
        if let Some(left) = hit.rule.times.as_mut() {
            *left -= 1;
        }
        Some(hit.rule.fault.clone())
    }
}

impl Aim {
    fn fits(self, method: &str, path: &str) -> bool {
        // The end of a command's path in a pod, and what the SSH servers call it.
        let is_command = method == "EXEC" || path.contains("/exec?");
        match self {
            Self::Everything => true,
            Self::Writes => matches!(method, "POST" | "PUT" | "PATCH" | "DELETE") && !is_command,
            Self::Changes => matches!(method, "PUT" | "PATCH" | "DELETE"),
            Self::Watches => path.contains("watch=true") || path.contains("watch=1"),
            Self::Commands => is_command,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unavailable(times: Option<u32>) -> Rule {
        Rule {
            server: "source".into(),
            method: String::new(),
            path: String::new(),
            fault: Fault::Status(503),
            times,
        }
    }

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

    #[test]
    fn a_scheduled_fault_begins_with_the_request_after_those_it_counts_and_spares_the_inhabitants() {
        let (faults, (tell, mut told)) = (Faults::default(), tokio::sync::mpsc::unbounded_channel());
        faults.await_requests(7, ("source", 2), Some((Aim::Writes, unavailable(Some(1)))), tell);
        assert_eq!(faults.strike_inhabitant("source", "PATCH", "/a"), None, "it is not counted");
        assert_eq!(faults.strike("source", "PATCH", "/a"), None);
        assert_eq!(faults.strike("destination", "PATCH", "/a"), None);
        assert_eq!(faults.strike("source", "PATCH", "/a"), None);
        assert!(told.try_recv().is_err());
        assert_eq!(faults.strike("source", "GET", "/a"), None, "it strikes writes only");
        assert_eq!(told.try_recv().ok(), Some(7));
        assert_eq!(faults.strike_inhabitant("source", "PATCH", "/a"), None);
        assert_eq!(faults.strike("source", "PATCH", "/a"), Some(Fault::Status(503)));
        assert_eq!(faults.strike("source", "PATCH", "/a"), None);
    }

    #[test]
    fn a_schedule_that_is_forgotten_leaves_other_rules_alone() {
        let faults = Faults::default();
        faults.arm_planned(0, (Aim::Everything, Rule { fault: Fault::Reset, ..unavailable(None) }));
        faults.arm(unavailable(None));
        assert_eq!(faults.strike("source", "GET", "/"), Some(Fault::Reset));
        faults.forget_schedule();
        assert_eq!(faults.strike("source", "GET", "/"), Some(Fault::Status(503)));
    }
}
