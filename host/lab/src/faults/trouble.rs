//! Every fault that a schedule can name, in one place: what it does, to whom, and how it is said.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Aim, Fault, Rule};

/// A named fault. Numbers are `times` (requests that are struck), `seconds` (of life; the lab's clock divides
/// them) and `bytes`; each fault ends by itself.
///
/// Where each can happen: API servers know all down to [`Trouble::CommandsCut`]; S3 and Route53 those down to
/// [`Trouble::Away`] that are not about watches or conflicts; hosts know [`Trouble::Slow`], [`Trouble::Hangs`],
/// [`Trouble::Away`], [`Trouble::CommandsCut`] and what follows it.
///
/// ```
/// use drsh_lab::faults::Trouble;
/// let text = r#"{"unavailable": {"times": 3}}"#;
/// assert_eq!(serde_json::from_str::<Trouble>(text).unwrap(), Trouble::Unavailable { times: 3 });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Trouble {
    /// 429 with `Retry-After: 1`; at Route53 the `Throttling` of its API.
    Throttled {
        /// How many requests.
        times: u32,
    },
    /// 500.
    InternalError {
        /// How many requests.
        times: u32,
    },
    /// 503; at S3 its `SlowDown`.
    Unavailable {
        /// How many requests.
        times: u32,
    },
    /// The connection is closed without an answer, and nothing was done.
    Reset {
        /// How many requests.
        times: u32,
    },
    /// What was asked for is done, and the connection closed before the answer: writes only.
    AnswerLost {
        /// How many requests.
        times: u32,
    },
    /// The answer is cut in its middle.
    AnswerCut {
        /// How many requests.
        times: u32,
        /// What of the body arrives.
        bytes: u32,
    },
    /// Answers come late.
    Slow {
        /// How many requests.
        times: u32,
        /// How late.
        seconds: u32,
    },
    /// No answer ever comes, and the connection stays open.
    Hangs {
        /// How many requests.
        times: u32,
    },
    /// 403, as right after a change of rights or of a bucket's policy.
    Forbidden {
        /// How many requests.
        times: u32,
    },
    /// 404 for what is there.
    NotFound {
        /// How many requests.
        times: u32,
    },
    /// The server refuses connections, or is cut off from the network; on a management cluster its actors lose it too.
    Away {
        /// How long.
        seconds: u32,
    },
    /// Watches are closed soon after they began.
    WatchClosed {
        /// How many watches.
        times: u32,
    },
    /// 410: the version that a watch wants to go on from is forgotten.
    WatchExpired {
        /// How many watches.
        times: u32,
    },
    /// Watches show what was, not what is: each event arrives late, as from a watch cache that lags behind. Reads
    /// that ask for no version are answered from the present, as Kubernetes promises. A watch that has begun to lag
    /// does so for as long as it lasts.
    WatchLags {
        /// How many watches.
        times: u32,
        /// How late.
        seconds: u32,
    },
    /// Connections are cut, and new ones meet a certificate that nobody known has signed.
    CertificateChanged {
        /// How long.
        seconds: u32,
    },
    /// 409: somebody else changes the same objects all the time. Changes of objects only.
    Conflicts {
        /// How many requests.
        times: u32,
    },
    /// A command in a pod or on a host is cut off while it prints. It may run on.
    CommandsCut {
        /// How many commands.
        times: u32,
        /// How much of what it prints arrives.
        bytes: u32,
    },
    /// Every SSH connection of a host is cut, and new ones are accepted.
    ConnectionsCut,
    /// A host goes off and on: processes end, `/tmp` is emptied.
    Reboot,
    /// A host's root file system has no free byte.
    DiskFull {
        /// How long.
        seconds: u32,
    },
}

