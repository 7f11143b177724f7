//! The lab's clock: how long things take, divided by the speed that the lab was started with.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Divides every duration that an actor lives through by one speed.
///
/// Timestamps in objects, certificates and signatures stay those of the machine: only waiting is
/// shortened, so that real clients with real expiry dates work against a fast lab.
#[derive(Debug, Clone)]
pub struct Clock {
    /// The bits of an `f64`.
    speed: Arc<AtomicU64>,
    seed: u64,
    drawn: Arc<AtomicU64>,
}

impl Clock {
    /// Makes a clock that runs `times` times as fast as life; the spread of durations comes from `seed`.
    #[must_use]
    pub fn new(times: f64, seed: u64) -> Self {
        let made = Self { speed: Arc::default(), seed, drawn: Arc::default() };
        made.set_speed(times);
        made
    }

    /// Runs on at another speed, for every clone; waits that have begun end as they were.
    pub fn set_speed(&self, speed: f64) {
        self.speed.store(speed.max(0.001).to_bits(), Ordering::Relaxed);
    }

    /// How many times faster than life this clock runs.
    #[must_use]
    pub fn speed(&self) -> f64 {
        f64::from_bits(self.speed.load(Ordering::Relaxed))
    }

    /// How long `in_life` takes on this clock.
    #[must_use]
    pub fn scaled(&self, in_life: Duration) -> Duration {
        in_life.div_f64(self.speed())
    }

    /// Waits as long as `in_life` takes on this clock.
    pub async fn sleep(&self, in_life: Duration) {
        tokio::time::sleep(self.scaled(in_life)).await;
    }

    /// Waits a time between `least` and `most` (both in life), drawn from the seed.
    pub async fn sleep_between(&self, least: Duration, most: Duration) {
        self.sleep(self.draw(least, most)).await;
    }

    /// Draws a duration between `least` and `most`; the same seed gives the same sequence.
    #[must_use]
    pub fn draw(&self, least: Duration, most: Duration) -> Duration {
        let turn = self.drawn.fetch_add(1, Ordering::Relaxed);
        let share = f64::from(u32::try_from(mix(self.seed ^ turn) >> 32).unwrap_or(0)) / f64::from(u32::MAX);
        least + most.saturating_sub(least).mul_f64(share)
    }
}

/// One step of the splitmix64 generator: enough to spread durations, and no dependency.
pub(crate) fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same_durations() {
        let draw = |seed| {
            let clock = Clock::new(1.0, seed);
            (0..8).map(|_| clock.draw(Duration::from_secs(2), Duration::from_secs(15))).collect::<Vec<_>>()
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
        assert!(draw(7).iter().all(|d| (2.0..=15.0).contains(&d.as_secs_f64())));
    }
}
