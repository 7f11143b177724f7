//! A lease as it was found: whose it is, and whether it can be taken.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::run::Run;

/// A lease that expired longer ago than clocks can differ is dead; a younger one is watched for a renewal first.
const CLOCKS: SignedDuration = SignedDuration::from_mins(10);

/// Why a lease is taken that somebody seems to hold.
pub(super) const BY_WORD: &str = "the operator asked to take it over";

/// A lease that somebody has or had.
pub(super) struct Found {
    pub(super) holder: String,
    pub(super) version: String,
    pub(super) uid: String,
    renewed: Option<Timestamp>,
    lasts: SignedDuration,
    pub(super) changes: i64,
}

/// What a lease that was found means to this run.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is this run's.
    Own,
    /// It can be taken, for this reason.
    Free(&'static str),
    /// It looks expired, but the other clock may be slow: a renewal would show it.
    Expired,
    /// Somebody else holds it, and renewed it so long ago.
    Held(SignedDuration),
}

impl Found {
    /// Reads it from the object.
    pub(super) fn of(lease: &Value) -> Self {
        let text = |pointer: &str| lease.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let seconds = lease["spec"]["leaseDurationSeconds"].as_i64().unwrap_or_default();
        Self {
            holder: text("/spec/holderIdentity").to_owned(),
            version: text("/metadata/resourceVersion").to_owned(),
            uid: text("/metadata/uid").to_owned(),
            renewed: text("/spec/renewTime").parse().ok(),
            lasts: SignedDuration::from_secs(seconds.clamp(0, 86_400)),
            changes: lease["spec"]["leaseTransitions"].as_i64().unwrap_or_default(),
        }
    }

    /// What it means to `run` now; `expired` is the version of it that was seen expired a renewal ago. The operator's
    /// word to take over counts once: who lost the cluster again does not take it back.
    pub(super) fn standing(
        &self,
        run: &Run,
        now: Timestamp,
        expired: Option<&String>,
        is_first: bool,
    ) -> Standing {
        let id = self.holder.split_whitespace().next().unwrap_or_default();
        if id == run.id() {
            return Standing::Own;
        }
        if run.is_known_dead(id) {
            return Standing::Free("nobody carries that run out any more");
        }
        self.of_another(now, expired, is_first && run.takes_over())
    }

    fn of_another(&self, now: Timestamp, expired: Option<&String>, takes_over: bool) -> Standing {
        let Some(renewed) = self.renewed.filter(|_| !self.holder.is_empty()) else {
            return Standing::Free("nobody held it");
        };
        let age = now.duration_since(renewed);
        match age - self.lasts {
            over if over > CLOCKS => Standing::Free("it had expired"),
            over if over > SignedDuration::ZERO && expired == Some(&self.version) => {
                Standing::Free("it had expired and was not renewed")
            }
            _ if takes_over => Standing::Free(BY_WORD),
            over if over > SignedDuration::ZERO && expired.is_none() => Standing::Expired,
            _ => Standing::Held(age),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn standing(renewed_seconds_ago: i64, seen: Option<&str>, takes_over: bool) -> Standing {
        let now: Timestamp = "2026-01-01T12:00:00Z".parse().unwrap();
        let renewed = now - SignedDuration::from_secs(renewed_seconds_ago);
        let found = Found::of(&json!({
            "metadata": { "resourceVersion": "7" },
            "spec": {
                "holderIdentity": "0badcafe x by y@z",
                "leaseDurationSeconds": 60,
                "renewTime": format!("{renewed:.6}"),
            },
        }));
        found.of_another(now, seen.map(str::to_owned).as_ref(), takes_over)
    }

    #[test]
    fn a_lease_is_taken_when_it_is_surely_dead_or_by_the_operators_word() {
        assert_eq!(standing(20, None, false), Standing::Held(SignedDuration::from_secs(20)));
        assert_eq!(standing(-300, None, false), Standing::Held(SignedDuration::from_secs(-300)));
        assert_eq!(standing(20, None, true), Standing::Free(BY_WORD));
        assert_eq!(standing(3600, None, false), Standing::Free("it had expired"));
    }

    /// A holder whose clock is three minutes slow looks expired all the time, and renews nevertheless.
    #[test]
    fn a_lease_that_seems_to_have_expired_lately_is_watched_for_a_renewal_first() {
        assert_eq!(standing(180, None, false), Standing::Expired);
        assert_eq!(standing(180, Some("6"), false), Standing::Held(SignedDuration::from_secs(180)));
        assert_eq!(standing(180, Some("7"), false), Standing::Free("it had expired and was not renewed"));
    }

    #[test]
    fn a_lease_without_a_holder_is_free() {
        let found = Found::of(&json!({ "spec": { "holderIdentity": "" } }));
        assert_eq!(found.of_another(Timestamp::now(), None, false), Standing::Free("nobody held it"));
    }
}
