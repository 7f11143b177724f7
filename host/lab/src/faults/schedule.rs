//! A schedule of faults: what, where, and when each begins.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Trouble;
use super::trouble::spoken;

/// When a fault begins, counted from the moment when the schedule does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum After {
    /// After this many requests (on a host: connections and commands) to the place from outside.
    Requests(u32),
    /// After this many seconds of life.
    Seconds(u32),
}

/// One fault of a schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Planned {
    /// The server or host: a cluster's name, `s3`, `route53`, or the name of a host.
    pub place: String,
    /// When it begins.
    pub after: After,
    /// What happens.
    pub fault: Trouble,
}

/// A list of faults, each of which begins once and ends by itself.
///
/// ```
/// let text = r#"[{"place": "source", "after": {"requests": 40}, "fault": {"unavailable": {"times": 3}}}]"#;
/// let schedule: drsh_lab::faults::Schedule = serde_json::from_str(text).unwrap();
/// assert_eq!(schedule.0[0].to_string(), "source after 40 requests: answers 503, the next 3 requests");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Schedule(pub Vec<Planned>);

impl Schedule {
    /// Whether nothing is planned.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Planned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.place, self.after, self.fault)
    }
}

impl fmt::Display for After {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Requests(0) => f.write_str("at the first request"),
            Self::Requests(1) => f.write_str("after 1 request"),
            Self::Requests(count) => write!(f, "after {count} requests"),
            Self::Seconds(seconds) => write!(f, "after {} in the lab", spoken(*seconds)),
        }
    }
}
