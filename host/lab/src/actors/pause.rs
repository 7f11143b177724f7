//! What `spec.pausedUntil` says.

use std::time::Duration;

use jiff::Timestamp;

/// Whether reconciliation is paused, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pause {
    /// It goes on. Any value that is neither `true` nor a moment in the future means this.
    No,
    /// Until somebody takes the field away.
    Forever,
    /// For this long from now, on the machine's own clock.
    For(Duration),
}

impl Pause {
    /// Reads the value of `spec.pausedUntil` (empty where it is absent) at the moment `now`.
    #[must_use]
    pub fn read(value: &str, now: Timestamp) -> Self {
        if value == "true" {
            return Self::Forever;
        }
        let Ok(until) = value.parse::<Timestamp>() else { return Self::No };
        match Duration::try_from(until.duration_since(now)) {
            Ok(left) if !left.is_zero() => Self::For(left),
            _ => Self::No,
        }
    }

    /// Says whether reconciliation rests.
    #[must_use]
    pub fn is_on(self) -> bool {
        self != Self::No
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_true_and_a_moment_in_the_future_pause() {
        let now: Timestamp = "2026-05-01T10:00:00Z".parse().unwrap();
        assert_eq!(Pause::read("true", now), Pause::Forever);
        assert_eq!(Pause::read("2026-05-01T10:00:30Z", now), Pause::For(Duration::from_secs(30)));
        for value in ["", "false", "2026-05-01T09:00:00Z", "soon"] {
            assert_eq!(Pause::read(value, now), Pause::No, "{value:?}");
        }
    }
}