impl Trouble {
    /// What requests are struck by, where it is about requests.
    pub(super) fn rule(self, server: &str) -> Option<(Aim, Rule)> {
        let (aim, fault, times) = match self {
            Self::Throttled { times } => (Aim::Everything, Fault::Status(429), times),
            Self::InternalError { times } => (Aim::Everything, Fault::Status(500), times),
            Self::Unavailable { times } => (Aim::Everything, Fault::Status(503), times),
            Self::Reset { times } => (Aim::Everything, Fault::Reset, times),
            Self::AnswerLost { times } => (Aim::Writes, Fault::CutAfter(0), times),
            Self::AnswerCut { times, bytes } => (Aim::Everything, Fault::CutAfter(bytes.into()), times),
            Self::Slow { times, seconds } => {
                (Aim::Everything, Fault::Slow(Duration::from_secs(seconds.into())), times)
            }
            Self::Hangs { times } => (Aim::Everything, Fault::Hang, times),
            Self::Forbidden { times } => (Aim::Everything, Fault::Status(403), times),
            Self::NotFound { times } => (Aim::Everything, Fault::Status(404), times),
            Self::WatchClosed { times } => (Aim::Watches, Fault::CutAfter(CLOSED_AFTER), times),
            Self::WatchExpired { times } => (Aim::Watches, Fault::Status(410), times),
            Self::Conflicts { times } => (Aim::Changes, Fault::Status(409), times),
            Self::CommandsCut { times, bytes } => (Aim::Commands, Fault::CutAfter(bytes.into()), times),
            Self::WatchLags { times, seconds } => {
                (Aim::Watches, Fault::Late(Duration::from_secs(seconds.into())), times)
            }
            Self::Away { .. }
            | Self::CertificateChanged { .. }
            | Self::ConnectionsCut
            | Self::Reboot
            | Self::DiskFull { .. } => return None,
        };
        let (method, path) = (String::new(), String::new());
        Some((aim, Rule { server: server.to_owned(), method, path, fault, times: Some(times) }))
    }
}

/// How much of a watch arrives before it is closed, in bytes: less than one event.
const CLOSED_AFTER: u64 = 100;

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |times: u32, what: &str| match times {
            1 => format!("the next {what}"),
            _ => format!("the next {times} {what}s"),
        };
        match *self {
            Self::Throttled { times } => write!(f, "asks to slow down, {}", of(times, "request")),
            Self::InternalError { times } => write!(f, "answers 500, {}", of(times, "request")),
            Self::Unavailable { times } => write!(f, "answers 503, {}", of(times, "request")),
            Self::Reset { times } => write!(f, "closes the connection unanswered, {}", of(times, "request")),
            Self::AnswerLost { times } => write!(f, "does it and loses the answer, {}", of(times, "write")),
            Self::AnswerCut { times, bytes } => {
                write!(f, "cuts the answer after {bytes} bytes, {}", of(times, "request"))
            }
            Self::Slow { times, seconds } => {
                write!(f, "answers {} late, {}", spoken(seconds), of(times, "request"))
            }
            Self::Hangs { times } => write!(f, "never answers, {}", of(times, "request")),
            Self::Forbidden { times } => write!(f, "answers 403, {}", of(times, "request")),
            Self::NotFound { times } => write!(f, "answers 404, {}", of(times, "request")),
            Self::Away { seconds } => write!(f, "is away for {}", spoken(seconds)),
            Self::WatchClosed { times: 1 } => f.write_str("closes the next watch"),
            Self::WatchClosed { times } => write!(f, "closes the next {times} watches"),
            Self::WatchExpired { times: 1 } => {
                f.write_str("has forgotten the version of the next watch (410)")
            }
            Self::WatchExpired { times } => {
                write!(f, "has forgotten the versions of the next {times} watches (410)")
            }
            Self::WatchLags { times: 1, seconds } => {
                write!(f, "shows everything {} late on the next watch", spoken(seconds))
            }
            Self::WatchLags { times, seconds } => {
                write!(f, "shows everything {} late on the next {times} watches", spoken(seconds))
            }
            Self::CertificateChanged { seconds } => {
                write!(f, "shows a certificate of a stranger for {}", spoken(seconds))
            }
            Self::Conflicts { times } => write!(f, "answers with a conflict, {}", of(times, "change")),
            Self::CommandsCut { times, bytes } => {
                write!(f, "cuts what is printed after {bytes} bytes, {}", of(times, "command"))
            }
            Self::ConnectionsCut => f.write_str("loses its SSH connections"),
            Self::Reboot => f.write_str("reboots"),
            Self::DiskFull { seconds } => write!(f, "has a full disk for {}", spoken(seconds)),
        }
    }
}

/// A number of seconds as people say it.
pub(super) fn spoken(seconds: u32) -> String {
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds}s"),
        (minutes, 0) => format!("{minutes}m"),
        (minutes, seconds) => format!("{minutes}m{seconds}s"),
    }
}
