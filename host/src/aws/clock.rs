//! What time it is for a service of AWS: this machine's, put right where an answer tells another one.
//!
//! A laptop that wakes up, or a machine without NTP, is hours off, and AWS refuses what is dated minutes off. The client
//! crate dates its next request by the answer to the last, but tries nothing again where it may not; and nobody corrects
//! the date of a presigned URL.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeDeserializationInterceptorContextMut;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::Headers;
use aws_smithy_types::DateTime;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::date_time::Format;

/// The header by which an answer says to its reader that the clock was put right by it.
const PUT_RIGHT: &str = "x-drsh-clock-put-right";

/// How far off a date may be, in seconds: Route53 bears five minutes, S3 fifteen.
const BORNE: i64 = 4 * 60;

/// The time of one service. Clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct Clock {
    /// How far this machine's clock is behind the service's, in seconds.
    behind: Arc<AtomicI64>,
}

impl Clock {
    /// What time it is for the service.
    pub(super) fn now(&self) -> SystemTime {
        let (now, behind) = (SystemTime::now(), self.behind.load(Ordering::Relaxed));
        let off = Duration::from_secs(behind.unsigned_abs());
        let right = if behind < 0 { now.checked_sub(off) } else { now.checked_add(off) };
        right.unwrap_or(now)
    }

    /// Takes the time that an answer tells; gives how far this machine is behind if the clock was put right by it.
    fn learn(&self, told: &str) -> Option<i64> {
        let told = DateTime::from_str(told, Format::HttpDate).ok()?.secs();
        let own = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
        let behind = told.checked_sub(i64::try_from(own.as_secs()).ok()?)?;
        let known = self.behind.load(Ordering::Relaxed);
        if behind.checked_sub(known)?.checked_abs()? <= BORNE {
            return None;
        }
        self.behind.store(if behind.abs() <= BORNE { 0 } else { behind }, Ordering::Relaxed);
        Some(behind)
    }
}

/// Reads the time of every answer.
#[derive(Debug)]
pub struct Listening(pub(super) Clock);

impl Intercept for Listening {
    fn name(&self) -> &'static str {
        "the service's time"
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let headers = context.response_mut().headers_mut();
        headers.remove(PUT_RIGHT);
        // What a cache answers tells the time of another day.
        let told = headers.get("date").filter(|_| headers.get("age").is_none());
        if let Some(behind) = told.and_then(|told| self.0.learn(told)) {
            tracing::warn!(behind, "this machine's clock is off; what is signed is dated by the service's");
            headers.try_insert(PUT_RIGHT, behind.to_string())?;
        }
        Ok(())
    }
}

/// By how many seconds this machine's clock turned out to be behind with this answer, if it did.
pub(super) fn turned_out(headers: &Headers) -> Option<i64> {
    headers.get(PUT_RIGHT)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(seconds: i64) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        DateTime::from_secs(i64::try_from(now).unwrap() + seconds).fmt(Format::HttpDate).unwrap()
    }

    fn ahead(clock: &Clock) -> Duration {
        clock.now().duration_since(SystemTime::now()).unwrap_or_default()
    }

    #[test]
    fn a_service_hours_ahead_is_followed_and_left_when_the_machine_is_right_again() {
        let clock = Clock::default();
        assert_eq!(clock.learn(&told(30)), None);
        assert!(ahead(&clock).is_zero());
        assert!(clock.learn(&told(7200)).unwrap() >= 7100);
        assert!(ahead(&clock) > Duration::from_secs(7000));
        assert_eq!(clock.learn(&told(7230)), None, "it is known");
        assert!(clock.learn(&told(0)).is_some());
        assert!(ahead(&clock).is_zero());
    }

    #[test]
    fn a_service_behind_is_followed_too_and_nonsense_is_not() {
        let clock = Clock::default();
        assert!(clock.learn(&told(-86_400)).unwrap() <= -86_300);
        assert!(SystemTime::now().duration_since(clock.now()).unwrap() > Duration::from_secs(86_000));
        for nonsense in ["", "yesterday", "Thu, 99 Nov 2026 00:00:00 GMT"] {
            assert_eq!(clock.learn(nonsense), None, "{nonsense}");
        }
        // A date at the end of time is believed, and breaks nothing.
        let _ = clock.learn("Fri, 31 Dec 9999 23:59:59 GMT");
        assert!(clock.now() > SystemTime::now());
    }
}
